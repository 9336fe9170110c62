"""pgsched: a job scheduler that needs nothing but Postgres."""

from .client import Scheduler, aenqueue, aenqueue_many, enqueue, enqueue_many
from .context import Cancel, Context, Discard, Retry, Snooze
from .errors import PgschedError
from .registry import task

__all__ = [
    "Cancel",
    "Context",
    "Discard",
    "PgschedError",
    "Retry",
    "Scheduler",
    "Snooze",
    "aenqueue",
    "aenqueue_many",
    "enqueue",
    "enqueue_many",
    "task",
]
