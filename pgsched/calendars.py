"""Calendars and blackouts as people keep them, and the schedules that heed them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any, NamedTuple

import psycopg

from . import calls, db, moves, observe
from .errors import CalendarNotFound, InvalidValue, VersionChanged
from .models import CalendarRows
from .observe import Record
from .time import Calendar, names_in

Connection = psycopg.Connection[Any]


class Changed(NamedTuple):
    """What a calendar has now and had not, or by another name; and had and has not."""

    version: int
    added: dict[date, str]
    removed: dict[date, str]


def found(known: CalendarRows, name: str) -> Calendar:
    """The one of this name. Raises CalendarNotFound."""
    if name not in known:
        raise CalendarNotFound(
            f"there is no calendar {name!r}",
            hint=f"known are {', '.join(known)}" if known else "pgsched calendar add makes one",
        )
    return Calendar(name, *known[name])


def require(conn: Connection, name: str) -> Calendar:
    """As it is now. Raises CalendarNotFound."""
    return found(db.run(conn, calls.calendars()), name)


def put(conn: Connection, name: str, **columns: Any) -> Changed:
    """Make a calendar, or change what is given of it, as `putting`: all in one version."""
    with conn.transaction():
        return db.run_steps(conn, putting(name, **columns))


def putting(
    name: str,
    *,
    weekend: Collection[int] | None = None,
    about: str | None = None,
    holidays: Mapping[date, str] | None = None,
    years: range | None = None,
    keep: bool = False,
    expected: int | None = None,
) -> db.Steps[Changed]:
    """
    The steps of `put`, for one transaction.

    `holidays`: all that it has then, or only of these `years`; with `keep`, others stay.
    `expected`: the version that it must have; 0: there must be none. Raises VersionChanged, and
    CalendarNotFound.
    """
    days = None if weekend is None else sorted(weekend)
    put: int | None = yield calls.put_calendar(name, days, about, expected)
    before = found((yield calls.calendars()), name).holidays
    if put is None:
        raise VersionChanged(f"calendar {name} has another version")
    wanted = before if holidays is None else holidays
    gone = {
        day: title
        for day, title in before.items()
        if not keep and day not in wanted and (years is None or day.year in years)
    }
    added = {day: title for day, title in wanted.items() if before.get(day) != title}
    if added:
        yield calls.put_holidays(name, added)
    if gone:
        yield calls.remove_holidays(name, list(gone))
    return Changed((yield calls.calendar_version(name)), added, gone)


def remove(conn: Connection, name: str, *, force: bool = False) -> None:
    """As `removing`."""
    db.run_steps(conn, removing(name, force=force))


def removing(name: str, *, force: bool = False, expected: int | None = None) -> db.Steps[None]:
    """
    Remove a calendar with its holidays; its versions stay.

    Raises CalendarNotFound; InvalidValue if schedules heed it: with `force`, these fire no more;
    VersionChanged if it has not the version that is expected.
    """
    found((yield calls.calendars()), name)
    heeding: list[str] = yield from users(name)
    if heeding and not force:
        raise InvalidValue(
            f"calendar {name} is heeded by schedules",
            detail=", ".join(heeding[:5]) + (", ..." if len(heeding) > 5 else ""),
            hint="change them first, or force it",
        )
    if not (yield calls.remove_calendar(name, expected)):
        raise VersionChanged(f"calendar {name} has another version")


def moving(
    conn: Connection, name: str, *, dry_run: bool = False
) -> AbstractContextManager[moves.Moves]:
    """As `moves.moves`, for a change of this calendar."""
    return moves.moves(conn, db.run_steps(conn, users(name)), dry_run=dry_run)


def users(calendar: str) -> db.Steps[list[str]]:
    """The schedules whose calendar, which may be an expression, names this one."""
    rows: list[Record] = yield observe.schedules().all
    return [row["name"] for row in rows if calendar in names_in(row["calendar"] or "")]


def blacked_out(blackout: str) -> db.Steps[list[str]]:
    """The schedules that keep to this blackout."""
    rows: list[Record] = yield observe.schedules().all
    return [row["name"] for row in rows if row["blackout"] == blackout]


def blacking_out(name: str, starts_at: datetime, ends_at: datetime, reason: str) -> db.Steps[None]:
    """Add a window in which schedules make no jobs. Raises InvalidValue if it is there."""
    if not (yield calls.add_blackout(name, starts_at, ends_at, reason)):
        detail = starts_at.isoformat()
        raise InvalidValue(
            f"blackout {name} has a window that starts then", detail=detail, field="starts_at"
        )


def clearing(name: str, starts_at: datetime | None) -> db.Steps[int]:
    """Remove all windows of a name, or the one that starts then; how many. Raises InvalidValue."""
    gone: list[datetime] = yield calls.remove_blackout(name, starts_at)
    if not gone:
        raise InvalidValue(f"blackout {name} has no such window", hint="blackout list")
    return len(gone)
