"""Schedules, their slots, and calendars."""

from __future__ import annotations

from datetime import datetime

from ..calls import Call
from ..errors import CalendarNotFound, ScheduleNotFound
from .base import Listing, Record, listing, select, the_one

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


def schedules() -> Listing:
    """Schedules by name, with what an operator changed of what code says."""
    return listing(_SCHEDULE, _SCHEDULES, {"name": str})


def schedule(name: str) -> Call[Record]:
    """One schedule, as `schedules` has it. Raises ScheduleNotFound."""
    missing = ScheduleNotFound(f"schedule {name!r} does not exist", hint="see pgsched.schedule")
    return the_one(select(_SCHEDULE, _SCHEDULES + " where name = %s", [name]), missing)


def schedule_versions(name: str) -> Listing:
    """Versions of a schedule, newest first."""
    return listing(
        _SCHEDULE_VERSION,
        "from pgsched.schedule_version",
        {"version": int},
        [("schedule = %s", name)],
        newest_first=True,
    )


def slots(schedule: str) -> Listing:
    """Slots of a schedule, newest first."""
    return listing(
        _SLOT,
        "from pgsched.slot",
        {"nominal": datetime},
        [("schedule = %s", schedule)],
        newest_first=True,
    )


def calendars() -> Listing:
    """Calendars by name, with how many holidays each has, of which days."""
    return listing(
        _CALENDAR,
        "from pgsched.calendar as c cross join lateral (select nullif(count(*), 0) as holidays,"
        " min(h.day) as first_day, max(h.day) as last_day from pgsched.holiday as h"
        " where h.calendar = c.name) as h",
        {"name": str},
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


def calendar_versions(name: str) -> Listing:
    """Versions of a calendar, newest first."""
    return listing(
        _CALENDAR_VERSION,
        "from pgsched.calendar_version",
        {"version": int},
        [("calendar = %s", name)],
        newest_first=True,
    )


def blackouts() -> Listing:
    """Blackout windows, by name and time."""
    return listing(_BLACKOUT, "from pgsched.blackout", {"name": str, "starts_at": datetime})
