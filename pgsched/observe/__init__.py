"""
Each question to the public views as pure data, like `calls`; `db.run` runs any of them.

Every answer is a list of dicts, one for each row, keyed by column; or one dict, of what must be
there. A `Listing` is read by pages, or all of it, where there are not millions of rows.
"""

from .base import Key, Kinds, Listing, Record
from .catalogue import (
    endpoint,
    endpoints,
    policies,
    queues,
    scripts,
    setting,
    settings,
    task,
    task_versions,
    tasks,
    workers,
)
from .events import event, events, hook, hooks, subscription, subscriptions
from .jobs import (
    all_runs,
    dead_letters,
    explain,
    job,
    jobs,
    log,
    log_since,
    run,
    running_now,
    runs,
    states,
    upcoming,
)
from .schedules import (
    blackouts,
    calendar,
    calendar_versions,
    calendars,
    schedule,
    schedule_versions,
    schedules,
    slots,
)
from .stats import ended, failing, runs_by_day
from .users import api_key, api_keys, user, users

__all__ = [
    "Key",
    "Kinds",
    "Listing",
    "Record",
    "all_runs",
    "api_key",
    "api_keys",
    "blackouts",
    "calendar",
    "calendar_versions",
    "calendars",
    "dead_letters",
    "ended",
    "endpoint",
    "endpoints",
    "event",
    "events",
    "explain",
    "failing",
    "hook",
    "hooks",
    "job",
    "jobs",
    "log",
    "log_since",
    "policies",
    "queues",
    "run",
    "running_now",
    "runs",
    "runs_by_day",
    "schedule",
    "schedule_versions",
    "schedules",
    "scripts",
    "setting",
    "settings",
    "slots",
    "states",
    "subscription",
    "subscriptions",
    "task",
    "task_versions",
    "tasks",
    "upcoming",
    "user",
    "users",
    "workers",
]
