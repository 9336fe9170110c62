"""Works out slots of schedules ahead of time. What a rule means is only known here."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import psycopg

from .. import calls, db
from ..errors import InvalidValue
from ..models import BlackoutRow, CalendarRows, Planned, ScheduleRow, Slot
from ..time import Occasion
from ..timetable import plan_of

AHEAD_S = 60.0
"""How far ahead slots are planned at least, and one slot however far; then for as long again."""
_A_ROUND = 500  # schedules
_MOST = 1000  # slots of one schedule a round: misfire_limit is no more


def plan_round(conn: psycopg.Connection[Any]) -> int:
    """Plan what lacks slots, some hundred schedules at most. How many: if not 0, call it again."""
    rows = db.run(conn, calls.unplanned(_A_ROUND, AHEAD_S))
    if not rows:
        return 0
    named = db.run(conn, calls.calendars()) if any(row.calendar for row in rows) else {}
    windows: list[BlackoutRow] = []
    if any(row.blackout for row in rows):
        windows = db.run(conn, calls.blackouts(min(row.after for row in rows)))
    db.run(conn, calls.plan([planned(row, named, windows) for row in rows]))
    return len(rows)


def planned(row: ScheduleRow, named: CalendarRows, windows: Sequence[BlackoutRow]) -> Planned:
    """The next slots of one schedule; none and its problem, where its rule is refused."""
    try:
        occasions = plan_of(row, named, windows).after(row.after)
        return _up_to(row, occasions)
    except InvalidValue as error:
        return Planned(row.name, row.plan_no, None, str(error), [])


def _up_to(row: ScheduleRow, occasions: Iterator[Occasion]) -> Planned:
    """
    Its slots for the time ahead, and at least one to come.

    After a long outage there may be more than a round takes. Twice as many as may fire are read:
    while even those are late, the first half can only have been missed.
    """
    enough = row.now + timedelta(seconds=2 * AHEAD_S)
    found: list[Occasion] = []
    for occasion in itertools.islice(occasions, 2 * _MOST):
        found.append(occasion)
        if occasion.nominal > enough:
            break
    else:
        if len(found) < 2 * _MOST:
            return Planned(row.name, row.plan_no, None, None, [_slot(each) for each in found])
    late = found[-1].due_at < row.now - timedelta(seconds=row.grace_s)
    if late:
        found = found[:_MOST]
    slots = [_slot(each, missed=late) for each in found]
    return Planned(row.name, row.plan_no, found[-1].nominal, None, slots)


def _slot(occasion: Occasion, *, missed: bool = False) -> Slot:
    notes = [{"code": note.code, "text": note.text} for note in occasion.notes]
    if missed:
        notes.insert(0, {"code": "missed", "text": "nobody was there to plan it"})
    return Slot(occasion.nominal, occasion.due_at, occasion.skipped or missed, notes)
