"""Works out slots of schedules ahead of time. What a rule means is only known here."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg

from .. import calls, db
from ..errors import InvalidValue
from ..models import BlackoutRow, CalendarRows, Planned, ScheduleRow, Slot
from ..time import Occasion, Plan
from ..timetable import plan_of

log = logging.getLogger("pgsched.worker")

AHEAD_S = 60.0
"""How far ahead slots are planned at least, and one slot however far; then for as long again."""
A_ROUND = 500
"""How many schedules a round plans at most."""
# What has these is far enough at first: 1,000 schedules shall have their next slot before any has
# all. It goes on from 3 to 9, 21, 45 s, since a round of 50 ms would be followed by one of 1 s.
_FEW, _SOON_S = 4, 3.0
_MOST = 1000  # slots of one schedule that may fire late: the limit of misfire_limit
_WINDOW = 2 * _MOST  # occasions of one schedule that a round looks at
_SKIPPED = 100  # occasions that it looks through for one to come that is not skipped
_BACK_DAYS = (0, *(2**n for n in range(10)))
# Who holds a schedule's row, a tick or somebody's change, mostly has done soon.
_LOCKED_S, _TRIES = 0.02, 5


def plan_round(conn: psycopg.Connection[Any], limit: int = A_ROUND) -> int:
    """Plan so many of the schedules that lack slots. How many: if not 0, call it again."""
    rows = db.run(conn, calls.unplanned(limit, AHEAD_S))
    if not rows:
        return 0
    named = db.run(conn, calls.calendars()) if any(row.calendar for row in rows) else {}
    windows: list[BlackoutRow] = []
    if any(row.blackout for row in rows):
        windows = db.run(conn, calls.blackouts(min(row.planned_to for row in rows)))
    _bring(conn, [planned(row, named, windows) for row in rows])
    return len(rows)


def _bring(conn: psycopg.Connection[Any], found: list[Planned]) -> None:
    """Those that stay locked are planned anew, a minute later."""
    for _ in range(_TRIES):
        locked = set(db.run(conn, calls.plan(found)))
        found = [each for each in found if each.schedule in locked]
        if not found:
            return
        time.sleep(_LOCKED_S)


def planned(row: ScheduleRow, named: CalendarRows, windows: Sequence[BlackoutRow]) -> Planned:
    """
    The next slots of one schedule.

    None and its problem, where its rule is refused: until that is changed. Where something else is
    wrong, likewise, and it is tried again in a minute.
    """
    try:
        # How many of them run is the tick's business: one that it skips is none of max_runs.
        return _up_to(row, plan_of(row._replace(runs_left=None), named, windows))
    except InvalidValue as error:
        return Planned(row.name, row.plan_no, None, None, str(error), [])
    except Exception as error:  # one schedule must not stop the others; another worker may know
        log.exception("schedule %s cannot be planned", row.name)
        again = row.now + timedelta(seconds=2 * AHEAD_S)
        problem = f"{type(error).__name__}: {error}"
        return Planned(row.name, row.plan_no, None, again, problem, [])


def _up_to(row: ScheduleRow, plan: Plan) -> Planned:
    """Its slots for the time ahead, and at least one to come."""
    if row.runs_left == 0:
        return Planned(row.name, row.plan_no, None, None, None, [])
    enough = row.now + timedelta(seconds=2 * AHEAD_S)
    soon = min(enough, row.now + timedelta(seconds=_SOON_S + 2 * row.ahead_s))
    reach, soon_reach = plan.reach(enough), plan.reach(soon)
    found: list[Occasion] = []
    for occasion in itertools.islice(plan.after(row.planned_to), _WINDOW):
        found.append(occasion)
        far = soon_reach if len(found) >= _FEW else reach
        if occasion.nominal > far and (not occasion.skipped or len(found) > _SKIPPED):
            break
    else:
        if len(found) < _WINDOW:
            to = found[-1].nominal if found else None
            return Planned(row.name, row.plan_no, to, None, None, [_slot(each) for each in found])
    last = found[-1].nominal
    until = _until(plan, enough if last > reach else soon, last)
    return _brought(row, found, _missed(row, found), until)


def _brought(row: ScheduleRow, found: list[Occasion], missed: int, until: datetime) -> Planned:
    if missed:
        found, until = found[:missed], found[missed - 1].nominal
    slots = [_slot(each, missed=bool(missed)) for each in found]
    return Planned(row.name, row.plan_no, found[-1].nominal, until, None, slots)


def _missed(row: ScheduleRow, found: Sequence[Occasion]) -> int:
    """
    How many of the first ones can only have been missed: after them more are late and could run
    than ever may fire late. After a long outage there are more than a round takes.
    """
    if found[-1].due_at >= row.now - timedelta(seconds=row.grace_s):
        return 0
    could_run = [n for n, each in enumerate(found) if not each.skipped]
    return could_run[-_MOST - 1] + 1 if len(could_run) > _MOST else 0


def _until(plan: Plan, enough: datetime, nominal: datetime) -> datetime:
    """Up to when all that is due is among the occasions up to *nominal*: at best, up to that."""
    until = nominal
    for days in _BACK_DAYS:
        until = nominal - timedelta(days=days)
        if plan.reach(until) <= nominal:
            break
    return max(until, enough) if plan.reach(enough) <= nominal else until


def _slot(occasion: Occasion, *, missed: bool = False) -> Slot:
    notes = [{"code": note.code, "text": note.text} for note in occasion.notes]
    if missed and not occasion.skipped:
        notes.insert(0, {"code": "missed", "text": "nobody was there to plan it"})
    return Slot(occasion.nominal, occasion.due_at, occasion.skipped or missed, notes)
