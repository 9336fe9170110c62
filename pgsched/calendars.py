"""Calendars and blackouts as people keep them: whoever changes one sees which coming runs move."""

from __future__ import annotations

import itertools
import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import psycopg

from . import calls, db, observe, timetable
from .errors import InvalidValue
from .models import CalendarRows
from .time import Calendar, Occasion

_AHEAD = timedelta(days=366)
_OCCASIONS_MAX, _SCHEDULES_MAX = 500, 200
Connection = psycopg.Connection[Any]


class Moved(NamedTuple):
    """A coming run of a schedule that a change moves; None, or skipped: it does not run."""

    schedule: str
    was: Occasion | None
    now: Occasion | None


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


def put(conn: Connection, calendar: Calendar, years: range, *, keep: bool = False) -> Changed:
    """
    Let a calendar be this one: its weekend, and of these years its holidays.

    It is made if there is none. With `keep`, holidays that this one has not stay.
    """
    db.run(conn, calls.put_calendar(calendar.name, sorted(calendar.weekend), None))
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
    return [row["name"] for row in rows if calendar in re.findall(r"[\w-]+", row["calendar"] or "")]


@contextmanager
def moves(
    conn: Connection,
    *,
    calendar: str | None = None,
    blackout: str | None = None,
    dry_run: bool = False,
) -> Generator[list[Moved]]:
    """
    A transaction, rolled back if `dry_run`, in which a calendar or blackout is changed, and the
    coming runs that move by it: filled when the body has ended.

    It looks a year ahead, at up to 500 occasions each of the first 200 schedules that heed what
    changes, and leaves out those with a problem.
    """
    moved: list[Moved] = []
    with conn.transaction(force_rollback=dry_run):
        names = users(conn, calendar) if calendar is not None else _blacked_out(conn, blackout)
        before = {name: _coming(conn, name) for name in names[:_SCHEDULES_MAX]}
        yield moved
        now = db.run(conn, calls.due_in(0))
        for name, old in before.items():
            new = _coming(conn, name)
            if old is not None and new is not None:
                moved += _differences(name, old, new, now)


def _blacked_out(conn: Connection, name: str | None) -> list[str]:
    return [row["name"] for row in db.run(conn, observe.schedules()) if row["blackout"] == name]


def _coming(conn: Connection, name: str) -> list[Occasion] | None:
    try:
        return timetable.forecast(conn, name, _OCCASIONS_MAX)
    except InvalidValue:
        return None


def _differences(
    name: str, before: list[Occasion], after: list[Occasion], now: datetime
) -> list[Moved]:
    """
    As far as both look. A nominal time that goes belongs to the one that comes in its place: the
    calendar decides those of business-day rules.
    """
    ends = [each[-1].nominal for each in (before, after) if len(each) == _OCCASIONS_MAX]
    end = min([now + _AHEAD, *ends])
    old, new = (
        {each.nominal: each for each in found if now < each.nominal <= end}
        for found in (before, after)
    )
    same = [Moved(name, old[at], new[at]) for at in old if at in new]
    gone = [each for at, each in old.items() if at not in new and not each.skipped]
    come = [each for at, each in new.items() if at not in old and not each.skipped]
    pairs = [Moved(name, was, now) for was, now in itertools.zip_longest(gone, come)]
    found = [each for each in same if _runs(each.was) != _runs(each.now)] + pairs
    return sorted(found, key=_when)


def _runs(occasion: Occasion | None) -> datetime | None:
    return None if occasion is None or occasion.skipped else occasion.due_at


def _when(moved: Moved) -> datetime:
    return min(each.nominal for each in (moved.was, moved.now) if each is not None)
