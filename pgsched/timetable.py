"""Schedules as programs and the CLI make, change and foresee them; what is wrong is said here."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg

from . import calls, db
from .errors import naming
from .models import BlackoutRow, CalendarRows, ScheduleRow
from .time import BusinessDays, Calendar, Occasion, Plan, Window, combined, parse


def add(conn: psycopg.Connection[Any], name: str, task: str, columns: Mapping[str, Any]) -> None:
    """
    Make a schedule of `task`; columns are those of the view `pgsched.schedule`.

    Raises InvalidValue, which says exactly what is wrong; ScheduleExists.
    """
    with conn.transaction():
        db.run(conn, calls.add_schedule({"name": name, "task": task, **columns}))
        forecast(conn, name, 1)


def change(
    conn: psycopg.Connection[Any],
    name: str,
    columns: Mapping[str, Any],
    version: int | None = None,
) -> int:
    """
    Change columns of a schedule; its new version. With `version`, only if it still has that one.

    Raises as `add`; ScheduleNotFound; VersionChanged.
    """
    with conn.transaction():
        changed = db.run(conn, calls.change_schedule(name, columns, version))
        forecast(conn, name, 1)
    return changed


def forecast(
    conn: psycopg.Connection[Any], name: str, n: int, *, until: datetime | None = None
) -> list[Occasion]:
    """
    The next n occasions of a schedule, skipped ones too; up to `until` (aware), nominally.

    Raises ScheduleNotFound; InvalidValue where the schedule has a problem, which it says.
    """
    return occasions(*db.run_steps(conn, planning(name)), n, until=until)


def planning(name: str) -> db.Steps[tuple[Plan, datetime]]:
    """What decides a schedule's occasions, and the time now. Raises as `forecast`."""
    row: ScheduleRow = yield calls.schedule(name)
    named: CalendarRows = (yield calls.calendars()) if row.calendar else {}
    windows: list[BlackoutRow] = []
    if row.blackout:
        windows = yield calls.blackouts(min(row.now, row.planned_to))
    return plan_of(row, named, windows), row.now


def occasions(
    plan: Plan, now: datetime, n: int, *, until: datetime | None = None
) -> list[Occasion]:
    """The next n occasions; up to `until` (aware), nominally. A rare rule takes up to 0.2 s."""
    found = itertools.islice(plan.after(now), n)
    return list(itertools.takewhile(lambda each: until is None or each.nominal <= until, found))


def plan_of(row: ScheduleRow, named: CalendarRows, windows: Sequence[BlackoutRow]) -> Plan:
    """What decides the schedule's occasions. Raises InvalidValue, which says what is wrong."""
    with naming("calendar"):
        calendar = _calendar(row.calendar, named)
    with naming(row.kind):
        rule = parse(row.kind, row.rule, row.timezone, starts_at=row.starts_at, calendar=calendar)
    return Plan(
        name=row.name,
        rule=rule,
        timezone=row.timezone,
        since=row.since,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        max_runs=row.runs_left,
        calendar=None if row.kind == "business" else calendar,
        roll=row.roll,
        blackouts=[Window(*window[1:]) for window in windows if window.name == row.blackout],
        blackout_policy=row.blackout_policy,
        splay_s=row.splay_s,
        jitter_s=row.jitter_s,
    )


def _calendar(expression: str | None, named: CalendarRows) -> BusinessDays | None:
    if expression is None:
        return None
    return combined(expression, {name: Calendar(name, *facts) for name, facts in named.items()})
