"""The commands `blackout ...`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Annotated

import typer

from pgsched import calendars, db, moves, observe
from pgsched.cli.moved import Dry, print_change
from pgsched.cli.output import Column, Format, Output, print_rows
from pgsched.cli.session import ask, connected
from pgsched.cli.values import Name, read_time

blackout = typer.Typer(help="Windows in which schedules that name them make no jobs.")

_LIST = (
    Column("name", "name"),
    Column("from", "starts_at"),
    Column("to", "ends_at"),
    Column("reason", "reason", grow=True),
)


@blackout.command("list")
def list_blackouts(ctx: typer.Context, output: Output = Format.table) -> None:
    """Every window."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.blackouts().all)
    print_rows(rows, _LIST, output, empty="there is no blackout window")


@blackout.command("add")
def add_blackout(
    ctx: typer.Context,
    name: Name,
    start: Annotated[str, typer.Argument(help="2026-12-24T18:00:00Z")],
    end: Annotated[str, typer.Argument(help="2026-12-27T06:00:00Z")],
    reason: Annotated[str, typer.Argument(help="Why.")] = "blackout",
    dry_run: Dry = False,
    output: Output = Format.table,
) -> None:
    """Add a window, and show which coming runs move."""
    starts_at, ends_at = read_time("START", start), read_time("END", end)
    assert starts_at is not None
    assert ends_at is not None
    with connected(ctx) as conn, _moving(conn, name, dry_run) as moved:
        db.run_steps(conn, calendars.blacking_out(name, starts_at, ends_at, reason))
    print_change(
        {"blackout": name, "starts_at": starts_at, "ends_at": ends_at},
        f"blackout {name} has a window more",
        moved,
        output,
        dry_run=dry_run,
    )


@blackout.command("remove")
def remove_blackout(
    ctx: typer.Context,
    name: Name,
    start: Annotated[str | None, typer.Option("--from", help="The one that starts then.")] = None,
    dry_run: Dry = False,
    output: Output = Format.table,
) -> None:
    """Remove all windows of a name, or one; and show which coming runs move."""
    with connected(ctx) as conn, _moving(conn, name, dry_run) as moved:
        gone = db.run_steps(conn, calendars.clearing(name, read_time("--from", start)))
    words = f"{gone} windows removed"
    print_change({"blackout": name, "windows": gone}, words, moved, output, dry_run=dry_run)


def _moving(
    conn: calendars.Connection, name: str, dry_run: bool
) -> AbstractContextManager[moves.Moves]:
    return moves.moves(conn, db.run_steps(conn, calendars.blacked_out(name)), dry_run=dry_run)
