"""Log in and out, and who one is then."""

from __future__ import annotations

import re
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from pgsched import calls
from pgsched.auth.keys import digest
from pgsched.auth.log_in import Opened, WrongPassword, find_user, log_in, refresh
from pgsched.auth.log_in import sign_up as make_user
from pgsched.auth.passwords import hash_password, require_password
from pgsched.auth.tokens import make_access_token
from pgsched.errors import (
    Forbidden,
    NotAuthenticated,
    TooManyAttempts,
    UserExists,
    VersionChanged,
)

from .ask import Ask
from .route import Routes
from .shapes import Answered, Asked, Id, Name

ROUTES = Routes("auth", "Log in with a password, for a short access token and a refresh token.")
_BYTES_MAX = 16 * 1024  # anybody may send them
_WITH_PORT = re.compile(r"\[(.+)\](?::\d*)?|([^:]+):\d*")
Token = Annotated[SecretStr, Field(min_length=1, max_length=200)]
Password = Annotated[SecretStr, Field(min_length=1, max_length=1000)]


class Credentials(Asked):
    """Name and password."""

    name: Name
    password: Password


class RefreshToken(Asked):
    """The refresh token of a log-in."""

    refresh_token: Token


class Tokens(Answered):
    """
    The access token goes into `Authorization: Bearer`; the refresh token gets the next pair, once.
    """

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: Annotated[int, Field(description="Seconds for which the access token is good.")]
    refresh_token: str
    refresh_expires_at: datetime


class Me(Answered):
    """Who asks, and what it may."""

    id: Annotated[Id | None, Field(description="null: the operator, whom nobody asked.")]
    name: str
    role: str
    team: str | None
    scopes: list[str]
    queues: list[str] | None


class Signed(Answered):
    """The user that was made."""

    id: Id
    name: str


@ROUTES.add(
    "POST",
    "/v1/auth/signup",
    scope=None,
    status=201,
    refusals=(Forbidden, UserExists, TooManyAttempts),
    repeat="known",
    body_bytes_max=_BYTES_MAX,
)
async def sign_up(ask: Ask, body: Credentials) -> Signed:
    """
    Make a user for oneself, where the setting sign_up is 1.

    Its role is user. A password has 12 to 1000 characters. Attempts are limited as those to log in.
    With an Idempotency-Key, who comes again with name and password gets the same answer.
    """
    password, address = body.password.get_secret_value(), _address(ask)
    try:
        id = await make_user(ask.door.ask, body.name, password, address)
    except UserExists:
        known = ask.key and await find_user(ask.door.ask, body.name, password, address)
        if not known:
            raise
        id = known
        ask.headers["idempotent-replayed"] = "true"
    return Signed(id=id, name=body.name)


@ROUTES.add(
    "POST",
    "/v1/auth/login",
    scope=None,
    refusals=(NotAuthenticated, TooManyAttempts),
    repeat="harmless",
    body_bytes_max=_BYTES_MAX,
)
async def open_session(ask: Ask, body: Credentials) -> Tokens:
    """Log in. After too many failures an account, and an address, has to wait."""
    return await _tokens(ask, await _opened(ask, body.name, body.password))


@ROUTES.add(
    "POST",
    "/v1/auth/refresh",
    scope=None,
    refusals=(NotAuthenticated,),
    repeat="known",
    body_bytes_max=_BYTES_MAX,
)
async def refresh_session(ask: Ask, body: RefreshToken) -> Tokens:
    """
    Get the next pair of tokens for a refresh token, which then is good no more.

    Whoever repeats it with the same Idempotency-Key gets the same refresh token again, until that
    is used. Else, whoever repeats it within ten seconds gets another pair; whoever comes with it
    later ends the log-in, since it was stolen.
    """
    opened = await refresh(ask.door.ask, body.refresh_token.get_secret_value(), ask.key)
    if opened.again:
        ask.headers["idempotent-replayed"] = "true"
    return await _tokens(ask, opened)


async def _opened(ask: Ask, name: str, password: SecretStr) -> Opened:
    return await log_in(ask.door.ask, name, password.get_secret_value(), _address(ask))


def _address(ask: Ask) -> str | None:
    """Of who asks; None if it has none, or a proxy in between does not tell it."""
    host = ask.request.client.host if ask.request.client else ""
    if with_port := _WITH_PORT.fullmatch(host):  # some proxies tell it: of each connection another
        host = with_port[1] or with_port[2]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    # As sockets for both kinds have those of IPv4: all of them were one network, and one limit.
    return str((isinstance(address, IPv6Address) and address.ipv4_mapped) or address)


async def _tokens(ask: Ask, opened: Opened) -> Tokens:
    secrets, lifetime_s = await ask.door.secrets()
    user = opened.user
    ask.headers["cache-control"] = "no-store"
    return Tokens(
        access_token=make_access_token(
            secrets[0], user.user_id, user.version, lifetime_s=lifetime_s
        ),
        expires_in=lifetime_s,
        refresh_token=opened.refresh_token,
        refresh_expires_at=user.expires_at,
    )


@ROUTES.add("POST", "/v1/auth/logout", scope=None, repeat="harmless", body_bytes_max=_BYTES_MAX)
async def close_session(ask: Ask, body: RefreshToken) -> None:
    """End the log-in of a refresh token; of one that is not known, nothing."""
    await ask.door.ask(calls.log_out(digest(body.refresh_token.get_secret_value())))


class NewPassword(Asked):
    """The password that is, and the one that shall be."""

    password: Password
    new_password: Password


@ROUTES.add(
    "POST",
    "/v1/auth/password",
    scope="read",
    refusals=(NotAuthenticated, TooManyAttempts),
    repeat="ending",
)
async def change_password(ask: Ask, body: NewPassword) -> None:
    """
    Change one's own password; every log-in ends. It has 12 to 1000 characters.

    With an Idempotency-Key, who comes again finds it done, also by the access token that it ended.
    """
    name, new = ask.who.name, body.new_password.get_secret_value()
    require_password(new)
    try:
        opened = await _opened(ask, name, body.password)  # before what takes processor time
        hashed = await hash_password(new)
        await ask.run(calls.set_password(name, hashed, opened.user.version))
    except (NotAuthenticated, VersionChanged) as error:
        failed = error.attempt if isinstance(error, WrongPassword) else None
        if not ask.key or not await find_user(
            ask.door.ask, name, new, _address(ask), excused=failed
        ):
            raise
        ask.headers["idempotent-replayed"] = "true"


@ROUTES.add("POST", "/v1/auth/rotate-secret", scope="admin")
async def rotate_secret(ask: Ask) -> None:
    """
    Sign access tokens by a new secret.

    Those there are stay good until they expire, but no longer than access_token_s now says.
    """
    await ask.run(calls.rotate_secret())


@ROUTES.add("GET", "/v1/auth/me", scope="read")
async def who_am_i(ask: Ask) -> Me:
    """Show who asks."""
    who = ask.who
    return Me(
        id=who.user_id,
        name=who.name,
        role=who.role,
        team=who.team,
        scopes=sorted(who.scopes),
        queues=sorted(who.queues) if who.queues is not None else None,
    )
