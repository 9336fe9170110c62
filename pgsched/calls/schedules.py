"""Calls of those who keep schedules, plan and tick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString

from ..jsontext import dump_object, dump_value
from ..models import BlackoutRow, CalendarRows, Planned, ScheduleRow, Ticked
from .base import Call, nothing, plain, scalar

_ROW: LiteralString = (
    "s.name, s.plan_no, s.kind, s.rule, s.timezone, s.calendar, s.roll, s.blackout,"
    " s.blackout_policy, s.starts_at, s.ends_at,"
    " case when s.max_runs is not null then greatest(0, s.max_runs - s.runs) end,"
    " extract(epoch from s.jitter)::float8, extract(epoch from s.splay)::float8,"
    " extract(epoch from s.grace)::float8, s.since, s.planned_to, pgsched.clock(),"
    " extract(epoch from least(greatest(s.planned_until, pgsched.clock()),"
    " pgsched.clock() + interval '1 hour') - pgsched.clock())::float8"
)


def unplanned(limit: int, ahead_s: float) -> Call[list[ScheduleRow]]:
    """Take schedules whose slots are planned for less than `ahead_s` seconds from now."""
    return Call(
        "select " + _ROW + " from pgsched.unplanned(%s, %s::float8) as s",
        [limit, ahead_s],
        lambda rows: [ScheduleRow(*row) for row in rows],
    )


def schedule(name: str) -> Call[ScheduleRow]:
    """What a planner has to know of one schedule."""
    return Call(
        "select " + _ROW + " from pgsched._require_schedule(%s) as s",
        [name],
        lambda rows: ScheduleRow(*rows[0]),
    )


def schedules(names: Sequence[str]) -> Call[list[ScheduleRow]]:
    """As `schedule`, of those of these names that there are, by name."""
    return Call(
        "select " + _ROW + " from pgsched.schedule as v"
        " cross join lateral pgsched._require_schedule(v.name) as s"
        " where v.name = any(%s) order by v.name",
        [list(names)],
        lambda rows: [ScheduleRow(*row) for row in rows],
    )


def add_schedule(columns: Mapping[str, Any]) -> Call[None]:
    """Make a schedule of columns of the view."""
    return Call(
        "insert into pgsched.schedule"
        " select (jsonb_populate_record(null::pgsched.schedule, %s::jsonb)).* returning 1",
        [dump_value("columns", plain(columns))],
        nothing,
    )


def change_schedule(name: str, columns: Mapping[str, Any], version: int | None) -> Call[int]:
    """Change columns of a schedule; reads its new version."""
    return Call(
        "select pgsched.change_schedule(%s, %s::jsonb, %s::integer)",
        [name, dump_value("columns", plain(columns)), version],
        scalar,
    )


def pause_schedule(name: str) -> Call[None]:
    """Let it make no jobs."""
    return Call("select pgsched.pause_schedule(%s)", [name], nothing)


def resume_schedule(name: str) -> Call[None]:
    """Let it go on, from now."""
    return Call("select pgsched.resume_schedule(%s)", [name], nothing)


def trigger_schedule(name: str, args: Mapping[str, Any] | None) -> Call[int]:
    """Make its job now; reads the id."""
    return Call(
        "select pgsched.trigger_schedule(%s, %s::jsonb)",
        [name, dump_object("args", args)],
        scalar,
    )


def remove_schedule(name: str, version: int | None = None) -> Call[None]:
    """End a schedule; with a version, only if it has that."""
    return Call("select pgsched.remove_schedule(%s, %s::int)", [name, version], nothing)


def restore_schedule(name: str, version: int) -> Call[int]:
    """Let a schedule be as it was at a version; reads its new one."""
    return Call("select pgsched.restore_schedule(%s, %s::int)", [name, version], scalar)


def calendars() -> Call[CalendarRows]:
    """All business calendars: of each, weekend days (1 Monday .. 7) and holidays by day."""
    return Call(
        "select c.name, c.weekend, coalesce((select array_agg(h.day::date order by h.day)"
        " from pgsched.holiday as h where h.calendar = c.name), '{}'),"
        " coalesce((select array_agg(h.name order by h.day)"
        " from pgsched.holiday as h where h.calendar = c.name), '{}')"
        " from pgsched.calendar as c order by c.name",
        [],
        lambda rows: {
            name: (frozenset(weekend), dict(zip(days, names, strict=True)))
            for name, weekend, days, names in rows
        },
    )


def blackouts(since: datetime) -> Call[list[BlackoutRow]]:
    """
    The blackout windows that end after `since`, in order; and those before them without a gap in
    between, since together they are one.
    """
    return Call(
        "select b.name, b.starts_at, b.ends_at, b.reason from pgsched.blackout as b"
        " join (select w.name, unnest(range_agg(tstzrange(w.starts_at, w.ends_at))) as whole"
        " from pgsched.blackout as w group by w.name) as w"
        " on w.name = b.name and w.whole @> b.starts_at::timestamptz"
        " where upper(w.whole) > %s order by b.name, b.starts_at",
        [since],
        lambda rows: [BlackoutRow(*row) for row in rows],
    )


def plan(planned: Sequence[Planned]) -> Call[list[str]]:
    """Bring the slots of schedules; reads the names of those that somebody else had locked."""
    slots = [(each.schedule, slot) for each in planned for slot in each.slots]
    return Call(
        "select p.locked from pgsched.plan(%s::text[], %s::bigint[], %s::timestamptz[],"
        " %s::timestamptz[], %s::text[],"
        " %s::text[], %s::timestamptz[], %s::timestamptz[], %s::boolean[], %s::jsonb[]) as p",
        [
            [each.schedule for each in planned],
            [each.plan_no for each in planned],
            [each.to for each in planned],
            [each.until.isoformat() if each.until else "infinity" for each in planned],
            [each.problem for each in planned],
            [schedule for schedule, _ in slots],
            [slot.nominal for _, slot in slots],
            [slot.due_at for _, slot in slots],
            [slot.skipped for _, slot in slots],
            [dump_value("notes", slot.notes) for _, slot in slots],
        ],
        scalar,
    )


def tick(limit: int) -> Call[Ticked]:
    """Decide slots whose time has come."""
    return Call(
        "select t.decided, extract(epoch from t.next_due_at - pgsched.clock())::float8, t.apart"
        " from pgsched.tick(%s) as t",
        [limit],
        lambda rows: Ticked(*rows[0]),
    )


def limit_statement(timeout_s: float) -> Call[None]:
    """Cancel statements of this transaction that take longer."""
    return Call(
        "select set_config('statement_timeout', %s, true)", [f"{timeout_s * 1000:.0f}"], nothing
    )


def tick_apart() -> Call[int]:
    """Decide slots of one schedule that has a condition, or a job to cancel, or failed before."""
    return Call("select pgsched.tick_apart()", [], scalar)


def quiet_for(max_s: float, ahead_s: float) -> Call[float]:
    """For how many seconds, at most `max_s`, no schedule needs a tick, or a plan so far ahead."""
    return Call("select pgsched.quiet_for(%s::float8, %s::float8)", [max_s, ahead_s], scalar)
