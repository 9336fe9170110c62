"""
Access tokens: JWT, signed by HS256 with a secret of the database.

They say who was logged in and at which version of that user; what it may is asked of the database
each time, so a token outlives neither a change of role nor of password. Refresh tokens are random.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import NotAuthenticated
from .extra import needed_for

with needed_for("access tokens"):
    import jwt as _jwt

jwt: Any = _jwt  # its types are those of a package that HS256 does not need

ALGORITHM = "HS256"
ISSUER = AUDIENCE = "pgsched"
_REQUIRED = ["aud", "iss", "exp", "iat", "sub", "ver", "jti"]
_LEEWAY_S = 5  # of clocks of two API processes
_LENGTH = 2000  # characters of the longest token that is looked at


class Secret(NamedTuple):
    """One that signs: rows of `calls.secrets()`, the newest first."""

    id: int
    value: bytes


class Claims(NamedTuple):
    """Who an access token was made for."""

    user_id: int
    version: int


def make_access_token(secret: Secret, user_id: int, version: int, *, lifetime_s: int) -> str:
    """A token that is good for so many seconds from now."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + lifetime_s,
        "sub": str(user_id),
        "ver": version,
        "jti": secrets.token_urlsafe(16),
    }
    return jwt.encode(claims, secret.value, ALGORITHM, headers={"kid": str(secret.id)})


def read_access_token(token: str, known: Sequence[Secret]) -> Claims:
    """Who *token* was made for. Raises NotAuthenticated, which does not repeat it."""
    value = _secret_of(token, known)
    try:
        claims = jwt.decode(
            token,
            value,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=_LEEWAY_S,
            options={"require": _REQUIRED},
        )
        return _claims(claims)
    except jwt.ExpiredSignatureError:
        raise NotAuthenticated("the access token has expired", hint="refresh it") from None
    except (jwt.InvalidTokenError, ValueError):
        raise _refused() from None


def _secret_of(token: str, known: Sequence[Secret]) -> bytes:
    """That which the token says it was signed by; a token says nothing yet that can be believed."""
    if len(token) > _LENGTH or not token.isascii():
        raise _refused()
    try:
        kid: Any = jwt.get_unverified_header(token).get("kid")
    except jwt.InvalidTokenError:
        raise _refused() from None
    for secret in known:
        if str(secret.id) == kid:
            return secret.value
    raise _refused()


def _claims(claims: Mapping[str, Any]) -> Claims:
    user, version = claims["sub"], claims["ver"]
    if type(version) is not int or not (user.isascii() and user.isdigit()):
        raise ValueError
    return Claims(int(user), version)


def _refused() -> NotAuthenticated:
    return NotAuthenticated("the access token is not valid", hint="log in")


def make_refresh_token() -> str:
    """A new one; `keys.digest` of it is what is stored."""
    return secrets.token_urlsafe(32)
