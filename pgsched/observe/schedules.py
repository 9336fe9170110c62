"""Schedules, their slots, and calendars."""

from __future__ import annotations

from datetime import datetime

from ..calls import Call
from ..errors import CalendarNotFound, ScheduleNotFound
from .base import Record, select, the_one

_SCHEDULE_VERSION = ("schedule", "version", "changed_at", "changed_by", "changes", "columns")
_CALENDAR_VERSION = ("calendar", "version", "changed_at", "changed_by", "changes", "columns")
_SCHEDULE = (
    "name", "task", "args", "cron", "rrule", "every", "at", "business", "timezone", "calendar",
    "roll", "blackout", "blackout_policy", "starts_at", "ends_at", "max_runs", "jitter", "splay",
    "overlap", "misfire", "misfire_limit", "grace", "condition", "priority", "queue", "labels",
    "paused", "version", "next_at", "runs", "last_job", "problem", "created_at", "updated_at",
    "overridden",
)  # fmt: skip
_SLOT = ("schedule", "nominal", "outcome", "reason", "job_id", "at")
_CALENDAR = ("name", "weekend", "about", "version", "holidays", "first_day", "last_day")
_BLACKOUT = ("name", "starts_at", "ends_at", "reason")
_SCHEDULES = (
    "from pgsched.schedule left join (select d.name, d.overridden"
    " from pgsched.declaration as d where d.kind = 'schedule') as d using (name)"
)


def schedules() -> Call[list[Record]]:
    """Every schedule, with what an operator changed of what code says."""
    return select(_SCHEDULE, _SCHEDULES + " order by name", [])


def schedule(name: str) -> Call[Record]:
    """One schedule, as `schedules` has it. Raises ScheduleNotFound."""
    missing = ScheduleNotFound(f"schedule {name!r} does not exist", hint="see pgsched.schedule")
    return the_one(select(_SCHEDULE, _SCHEDULES + " where name = %s", [name]), missing)


def schedule_versions(name: str, *, limit: int) -> Call[list[Record]]:
    """Versions of a schedule, newest first."""
    return select(
        _SCHEDULE_VERSION,
        "from pgsched.schedule_version where schedule = %s order by version desc limit %s",
        [name, limit],
    )


def slots(schedule: str, limit: int, before: datetime | None = None) -> Call[list[Record]]:
    """Slots of a schedule, newest first; `before`: those that are nominally earlier."""
    return select(
        _SLOT,
        "from pgsched.slot where schedule = %s and nominal < %s::timestamptz"
        " order by nominal desc limit %s",
        [schedule, before or "infinity", limit],
    )


def calendars() -> Call[list[Record]]:
    """Every calendar, with how many holidays it has, of which days."""
    return select(
        _CALENDAR,
        "from pgsched.calendar left join (select h.calendar as name, count(*) as holidays,"
        " min(h.day) as first_day, max(h.day) as last_day from pgsched.holiday as h group by 1)"
        " as h using (name) order by name",
        [],
    )


def calendar(name: str) -> Call[Record]:
    """One calendar, with the names of its holidays by day. Raises CalendarNotFound."""
    found = select(
        ("name", "weekend", "about", "version", "holidays"),
        "from (select c.*, (select coalesce(jsonb_object_agg(to_char(h.day, 'YYYY-MM-DD'), h.name),"
        " '{}') from pgsched.holiday as h where h.calendar = c.name) as holidays"
        " from pgsched.calendar as c where c.name = %s) as c",
        [name],
    )
    return the_one(found, CalendarNotFound(f"there is no calendar {name!r}"))


def calendar_versions(name: str, *, limit: int) -> Call[list[Record]]:
    """Versions of a calendar, newest first."""
    return select(
        _CALENDAR_VERSION,
        "from pgsched.calendar_version where calendar = %s order by version desc limit %s",
        [name, limit],
    )


def blackouts() -> Call[list[Record]]:
    """Every blackout window."""
    return select(_BLACKOUT, "from pgsched.blackout order by name, starts_at", [])
