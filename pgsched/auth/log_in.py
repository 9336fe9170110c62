"""From a password, a refresh token or an `Authorization` header to who that is, with a database."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from .. import calls
from ..calls import Call
from ..calls.users import LoggedIn, PrincipalRow
from ..errors import NotAuthenticated, TooManyAttempts
from . import keys, passwords, tokens
from .principal import Principal

T = TypeVar("T")


class Ask(Protocol):
    """Runs a call in a transaction of its own, which has committed when the answer is there."""

    def __call__(self, call: Call[T], /) -> Awaitable[T]: ...


class Opened(NamedTuple):
    """Who has logged in, and the refresh token, which is told once."""

    user: LoggedIn
    refresh_token: str


async def log_in(ask: Ask, name: str, password: str, address: str | None) -> Opened:
    """
    Open a session by a password; *address* (None: a local one) is where the attempt comes from.

    Raises NotAuthenticated, which does not tell whether there is such a user, and TooManyAttempts.
    """
    if "\0" in name:
        raise _wrong()
    begun = await ask(calls.log_in_begin(name, address))
    if begun.attempt is None:
        raise TooManyAttempts(
            "too many log-ins have failed",
            detail=f"the next may be tried in {begun.wait_s} s",
            retry_after_s=begun.wait_s,
        )
    verified = await passwords.verify_password(password, begun.password_hash)
    if not verified.right or begun.version is None:
        raise _wrong()
    token = tokens.make_refresh_token()
    ended = calls.log_in_end(begun.attempt, begun.version, keys.digest(token), verified.new_hash)
    return Opened(await ask(ended), token)


async def refresh(ask: Ask, refresh_token: str) -> Opened:
    """The next refresh token in place of this one. Raises NotAuthenticated."""
    token = tokens.make_refresh_token()
    user = await ask(calls.refresh(keys.digest(refresh_token), keys.digest(token)))
    if user is None:
        raise NotAuthenticated("the refresh token is not valid", hint="log in")
    return Opened(user, token)


async def authenticate(ask: Ask, bearer: str, known: Sequence[tokens.Secret]) -> Principal:
    """Who comes with this key or access token. Raises NotAuthenticated, without repeating it."""
    if bearer.startswith(keys.PREFIX):
        if not keys.is_key(bearer):
            raise NotAuthenticated("the API key is not known")
        return principal(await ask(calls.principal_of_key(keys.digest(bearer))))
    claims = tokens.read_access_token(bearer, known)
    return principal(await ask(calls.principal_of_user(claims.user_id, claims.version)))


def principal(row: PrincipalRow) -> Principal:
    """What the database says of who asks."""
    return Principal(
        user_id=row.user_id,
        name=row.name,
        role=cast(Any, row.role),
        team=row.team,
        scopes=frozenset(cast(Any, row.scopes)),
        queues=None if row.queues is None else frozenset(row.queues),
    )


def _wrong() -> NotAuthenticated:
    return NotAuthenticated("name or password is wrong")
