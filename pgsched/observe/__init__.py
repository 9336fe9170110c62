"""
Each question to the public views as pure data, like `calls`; `db.run` runs any of them.

Every answer is a list of dicts, one for each row, keyed by column; or one dict, of what must be
there. `limit` is always given: there may be millions of rows.
"""

from .base import Record
from .catalogue import policies, queues, scripts, task, task_versions, tasks, workers
from .events import event, events, subscription, subscriptions
from .jobs import all_runs, dead_letters, explain, job, jobs, log, running_now, runs, upcoming
from .schedules import (
    blackouts,
    calendar_versions,
    calendars,
    schedule,
    schedule_versions,
    schedules,
    slots,
)
from .users import api_keys, users

__all__ = [
    "Record",
    "all_runs",
    "api_keys",
    "blackouts",
    "calendar_versions",
    "calendars",
    "dead_letters",
    "event",
    "events",
    "explain",
    "job",
    "jobs",
    "log",
    "policies",
    "queues",
    "running_now",
    "runs",
    "schedule",
    "schedule_versions",
    "schedules",
    "scripts",
    "slots",
    "subscription",
    "subscriptions",
    "task",
    "task_versions",
    "tasks",
    "upcoming",
    "users",
    "workers",
]
