"""Users and their keys."""

from __future__ import annotations

from ..calls import Call
from ..errors import ApiKeyNotFound, UserNotFound
from .base import Listing, Record, listing, select, the_one

_USER = (
    "id", "name", "role", "team", "disabled", "has_password", "version", "created_at", "updated_at",
)  # fmt: skip
_API_KEY = (
    "id", "user_name", "name", "shown", "scopes", "queues", "created_at", "expires_at",
    "revoked_at", "last_used_at", "works",
)  # fmt: skip


def users() -> Listing:
    """Users of the HTTP API, by name."""
    return listing(_USER, "from pgsched.user", {"name": str})


def user(name: str) -> Call[Record]:
    """One user. Raises UserNotFound."""
    missing = UserNotFound(f"user {name!r} does not exist")
    return the_one(select(_USER, "from pgsched.user where name = %s", [name]), missing)


def api_keys(user: str | None = None) -> Listing:
    """API keys, or those of one user, the oldest first."""
    return listing(_API_KEY, "from pgsched.api_key", {"id": int}, [("user_name = %s", user)])


def api_key(id: int) -> Call[Record]:
    """One API key. Raises ApiKeyNotFound."""
    missing = ApiKeyNotFound(f"API key {id} does not exist")
    return the_one(select(_API_KEY, "from pgsched.api_key where id = %s", [id]), missing)
