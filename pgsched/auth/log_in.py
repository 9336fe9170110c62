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
        raise _too_many("too many log-ins have failed", begun.wait_s)
    verified = await passwords.verify_password(password, begun.password_hash)
    if not verified.right or begun.version is None:
        raise _wrong()
    token = tokens.make_refresh_token()
    ended = calls.log_in_end(begun.attempt, begun.version, keys.digest(token), verified.new_hash)
    return Opened(await ask(ended), token)


async def sign_up(ask: Ask, name: str, password: str, address: str | None) -> int:
    """
    Make a user; its id. *address* as of `log_in`, by which attempts are limited alike.

    Raises Forbidden: sign-up is closed; TooManyAttempts, UserExists, InvalidValue.
    """
    passwords.require_password(password)
    wait_s = await ask(calls.sign_up_begin(name, address))  # before what takes processor time
    if wait_s:
        raise _too_many("too many have signed up or failed to log in", wait_s)
    return await ask(calls.sign_up(name, await passwords.hash_password(password)))


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
        return principal(await ask(calls.principal_of_key(keys.digest(bearer))), by_key=True)
    claims = tokens.read_access_token(bearer, known)
    return principal(await ask(calls.principal_of_user(claims.user_id, claims.version)))


def principal(row: PrincipalRow, *, by_key: bool = False) -> Principal:
    """What the database says of who asks."""
    return Principal(
        user_id=row.user_id,
        name=row.name,
        role=cast(Any, row.role),
        team=row.team,
        scopes=frozenset(cast(Any, row.scopes)),
        queues=None if row.queues is None else frozenset(row.queues),
        by_key=by_key,
    )


def _too_many(message: str, wait_s: int) -> TooManyAttempts:
    return TooManyAttempts(
        message, detail=f"the next may be tried in {wait_s} s", retry_after_s=wait_s
    )


def _wrong() -> NotAuthenticated:
    return NotAuthenticated("name or password is wrong")
