"""
Who asks: passwords, access tokens, API keys. It knows nothing of HTTP.

Passwords and tokens need `pip install 'pgsched[api]'`; keys and `Principal` need nothing.
"""

from .principal import OPERATOR, Principal, Role, Scope

__all__ = ["OPERATOR", "Principal", "Role", "Scope"]
