"""The commands `key ...`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from pgsched import calls, db, observe
from pgsched.auth import keys
from pgsched.cli.output import Column, Format, Output, print_done, print_rows
from pgsched.cli.session import ask, connected
from pgsched.cli.values import read_duration, read_time
from pgsched.errors import InvalidValue
from pgsched.observe import Record

key = typer.Typer(help="Keep API keys: of programs, and of workers that come by HTTP.")


def _words(field: str) -> Column:
    def cell(row: Record) -> str:
        return "all" if row[field] is None else ", ".join(row[field])

    return Column(field, cell, grow=True)


KEYS = (
    Column("id", "id", "right"),
    Column("user", "user_name"),
    Column("name", "name", grow=True),
    Column("begins with", "shown"),
    _words("scopes"),
    _words("queues"),
    Column("expires", "expires_at"),
    Column("last used", "last_used_at"),
    Column("works", "works"),
)


@key.command("create")
def create(
    ctx: typer.Context,
    user: Annotated[str, typer.Option(help="Whose it is.")],
    name: Annotated[str, typer.Option(help="What it is for.")],
    scopes: Annotated[str, typer.Option(help="Of read, write, admin, worker.")] = "read",
    queues: Annotated[
        str | None, typer.Option(help="To which a worker is limited: mail,default.")
    ] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="TIME", help="90d, or 2027-01-31T00:00:00Z; else never.")
    ] = None,
    output: Output = Format.table,
) -> None:
    """Make a key, and print it: this once."""
    made = keys.make_key()
    call = calls.make_api_key(
        user,
        name,
        hash=made.hash,
        shown=made.shown,
        scopes=_list("--scopes", scopes),
        queues=None if queues is None else _list("--queues", queues),
        expires_at=_end(expires),
    )
    with connected(ctx) as conn:
        id = db.run(conn, call)
    print_done({"id": id, "key": made.key}, made.key, output)


@key.command("list")
def list_keys(
    ctx: typer.Context,
    user: Annotated[str | None, typer.Option(help="Only this user's.")] = None,
    output: Output = Format.table,
) -> None:
    """Every key, by what it begins with."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.api_keys(user).all)
    print_rows(rows, KEYS, output, empty="there is no key")


@key.command("revoke")
def revoke(
    ctx: typer.Context,
    id: Annotated[int, typer.Argument(metavar="ID")],
    output: Output = Format.table,
) -> None:
    """End a key, at once and for ever."""
    with connected(ctx) as conn:
        db.run(conn, calls.revoke_api_key(id))
    print_done({"id": id, "revoked": True}, f"key {id} works no more", output)


def _list(option: str, text: str) -> list[str]:
    words = [word.strip() for word in text.split(",")]
    if "" in words:
        raise InvalidValue(f"{option} must be names with commas between", detail=f"got {text!r}")
    return words


def _end(text: str | None) -> datetime | None:
    """So long from now, or a time."""
    if text is None or "T" in text:
        return read_time("--expires", text, "90d, or 2027-01-31T00:00:00Z")
    try:
        return datetime.now(UTC) + timedelta(seconds=read_duration("--expires", text) or 0)
    except OverflowError:
        raise InvalidValue("--expires is too far ahead", detail=f"got {text!r}") from None
