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
from .seal import Seal

T = TypeVar("T")


class Ask(Protocol):
    """Runs a call in a transaction of its own, which has committed when the answer is there."""

    def __call__(self, call: Call[T], /) -> Awaitable[T]: ...


class WrongPassword(NotAuthenticated):
    """So said of an unknown name, too; `attempt`: that counts as failed, None if none does."""

    def __init__(self, attempt: int | None = None) -> None:
        super().__init__("name or password is wrong")
        self.attempt = attempt


class Opened(NamedTuple):
    """Who has logged in, and the refresh token; `again`: the one that this request got before."""

    user: LoggedIn
    refresh_token: str
    again: bool = False


async def log_in(
    ask: Ask, name: str, password: str, address: str | None, *, excused: int | None = None
) -> Opened:
    """
    Open a session by a password; *address* (None: a local one) is where the attempt comes from.

    `excused`: an attempt of the same user that counts as failed no more, if this one is right.
    Raises NotAuthenticated, which does not tell whether there is such a user, and TooManyAttempts.
    """
    if "\0" in name:
        raise WrongPassword
    begun = await ask(calls.log_in_begin(name, address))
    if begun.attempt is None:
        raise _too_many("too many log-ins have failed", begun.wait_s)
    verified = await passwords.verify_password(password, begun.password_hash)
    if not verified.right or begun.version is None:
        raise WrongPassword(begun.attempt)
    token = tokens.make_refresh_token()
    ended = calls.log_in_end(
        begun.attempt, begun.version, keys.digest(token), verified.new_hash, excused
    )
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


async def find_user(
    ask: Ask, name: str, password: str, address: str | None, *, excused: int | None = None
) -> int | None:
    """
    The id of the user who has this name and password; None: there is none, or wait first.

    By a log-in that ends at once: an attempt that was right must not count as one that failed, nor,
    if so, one that is `excused`.
    """
    try:
        opened = await log_in(ask, name, password, address, excused=excused)
    except (NotAuthenticated, TooManyAttempts):
        return None
    await ask(calls.log_out(keys.digest(opened.refresh_token)))
    return opened.user.user_id


async def refresh(ask: Ask, refresh_token: str, key: str | None = None) -> Opened:
    """
    The next refresh token in place of this one; the same again for who repeats it with the same
    Idempotency-Key, until that one is used. Raises NotAuthenticated.
    """
    token = tokens.make_refresh_token()
    seal = None if key is None else Seal(refresh_token, key)
    known = (seal.name, seal.closed(token.encode())) if seal else (None, None)
    done = await ask(calls.refresh(keys.digest(refresh_token), keys.digest(token), *known))
    if done is None:
        raise NotAuthenticated("the refresh token is not valid", hint="log in")
    if done.sealed is None or seal is None:
        return Opened(done.user, token)
    return Opened(done.user, seal.opened(done.sealed).decode(), again=True)


async def authenticate(
    ask: Ask, bearer: str, known: Sequence[tokens.Secret], *, outdated: bool = False
) -> Principal:
    """
    Who comes with this key or access token. Raises NotAuthenticated, without repeating it.

    `outdated`: the token's user may have been changed since.
    """
    if bearer.startswith(keys.PREFIX):
        if not keys.is_key(bearer):
            raise NotAuthenticated("the API key is not known")
        return principal(await ask(calls.principal_of_key(keys.digest(bearer))), by_key=True)
    claims = tokens.read_access_token(bearer, known)
    version = None if outdated else claims.version
    return principal(await ask(calls.principal_of_user(claims.user_id, version)))


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
