"""Users and their keys."""

from __future__ import annotations

from ..calls import Call
from ..errors import UserNotFound
from .base import Record, select, the_one

_USER = (
    "id", "name", "role", "team", "disabled", "has_password", "version", "created_at", "updated_at",
)  # fmt: skip
_API_KEY = (
    "id", "user_name", "name", "shown", "scopes", "queues", "created_at", "expires_at",
    "revoked_at", "last_used_at", "works",
)  # fmt: skip


def users() -> Call[list[Record]]:
    """Every user of the HTTP API, by name."""
    return select(_USER, "from pgsched.user order by name", [])


def user(name: str) -> Call[Record]:
    """One user. Raises UserNotFound."""
    missing = UserNotFound(f"user {name!r} does not exist")
    return the_one(select(_USER, "from pgsched.user where name = %s", [name]), missing)


def api_keys(user: str | None = None) -> Call[list[Record]]:
    """Every API key, or those of one user."""
    rest = "from pgsched.api_key where user_name = coalesce(%s, user_name) order by id"
    return select(_API_KEY, rest, [user])
