"""Which coming runs are moved by a change of a calendar, a blackout or a schedule."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import psycopg

from . import calls, db, timetable
from .errors import InvalidValue, ScheduleNotFound
from .time import Occasion

_AHEAD_S = 366 * 86_400
_OCCASIONS_MAX, _SCHEDULES_MAX = 500, 200


class Moved(NamedTuple):
    """A coming run of a schedule that a change moves; None, or skipped: it does not run."""

    schedule: str
    was: Occasion | None
    now: Occasion | None


class Moves(list[Moved]):
    """Runs that move, and the schedules that were not looked at, for there are too many."""

    unseen: Sequence[str] = ()


@contextmanager
def moves(
    conn: psycopg.Connection[Any], schedules: Sequence[str], *, dry_run: bool = False
) -> Generator[Moves]:
    """
    A transaction, rolled back if `dry_run`, for changes that concern these schedules, and the
    coming runs that move by them: filled when the body has ended.

    It looks a year ahead, at up to 500 occasions each of the first 200 of them; one that has a
    problem has none, and one that somebody removes meanwhile is left out.
    """
    moved = Moves()
    moved.unseen = schedules[_SCHEDULES_MAX:]
    with conn.transaction(force_rollback=dry_run):
        until = db.run(conn, calls.due_in(_AHEAD_S))
        before = {name: _coming(conn, name, until) for name in schedules[:_SCHEDULES_MAX]}
        yield moved
        now = db.run(conn, calls.due_in(0))
        for name, old in before.items():
            new = _coming(conn, name, until)
            if old is not None and new is not None:
                moved += _differences(name, old, new, now)


def _coming(conn: psycopg.Connection[Any], name: str, until: datetime) -> list[Occasion] | None:
    """None: there is no such schedule."""
    try:
        with conn.transaction():  # what Postgres refuses ends this one alone
            return timetable.forecast(conn, name, _OCCASIONS_MAX, until=until)
    except ScheduleNotFound:
        return None
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
