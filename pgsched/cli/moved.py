"""How commands that change schedules, calendars and blackouts tell which coming runs they move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from pgsched.cli.output import Column, Format, console, print_object, table
from pgsched.moves import Moved, Moves
from pgsched.observe import Record
from pgsched.time import Occasion

Dry = Annotated[bool, typer.Option("--dry-run", help="Show what would change, change nothing.")]

_SHOWN = 20
_MOVED = (
    Column("schedule", "schedule"),
    Column("was", lambda row: row["was"] or "-"),
    Column("now", lambda row: row["now"] or "-"),
    Column("why", "why", grow=True),
)


def print_change(
    answer: Mapping[str, Any],
    words: str,
    moved: Moves,
    output: Format,
    *,
    dry_run: bool = False,
) -> None:
    """What was changed, and the runs that move by it: of these a table has the first twenty."""
    rows = [_row(each) for each in moved]
    if output is not Format.table:
        unseen = list(moved.unseen)
        print_object({**answer, "moved": rows, "unseen": unseen, "dry_run": dry_run}, output)
        return
    print(words + ("; nothing is changed, this is a dry run" if dry_run else ""))
    print(f"{len(rows)} coming runs move" + (":" if rows else ""))
    if rows:
        console().print(table(rows[:_SHOWN], _MOVED))
    if len(rows) > _SHOWN:
        print(f"and {len(rows) - _SHOWN} more")
    if moved.unseen:
        print(f"{len(moved.unseen)} more schedules were not looked at, from {moved.unseen[0]} on")


def _row(moved: Moved) -> Record:
    """When it ran and when it runs, in UTC; None where it does not."""
    why = moved.now or moved.was
    return {
        "schedule": moved.schedule,
        "was": _when(moved.was),
        "now": _when(moved.now),
        "why": "; ".join(note.text for note in why.notes) if why else "",
    }


def _when(occasion: Occasion | None) -> str | None:
    if occasion is None or occasion.skipped:
        return None
    return f"{occasion.due_at:%Y-%m-%d %H:%M:%S}Z"
