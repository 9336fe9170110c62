"""Calendars and blackouts as people keep them, and the schedules that heed them."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import psycopg

from . import calls, db, observe
from .errors import InvalidValue
from .models import CalendarRows
from .time import Calendar, names_in

Connection = psycopg.Connection[Any]


class Changed(NamedTuple):
    """Holidays that a calendar has now and had not, or by another name; and had and has not."""

    added: dict[date, str]
    removed: dict[date, str]


def require(conn: Connection, name: str) -> CalendarRows:
    """All calendars. Raises InvalidValue if there is none of this name."""
    known = db.run(conn, calls.calendars())
    if name not in known:
        raise InvalidValue(
            f"there is no calendar {name!r}",
            hint=f"known are {', '.join(known)}" if known else "pgsched calendar add makes one",
        )
    return known


def put(
    conn: Connection,
    calendar: Calendar,
    years: range,
    *,
    keep: bool = False,
    keep_weekend: bool = False,
) -> Changed:
    """
    Let a calendar be this one: its weekend, and of these years its holidays.

    It is made if there is none. With `keep`, holidays that this one has not stay; with
    `keep_weekend`, the weekend that it has.
    """
    weekend = None if keep_weekend else sorted(calendar.weekend)
    db.run(conn, calls.put_calendar(calendar.name, weekend, None))
    _, before = db.run(conn, calls.calendars())[calendar.name]
    gone = {
        day: title
        for day, title in before.items()
        if not keep and day.year in years and day not in calendar.holidays
    }
    added = {d: title for d, title in calendar.holidays.items() if before.get(d) != title}
    if added:
        db.run(conn, calls.put_holidays(calendar.name, added))
    if gone:
        db.run(conn, calls.remove_holidays(calendar.name, list(gone)))
    return Changed(added, gone)


def users(conn: Connection, calendar: str) -> list[str]:
    """The schedules whose calendar, which may be an expression, names this one."""
    rows = db.run(conn, observe.schedules())
    return [row["name"] for row in rows if calendar in names_in(row["calendar"] or "")]


def blacked_out(conn: Connection, blackout: str) -> list[str]:
    """The schedules that keep to this blackout."""
    return [row["name"] for row in db.run(conn, observe.schedules()) if row["blackout"] == blackout]
