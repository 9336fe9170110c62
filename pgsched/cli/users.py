"""The commands `user ...`."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated, Any

import typer

from pgsched import calls, db, observe
from pgsched.cli.changes import change
from pgsched.cli.keys import KEYS
from pgsched.cli.output import (
    Column,
    Format,
    Output,
    moment,
    print_done,
    print_object,
    print_rows,
)
from pgsched.cli.session import ask, connected
from pgsched.cli.values import Name, Version
from pgsched.errors import InvalidValue

user = typer.Typer(help="Keep the users of the HTTP API.")

Stdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from stdin; else it is asked.")
]

_USERS = (
    Column("name", "name", grow=True),
    Column("role", "role"),
    Column("team", "team"),
    Column("disabled", "disabled"),
    Column("password", "has_password"),
    Column("changed (UTC)", moment("updated_at")),
)


@user.command("create")
def create(
    ctx: typer.Context,
    name: Name,
    admin: Annotated[bool, typer.Option("--admin", help="The same as --role admin.")] = False,
    role: Annotated[str | None, typer.Option(help="admin, user or viewer; else user.")] = None,
    team: Annotated[str | None, typer.Option(help="Whose jobs it shares.")] = None,
    password_stdin: Stdin = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="It has keys only; nobody logs in as it.")
    ] = False,
    output: Output = Format.table,
) -> None:
    """Make a user: an admin may do all, a user its own and its team's, a viewer only look."""
    if admin and role not in (None, "admin"):
        raise InvalidValue("--admin and --role say two things", detail=f"got --role {role}")
    if no_password and password_stdin:
        raise InvalidValue("--no-password and --password-stdin exclude each other")
    role = "admin" if admin else role or "user"
    hashed = None if no_password else _hash(name, password_stdin)
    with connected(ctx) as conn:
        id = db.run(conn, calls.create_user(name, role, team, hashed))
    print_done({"id": id, "user": name, "role": role}, f"{role} {name} can come", output)


@user.command("list")
def list_users(ctx: typer.Context, output: Output = Format.table) -> None:
    """Every user."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.users().all)
    print_rows(rows, _USERS, output, empty="there is no user: pgsched user create NAME --admin")


@user.command("show")
def show(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """A user, and its keys."""
    with connected(ctx) as conn:
        found = ask(conn, observe.user(name))
        keys = ask(conn, observe.api_keys(name).all)
    if output is not Format.table:
        print_object({**found, "keys": keys}, output)
        return
    print_rows([found], _USERS, output)
    print()
    print_rows(keys, KEYS, output, empty="it has no key")


@user.command("set")
def set_user(
    ctx: typer.Context,
    name: Name,
    role: Annotated[str | None, typer.Option(help="admin, user or viewer.")] = None,
    team: Annotated[str | None, typer.Option(help="Empty for none.")] = None,
    version: Version = None,
    output: Output = Format.table,
) -> None:
    """Change its role or team; it holds at once, also for who is logged in."""
    changes: dict[str, Any] = {}
    if role is not None:
        changes["role"] = role
    if team is not None:
        changes["team"] = team or None
    change(ctx, "user", name, changes, version, output)


@user.command("disable")
def disable(
    ctx: typer.Context, name: Name, version: Version = None, output: Output = Format.table
) -> None:
    """Let it in no more: its log-ins end, its keys do not work; its jobs and schedules stay."""
    change(ctx, "user", name, {"disabled": True}, version, output)


@user.command("enable")
def enable(
    ctx: typer.Context, name: Name, version: Version = None, output: Output = Format.table
) -> None:
    """Let a disabled user in again."""
    change(ctx, "user", name, {"disabled": False}, version, output)


@user.command("password")
def password(
    ctx: typer.Context,
    name: Name,
    password_stdin: Stdin = False,
    version: Version = None,
    output: Output = Format.table,
) -> None:
    """Set its password: every log-in of it ends."""
    hashed = _hash(name, password_stdin)
    with connected(ctx) as conn:
        now = db.run(conn, calls.set_password(name, hashed, version))
    print_done({"user": name, "version": now}, f"user {name} has a new password", output)


@user.command("rotate-secret")
def rotate_secret(ctx: typer.Context, output: Output = Format.table) -> None:
    """Sign access tokens by a new secret; those there are stay good until they expire."""
    with connected(ctx) as conn:
        db.run(conn, calls.rotate_secret())
    print_done({"rotated": True}, "access tokens are signed by a new secret", output)


def _hash(name: str, from_stdin: bool) -> str:
    """The hash of a password that is read, never from an argument: those are seen by everybody."""
    from pgsched.auth import passwords  # of an extra

    if from_stdin:
        return passwords.hash_now(sys.stdin.readline().rstrip("\r\n"))
    if not sys.stdin.isatty():
        raise InvalidValue("there is no terminal to ask on", hint="use --password-stdin")
    first = getpass.getpass(f"Password of {name}: ")
    passwords.require_password(first)
    if getpass.getpass("Again: ") != first:
        raise InvalidValue("these are two passwords")
    return passwords.hash_now(first)
