"""Users of the HTTP API, their keys and their log-ins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ..jsontext import dump_object
from .base import Call, Row, nothing, scalar, text


class LogIn(NamedTuple):
    """An attempt to log in; where `wait_s` is not 0, there was none: it has to wait so long."""

    attempt: int | None
    wait_s: int
    user_id: int | None
    password_hash: str | None
    version: int | None


class LoggedIn(NamedTuple):
    """Who has logged in, and until when its refresh token is good."""

    user_id: int
    name: str
    role: str
    team: str | None
    version: int
    expires_at: datetime


class Refreshed(NamedTuple):
    """
    Who has refreshed its tokens; `sealed`: the refresh token that this very request got before, of
    which the answer was lost, as it was sealed then; None: the new one is good.
    """

    user: LoggedIn
    sealed: str | None


class PrincipalRow(NamedTuple):
    """Who a key or an access token is of, and what it may."""

    user_id: int
    name: str
    role: str
    team: str | None
    scopes: list[str]
    queues: list[str] | None


def create_user(
    name: str, role: str, team: str | None = None, password_hash: str | None = None
) -> Call[int]:
    """Make a user; reads its id."""
    return Call(
        "select pgsched.create_user(%s, %s, %s, %s)",
        [text("name", name), role, text("team", team), password_hash],
        scalar,
    )


def sign_up_begin(name: str, address: str | None) -> Call[int]:
    """Count an attempt to sign up; reads how many seconds to wait. Raises Forbidden: closed."""
    return Call(
        "select pgsched._sign_up_begin(%s, %s::inet)", [text("name", name), address], scalar
    )


def sign_up(name: str, password_hash: str) -> Call[int]:
    """Make a user for oneself, where that is open; reads its id."""
    return Call("select pgsched.sign_up(%s, %s)", [text("name", name), password_hash], scalar)


def change_user(name: str, changes: Mapping[str, Any], version: int | None = None) -> Call[int]:
    """Set role, team, disabled; reads the new version."""
    return Call(
        "select pgsched.change_user(%s, %s::jsonb, %s::int)",
        [text("name", name), dump_object("changes", changes), version],
        scalar,
    )


def set_password(name: str, password_hash: str | None, version: int | None = None) -> Call[int]:
    """Set the hash of a password, None for none; reads the new version."""
    return Call(
        "select pgsched.set_password(%s, %s, %s::int)",
        [text("name", name), password_hash, version],
        scalar,
    )


def make_api_key(
    user: str,
    name: str,
    *,
    hash: bytes,
    shown: str,
    scopes: Sequence[str],
    queues: Sequence[str] | None,
    expires_at: datetime | None,
) -> Call[int]:
    """Write a key down; reads its id."""
    return Call(
        "select pgsched.make_api_key(%s, %s, %s::bytea, %s, %s::text[], %s::text[],"
        " %s::timestamptz)",
        [
            text("user", user),
            text("name", name),
            hash,
            shown,
            list(scopes),
            None if queues is None else list(queues),
            expires_at,
        ],
        scalar,
    )


def revoke_api_key(id: int) -> Call[None]:
    """End a key."""
    return Call("select pgsched.revoke_api_key(%s)", [id], nothing)


def principal_of_key(hash: bytes) -> Call[PrincipalRow]:
    """Who comes with the key of this SHA-256."""
    return Call(
        "select user_id, name, role, team, scopes, queues"
        " from pgsched._principal_of_key(%s::bytea)",
        [hash],
        _principal,
    )


def principal_of_user(id: int, version: int | None) -> Call[PrincipalRow]:
    """Who comes with an access token that was made for this version of a user; None: for any."""
    return Call(
        "select user_id, name, role, team, scopes, queues"
        " from pgsched._principal_of_user(%s::bigint, %s::int)",
        [id, version],
        _principal,
    )


def _principal(rows: list[Row]) -> PrincipalRow:
    return PrincipalRow._make(rows[0])


def log_in_begin(name: str, address: str | None) -> Call[LogIn]:
    """Count an attempt, and read what to compare the password with; commit before that."""
    return Call(
        "select attempt, wait_s, user_id, password_hash, version"
        " from pgsched._log_in_begin(%s, %s::inet)",
        [text("name", name), address],
        lambda rows: LogIn._make(rows[0]),
    )


def log_in_end(
    attempt: int,
    version: int,
    hash: bytes,
    password_hash: str | None = None,
    excused: int | None = None,
) -> Call[LoggedIn]:
    """
    The password was right: open a session with the refresh token of this SHA-256. `excused`: an
    attempt of the same user that counts as failed no more.
    """
    return Call(
        "select user_id, name, role, team, version, expires_at"
        " from pgsched._log_in_end(%s::bigint, %s::int, %s::bytea, %s, %s::bigint)",
        [attempt, version, hash, password_hash, excused],
        lambda rows: LoggedIn._make(rows[0]),
    )


def refresh(
    hash: bytes, new_hash: bytes, request: bytes | None = None, sealed: str | None = None
) -> Call[Refreshed | None]:
    """
    Replace a refresh token; reads None where it is good no more. `request`: by what it is known if
    it comes again; `sealed`: what it then gets.
    """
    return Call(
        "select user_id, name, role, team, version, expires_at, sealed"
        " from pgsched._refresh(%s::bytea, %s::bytea, %s::bytea, %s)",
        [hash, new_hash, request, sealed],
        lambda rows: Refreshed(LoggedIn._make(rows[0][:6]), rows[0][6]) if rows else None,
    )


def log_out(hash: bytes) -> Call[bool]:
    """End the log-in of a refresh token; reads whether it was open."""
    return Call("select pgsched._log_out(%s::bytea)", [hash], scalar)


def secrets() -> Call[tuple[list[tuple[int, bytes]], int]]:
    """What access tokens are signed by (id, secret), the newest first, and for how many seconds."""

    def read(rows: list[Row]) -> tuple[list[tuple[int, bytes]], int]:
        return [(id, bytes(value)) for id, value, _ in rows], rows[0][2]

    return Call("select id, value, access_token_s from pgsched._secrets()", [], read)


def rotate_secret() -> Call[None]:
    """Sign access tokens by a new secret."""
    return Call("select pgsched.rotate_secret()", [], nothing)
