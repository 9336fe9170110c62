"""Tasks, queues and workers."""

from __future__ import annotations

from typing import LiteralString
from uuid import UUID

from ..calls import Call
from ..errors import EndpointNotFound, InvalidValue, TaskNotFound
from .base import Key, Listing, Record, listing, select, the_one

_QUEUE = (
    "queue", "paused", "ready", "scheduled", "blocked", "running", "dead", "capped",
    "oldest_due_s", "succeeded_per_s", "failed_per_s", "wait_ms_p50", "wait_ms_p95",
    "run_ms_p50", "run_ms_p95",
)  # fmt: skip
_TASK = (
    "task", "queue", "priority", "max_attempts", "enabled", "paused", "blocked", "running", "dead",
    "workers", "succeeded_per_s", "failed_per_s", "wait_ms_p50", "wait_ms_p95", "run_ms_p50",
    "run_ms_p95",
)  # fmt: skip
_POLICY = (
    "name", "description", "category", "queue", "priority", "max_attempts", "retry", "timeout_s",
    "isolation", "transactional", "enabled", "paused", "labels", "handler", "version", "overrides",
    "updated_at", "endpoint",
)  # fmt: skip
_VERSION = ("task", "version", "changed_at", "changed_by", "changes", "overrides", "policy")
_WORKER = (
    "id", "name", "host", "pid", "role", "queues", "concurrency", "running", "live", "idle",
    "started_at", "seen_ago_s", "lease_left_s", "tasks",
)  # fmt: skip
_ENDPOINT = (
    "name", "url", "queue", "tasks", "concurrency", "running", "timeout_s", "lease_s",
    "header_names", "paused", "paused_until", "problem", "version", "created_at", "updated_at",
)  # fmt: skip
_SETTING = ("name", "value", "by_default", "least", "most", "about")


def queues() -> Listing:
    """Queues by name, with what is counted of them."""
    return _counted(_QUEUE, "from pgsched._stat_queue(%s, %s) order by queue", "queue")


def tasks() -> Call[list[Record]]:
    """Every task."""
    return select(_TASK, "from pgsched.stat_task order by task", [])


def task(name: str) -> Call[Record]:
    """The policy of a task as it holds. Raises TaskNotFound."""
    missing = TaskNotFound(f"task {name!r} is not in the catalogue")
    return the_one(select(_POLICY, "from pgsched.task where name = %s", [name]), missing)


def policies() -> Listing:
    """The policy of each task as it holds, by name."""
    return listing(_POLICY, "from pgsched.task", {"name": str})


def task_versions(name: str) -> Listing:
    """Versions of a task's policy, newest first."""
    return listing(
        _VERSION,
        "from pgsched.task_version",
        {"version": int},
        [("task = %s", name)],
        newest_first=True,
    )


def scripts(name: str | None = None) -> Call[list[Record]]:
    """The newest version of every script; or every version of one, the newest first."""
    return select(
        ("name", "version", "newest", "saved_at", "saved_by"),
        "from pgsched.script where case when %s::text is null then newest else name = %s end"
        " order by name, version desc limit 10000",
        [name, name],
    )


def endpoints() -> Listing:
    """Endpoints, by name."""
    return _counted(_ENDPOINT, "from pgsched._endpoints(%s, %s) order by name", "name")


def endpoint(name: str) -> Call[Record]:
    """An endpoint. Raises EndpointNotFound."""
    missing = EndpointNotFound(f"endpoint {name!r} does not exist")
    return the_one(select(_ENDPOINT, "from pgsched.endpoint where name = %s", [name]), missing)


def workers() -> Listing:
    """Processes that are registered, by name and id."""
    return listing(_WORKER, "from pgsched.stat_worker", {"name": str, "id": UUID})


def _counted(
    columns: tuple[LiteralString, ...], rest: LiteralString, key: LiteralString
) -> Listing:
    """What a function tells of so many names after one: it counts for no others."""

    def ask(limit: int | None, after: Key | None) -> Call[list[Record]]:
        return select(columns, rest, [after[0] if after else None, limit])

    return Listing({key: str}, ask)


def settings() -> Listing:
    """What holds for the whole database, by name."""
    return listing(_SETTING, "from pgsched.setting", {"name": str})


def setting(name: str) -> Call[Record]:
    """A setting. Raises InvalidValue, as `change_setting()` does."""
    missing = InvalidValue(f"there is no setting {name!r}", hint="see pgsched.setting")
    return the_one(select(_SETTING, "from pgsched.setting where name = %s", [name]), missing)
