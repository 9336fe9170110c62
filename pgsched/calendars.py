"""Calendars and blackouts as people keep them, and the schedules that heed them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from datetime import date
from typing import Any, NamedTuple

import psycopg

from . import calls, db, moves, observe
from .errors import InvalidValue
from .models import CalendarRows
from .time import Calendar, names_in

Connection = psycopg.Connection[Any]


class Changed(NamedTuple):
    """What a calendar has now and had not, or by another name; and had and has not."""

    version: int
    added: dict[date, str]
    removed: dict[date, str]


def found(known: CalendarRows, name: str) -> Calendar:
    """The one of this name. Raises InvalidValue if there is none."""
    if name not in known:
        raise InvalidValue(
            f"there is no calendar {name!r}",
            hint=f"known are {', '.join(known)}" if known else "pgsched calendar add makes one",
        )
    return Calendar(name, *known[name])


def require(conn: Connection, name: str) -> Calendar:
    """As it is now. Raises InvalidValue if there is none."""
    return found(db.run(conn, calls.calendars()), name)


def put(
    conn: Connection,
    name: str,
    *,
    weekend: Collection[int] | None = None,
    about: str | None = None,
    holidays: Mapping[date, str] | None = None,
    years: range | None = None,
    keep: bool = False,
) -> Changed:
    """
    Make a calendar, or change what is given of it: all in one version.

    `holidays`: all that it has then, or only of these `years`; with `keep`, others stay.
    """
    with conn.transaction():
        days = None if weekend is None else sorted(weekend)
        db.run(conn, calls.put_calendar(name, days, about))
        before = require(conn, name).holidays
        wanted = before if holidays is None else holidays
        gone = {
            day: title
            for day, title in before.items()
            if not keep and day not in wanted and (years is None or day.year in years)
        }
        added = {day: title for day, title in wanted.items() if before.get(day) != title}
        if added:
            db.run(conn, calls.put_holidays(name, added))
        if gone:
            db.run(conn, calls.remove_holidays(name, list(gone)))
        return Changed(db.run(conn, calls.calendar_version(name)), added, gone)


def remove(conn: Connection, name: str, *, force: bool = False) -> None:
    """
    Remove a calendar with its holidays; its versions stay.

    Raises InvalidValue if there is none, or schedules heed it: with `force`, these fire no more.
    """
    require(conn, name)
    heeding = users(conn, name)
    if heeding and not force:
        raise InvalidValue(
            f"calendar {name} is heeded by schedules",
            detail=", ".join(heeding[:5]) + (", ..." if len(heeding) > 5 else ""),
            hint="change them first, or force it",
        )
    db.run(conn, calls.remove_calendar(name))


def moving(
    conn: Connection, name: str, *, dry_run: bool = False
) -> AbstractContextManager[moves.Moves]:
    """As `moves.moves`, for a change of this calendar."""
    return moves.moves(conn, users(conn, name), dry_run=dry_run)


def users(conn: Connection, calendar: str) -> list[str]:
    """The schedules whose calendar, which may be an expression, names this one."""
    rows = db.run(conn, observe.schedules())
    return [row["name"] for row in rows if calendar in names_in(row["calendar"] or "")]


def blacked_out(conn: Connection, blackout: str) -> list[str]:
    """The schedules that keep to this blackout."""
    return [row["name"] for row in db.run(conn, observe.schedules()) if row["blackout"] == blackout]
