"""Users and their keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, SecretStr

from pgsched import calls, observe
from pgsched.auth import Role, Scope
from pgsched.auth.keys import make_key
from pgsched.auth.passwords import hash_password
from pgsched.errors import (
    ApiKeyNotFound,
    ConditionRequired,
    Forbidden,
    UserExists,
    UserNotFound,
    VersionChanged,
)

from .ask import Ask
from .route import Routes
from .shapes import Answered, Asked, Id, Moment, Name, Page, PageQuery

ROUTES = Routes("users", "Who may come, and with what keys.")
_CHANGING = (UserNotFound, ConditionRequired, VersionChanged)


class User(Answered):
    """Somebody who may come."""

    id: Id
    name: str
    role: Role
    team: str | None
    disabled: bool
    has_password: bool
    version: int
    created_at: datetime
    updated_at: datetime


class NewUser(Asked):
    """Without password there is no log-in; keys work all the same."""

    name: Name
    role: Role = "user"
    team: Name | None = None
    password: Annotated[SecretStr, Field(min_length=1, max_length=1000)] | None = None


class UserChange(Asked):
    """What is left out stays; a null team is none."""

    role: Role | None = None
    team: Name | None = None
    disabled: bool | None = None


class Key(Answered):
    """A key, but for the key itself."""

    id: Id
    user_name: str
    name: str
    shown: Annotated[str, Field(description="What it begins with.")]
    scopes: list[Scope]
    queues: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    works: bool


class NewKey(Asked):
    """`user`: whose it is, for admins to say; left out: of who asks."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=4)]
    queues: Annotated[list[Name], Field(min_length=1, max_length=100)] | None = None
    expires_at: Moment | None = None
    user: Name | None = None


class KeyMade(Answered):
    """The key, which is shown this once."""

    id: Id
    key: str


@ROUTES.add("GET", "/v1/users", scope="admin")
async def list_users(ask: Ask, query: PageQuery) -> Page[User]:
    """List users, by name."""
    return await ask.page(User, observe.users(), query)


@ROUTES.add("POST", "/v1/users", scope="admin", status=201, refusals=(UserExists,), repeat="sealed")
async def create_user(ask: Ask, body: NewUser) -> User:
    """Make a user."""
    hashed = await hash_password(body.password.get_secret_value()) if body.password else None
    await ask.run(calls.create_user(body.name, body.role, body.team, hashed))
    return await _shown(ask, body.name)


@ROUTES.add("GET", "/v1/users/{name}", scope="admin", refusals=(UserNotFound,))
async def get_user(ask: Ask, name: Name) -> User:
    """Show a user; its ETag is for changes."""
    return await _shown(ask, name)


@ROUTES.add("PATCH", "/v1/users/{name}", scope="admin", refusals=_CHANGING)
async def change_user(ask: Ask, name: Name, body: UserChange) -> User:
    """Change role or team of a user, or disable it. Its access tokens end."""
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    await ask.run(calls.change_user(name, changes, ask.expected()))
    return await _shown(ask, name)


async def _shown(ask: Ask, name: str) -> User:
    return ask.shown(User, await ask.run(observe.user(name)))


@ROUTES.add("GET", "/v1/keys", scope="read")
async def list_keys(ask: Ask, query: PageQuery) -> Page[Key]:
    """List keys, the oldest first: an admin's list has all, another's its own."""
    user = None if ask.who.may("admin") else ask.who.name
    return await ask.page(Key, observe.api_keys(user), query)


@ROUTES.add(
    "POST",
    "/v1/keys",
    scope="read",
    status=201,
    refusals=(Forbidden, UserNotFound),
    repeat="sealed",
)
async def create_key(ask: Ask, body: NewKey) -> KeyMade:
    """
    Make a key, with at most the scopes of who asks; it is shown once.

    It takes a log-in, or a key of scope admin: else who finds a key had others that outlive it.
    """
    _require_log_in(ask)
    owner = body.user or ask.who.name
    if owner != ask.who.name and not ask.who.may("admin"):
        raise Forbidden("a key for another user takes the scope admin")
    if not ask.who.scopes.issuperset(body.scopes):
        raise Forbidden("a key cannot have more scopes than who makes it")
    if ask.who.queues is not None and not ask.who.queues.issuperset(body.queues or ("",)):
        raise Forbidden("a key cannot have more queues than who makes it")
    made = make_key()
    id = await ask.run(
        calls.make_api_key(
            owner,
            body.name,
            hash=made.hash,
            shown=made.shown,
            scopes=body.scopes,
            queues=body.queues,
            expires_at=body.expires_at,
        )
    )
    ask.headers["cache-control"] = "no-store"
    return KeyMade(id=id, key=made.key)


@ROUTES.add(
    "DELETE", "/v1/keys/{id}", scope="read", status=204, refusals=(Forbidden, ApiKeyNotFound)
)
async def revoke_key(ask: Ask, id: Id) -> None:
    """End a key, at once and for ever; by whom one may be made."""
    _require_log_in(ask)
    key = await ask.run(observe.api_key(id))
    if key["user_name"] != ask.who.name and not ask.who.may("admin"):
        raise ApiKeyNotFound(f"API key {id} does not exist")
    await ask.run(calls.revoke_api_key(id))


def _require_log_in(ask: Ask) -> None:
    if ask.who.by_key and not ask.who.may("admin"):
        raise Forbidden("keys are made and ended after a log-in, or by a key of scope admin")
