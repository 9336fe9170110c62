"""Jobs, their runs, what waits and what runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, LiteralString

from ..calls import Call
from ..errors import JobNotFound
from ..jsontext import dump_object
from .base import RETENTION, Record, select, the_one

_JOB = (
    "id", "task", "queue", "priority", "state", "attempt", "max_attempts", "due_at", "created_at",
    "args", "key", "labels", "timeout_s", "retry", "parent_id", "trace", "task_version",
)  # fmt: skip
_RUN = (
    "job_id", "attempt", "queue", "task", "outcome", "charged", "worker", "started_at",
    "finished_at", "error", "result",
)  # fmt: skip
_LOG = ("job_id", "attempt", "logged_at", "level", "message", "progress")
_DEAD = (
    "id", "task", "queue", "priority", "attempt", "max_attempts", "ended_at", "created_at",
    "error", "args", "key", "labels",
)  # fmt: skip
_UPCOMING = (
    "id", "task", "queue", "priority", "due_at", "due_in_s", "attempt", "args", "schedule",
)  # fmt: skip
_RUNNING = (
    "id", "task", "queue", "priority", "attempt", "worker", "host", "pid", "started_at",
    "running_s", "cancelling", "progress", "message",
)  # fmt: skip
_EXPLAIN = ("id", "state", "reasons", "attempt", "max_attempts", "due_at", "last_error")
_LAST = 2**63 - 1
_MATCHING = "where (%s::text is null or queue = %s) and (%s::text is null or task = %s)"


def job(id: int) -> Call[Record]:
    """One job. Raises JobNotFound."""
    missing = JobNotFound(f"job {id} does not exist", hint=RETENTION)
    return the_one(select(_JOB, "from pgsched.job where id = %s", [id]), missing)


def jobs(
    *,
    state: str | None,
    queue: str | None,
    task: str | None,
    since: datetime | None,
    until: datetime | None = None,
    labels: Mapping[str, Any] | None = None,
    before: int | None = None,
    limit: int,
) -> Call[list[Record]]:
    """
    Jobs that match every filter given, newest first, `before` an id; made from `since` to below
    `until`, with all these `labels`.

    Running, dead and scheduled ones are found by what is kept of them (of scheduled ones, the next
    100 of each lane); any other filter reads jobs, newest first, until it has `limit`.
    """
    where: list[LiteralString] = []
    params: list[Any] = []
    if state == "running":
        where.append("id in (select r.id from pgsched.running_now as r)")
    elif state == "dead":
        where.append(
            "id in (select d.id from pgsched.dead_letters as d"
            " where d.queue = coalesce(%s, d.queue) and d.task = coalesce(%s, d.task)"
            " and d.id < coalesce(%s, 9223372036854775807) order by d.id desc limit %s)"
        )
        params += [queue, task, before, limit]
    elif state == "scheduled":
        where.append("id in (select u.id from pgsched.upcoming as u)")
    filters: list[tuple[LiteralString, Any]] = [
        ("state = %s::pgsched.job_state", state),
        ("queue = %s", queue),
        ("task = %s", task),
        ("id >= pgsched.id_at(%s)", since),
        ("id < pgsched.id_at(%s)", until),
        ("labels @> %s::jsonb", dump_object("labels", labels)),
        ("id < %s", before),
    ]
    for condition, value in filters:
        if value is not None:
            where.append(condition)
            params.append(value)
    matching = "where " + " and ".join(where) if where else ""
    rest = "from pgsched.job " + matching + " order by id desc limit %s"
    return select(_JOB, rest, [*params, limit])


def runs(job_id: int) -> Call[list[Record]]:
    """Every attempt of a job that has ended, first to last."""
    return select(_RUN, "from pgsched.run where job_id = %s order by attempt", [job_id])


def all_runs(
    *,
    outcome: str | None,
    queue: str | None,
    task: str | None,
    since: datetime | None,
    before: tuple[int, int] | None,
    limit: int,
) -> Call[list[Record]]:
    """
    Runs that match every filter given, of the newest jobs first, `before` a job and attempt.

    `since` is when their jobs were made: filters that few runs match read all since then.
    """
    return select(
        _RUN,
        "from pgsched.run " + _MATCHING + " and (%s::text is null or outcome::text = %s)"
        " and job_id >= pgsched.id_at(coalesce(%s::timestamptz, '2020-01-01'))"
        " and job_id <= %s and (job_id, attempt) < (%s, %s)"
        " order by job_id desc, attempt desc limit %s",
        [queue, queue, task, task, outcome, outcome, since, before[0], *before, limit]
        if before
        else [queue, queue, task, task, outcome, outcome, since, _LAST, _LAST, 0, limit],
    )


def log(job_id: int, *, limit: int) -> Call[list[Record]]:
    """The last lines that a job's handler wrote, in order."""
    newest = "from pgsched.job_log where job_id = %s order by logged_at desc limit %s"
    call = select(_LOG, newest, [job_id, limit])
    return Call(call.sql, call.params, lambda rows: call.read(rows[::-1]))


def explain(id: int) -> Call[list[Record]]:
    """Why a job is not running: one row."""
    return select(_EXPLAIN, "from pgsched.explain(%s)", [id])


def dead_letters(
    *,
    queue: str | None,
    task: str | None,
    before: tuple[datetime, int] | None = None,
    limit: int,
) -> Call[list[Record]]:
    """Jobs that ended dead, the last first, `before` an end and id."""
    return select(
        _DEAD,
        "from pgsched.dead_letters " + _MATCHING + " and (ended_at, id)"
        " < (%s::timestamptz, %s::bigint) order by ended_at desc, id desc limit %s",
        [queue, queue, task, task, *(before or ("infinity", 0)), limit],
    )


def upcoming(*, queue: str | None, task: str | None, limit: int) -> Call[list[Record]]:
    """Scheduled jobs and slots of schedules, soonest first, of the next 100 of each lane."""
    return select(
        _UPCOMING,
        "from pgsched.upcoming " + _MATCHING + " order by due_at, id limit %s",
        [queue, queue, task, task, limit],
    )


def running_now(*, limit: int) -> Call[list[Record]]:
    """Jobs that a worker holds, longest first."""
    return select(_RUNNING, "from pgsched.running_now order by started_at, id limit %s", [limit])
