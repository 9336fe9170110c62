"""Which coming runs are moved by a change of a calendar, a blackout or a schedule."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg

from . import calls, db, timetable
from .errors import InvalidValue
from .models import BlackoutRow, CalendarRows, ScheduleRow
from .time import Occasion

_AHEAD = timedelta(days=366)
_OCCASIONS_MAX, _SCHEDULES_MAX = 500, 200


class Moved(NamedTuple):
    """A coming run of a schedule that a change moves; None, or skipped: it does not run."""

    schedule: str
    was: Occasion | None
    now: Occasion | None


class Moves(list[Moved]):
    """Runs that move, and the schedules that were not looked at, for there are too many."""

    unseen: Sequence[str] = ()


class Seen(NamedTuple):
    """All that decides the coming runs of some schedules, as it is at a moment."""

    schedules: list[ScheduleRow]
    calendars: CalendarRows
    windows: list[BlackoutRow]
    unseen: Sequence[str]


def seen(schedules: Sequence[str]) -> db.Steps[Seen]:
    """See the first 200 of these schedules; those that there are."""
    rows: list[ScheduleRow] = yield calls.schedules(schedules[:_SCHEDULES_MAX])
    calendars: CalendarRows = {}
    windows: list[BlackoutRow] = []
    if any(row.calendar for row in rows):
        calendars = yield calls.calendars()
    if any(row.blackout for row in rows):
        windows = yield calls.blackouts(min(min(row.now, row.planned_to) for row in rows))
    return Seen(rows, calendars, windows, schedules[_SCHEDULES_MAX:])


def between(before: Seen, after: Seen) -> Moves:
    """
    The runs that move from one to the other: it takes its time, and no database.

    It looks a year ahead, at up to 500 occasions of each schedule; one that has a problem has none,
    and one that is not in both is left out.
    """
    moved = Moves()
    moved.unseen = before.unseen
    later = {row.name: row for row in after.schedules}
    for row in before.schedules:
        if (new := later.get(row.name)) is not None:
            until = row.now + _AHEAD
            was, now = _coming(before, row, until), _coming(after, new, until)
            moved += _differences(row.name, was, now, new.now)
    return moved


@contextmanager
def moves(
    conn: psycopg.Connection[Any], schedules: Sequence[str], *, dry_run: bool = False
) -> Generator[Moves]:
    """
    A transaction, rolled back if `dry_run`, for changes that concern these schedules, and the
    coming runs that move by them, as `between` has them: filled when the body has ended.
    """
    moved = Moves()
    moved.unseen = schedules[_SCHEDULES_MAX:]
    with conn.transaction(force_rollback=dry_run):
        before = db.run_steps(conn, seen(schedules))
        yield moved
        moved += between(before, db.run_steps(conn, seen(schedules)))


def _coming(all: Seen, row: ScheduleRow, until: datetime) -> list[Occasion]:
    try:
        plan = timetable.plan_of(row, all.calendars, all.windows)
        return timetable.occasions(plan, row.now, _OCCASIONS_MAX, until=until)
    except InvalidValue:
        return []


def _differences(
    name: str, before: list[Occasion], after: list[Occasion], now: datetime
) -> list[Moved]:
    """
    As far as both look. A nominal time that goes belongs to the one that comes in its place: the
    calendar decides those of business-day rules.
    """
    ends = [each[-1].nominal for each in (before, after) if len(each) == _OCCASIONS_MAX]
    end = min(ends, default=datetime.max.replace(tzinfo=UTC))
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
