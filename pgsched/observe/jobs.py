"""Jobs, their runs, what waits and what runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString

from ..calls import Call
from ..errors import JobNotFound, RunNotFound
from ..jsontext import dump_object
from .base import RETENTION, Key, Kinds, Listing, Record, listing, select, the_one

_JOB = (
    "id", "task", "queue", "priority", "state", "attempt", "max_attempts", "due_at", "created_at",
    "args", "key", "labels", "timeout_s", "retry", "parent_id", "trace", "task_version",
)  # fmt: skip
_RUN = (
    "job_id", "attempt", "queue", "task", "outcome", "charged", "worker", "started_at",
    "finished_at", "error", "result",
)  # fmt: skip
_ANY_RUN = (*_RUN, "state", "progress", "message", "cancelling")
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
    "running_s", "cancelling", "progress", "message", "worker_id",
)  # fmt: skip
_EXPLAIN = ("id", "state", "reasons", "attempt", "max_attempts", "due_at", "last_error")
_LAST = 2**63 - 1
_MATCHING = "where (%s::text is null or queue = %s) and (%s::text is null or task = %s)"


def job(id: int) -> Call[Record]:
    """One job, with the `version` that `calls.reschedule` takes. Raises JobNotFound."""
    missing = JobNotFound(f"job {id} does not exist", hint=RETENTION)
    rest: LiteralString = (
        "from (select j.*, pgsched._job_version(j.queue, j.priority, j.due_at, j.attempt, j.state)"
        " as version from pgsched.job as j where j.id = %s) as j"
    )
    return the_one(select((*_JOB, "version"), rest, [id]), missing)


def states(ids: Sequence[int]) -> Call[dict[int, str]]:
    """The state of each of these jobs that there is."""
    return Call(
        "select id, state::text from pgsched.job where id = any(%s::bigint[])",
        [list(ids)],
        lambda rows: {row[0]: row[1] for row in rows},
    )


def jobs(
    *,
    state: str | None,
    queue: str | None,
    task: str | None,
    since: datetime | None,
    until: datetime | None = None,
    labels: Mapping[str, Any] | None = None,
) -> Listing:
    """
    Jobs that match every filter given, newest first; made from `since` to below `until`, with all
    these `labels`.

    Those that have not succeeded are found by what is kept of their state; for any other filter it
    reads jobs, newest first, until it has as many as are asked for.
    """
    told = dump_object("labels", labels)
    if state is not None and state != "succeeded":
        return _in_state([state, queue, task, told, since], until)
    filters: list[tuple[LiteralString, Any]] = [
        ("state = %s::pgsched.job_state", state),
        ("queue = %s", queue),
        ("task = %s", task),
        ("id >= pgsched.id_at(%s)", since),
        ("id < pgsched.id_at(%s)", until),
        ("labels @> %s::jsonb", told),
    ]
    return listing(_JOB, "from pgsched.job", {"id": int}, filters, newest_first=True)


def _in_state(filters: list[Any], until: datetime | None) -> Listing:
    rest: LiteralString = (
        "from pgsched._jobs_in(%s::pgsched.job_state, %s, %s, %s::jsonb,"
        " coalesce(pgsched.id_at(%s), 0), least(%s, pgsched.id_at(%s), %s), %s::int)"
        " order by id desc"
    )

    def ask(limit: int | None, after: Key | None) -> Call[list[Record]]:
        return select(_JOB, rest, [*filters, after[0] if after else None, until, _LAST, limit])

    return Listing({"id": int}, ask)


def runs(job_id: int) -> Listing:
    """Attempts of a job that have ended, first to last."""
    return listing(_RUN, "from pgsched.run", {"attempt": int}, [("job_id = %s", job_id)])


def all_runs(
    *, outcome: str | None, queue: str | None, task: str | None, since: datetime | None
) -> Listing:
    """
    Runs that match every filter given, of the newest jobs first.

    `since` is when their jobs were made: filters that few runs match read all since then.
    """
    filters: list[tuple[LiteralString, Any]] = [
        ("queue = %s", queue),
        ("task = %s", task),
        ("outcome::text = %s", outcome),
        ("job_id >= pgsched.id_at(%s)", since),
    ]
    key: Kinds = {"job_id": int, "attempt": int}
    return listing(_RUN, "from pgsched.run", key, filters, newest_first=True)


def run(job_id: int, attempt: int) -> Call[Record]:
    """One attempt of a job, which goes on or has ended. Raises RunNotFound."""
    missing = RunNotFound(f"run {job_id}-{attempt} does not exist", hint=RETENTION)
    # one statement: in no other is it sure that a run is in one of both
    rest: LiteralString = (
        "from (select r.job_id, r.attempt, r.queue, r.task, r.outcome, r.charged, r.worker,"
        " r.started_at, r.finished_at, r.error, r.result, 'ended' as state,"
        " null::float8 as progress, null as message, false as cancelling"
        " from pgsched.run as r where r.job_id = %s and r.attempt = %s"
        " union all select n.id, n.attempt, n.queue, n.task, null, null, n.worker_id, n.started_at,"
        " null, null, null, 'running', n.progress, n.message, n.cancelling"
        " from pgsched._running_now(%s) as n where n.attempt = %s) as r"
    )
    return the_one(select(_ANY_RUN, rest, [job_id, attempt, job_id, attempt]), missing)


def log(job_id: int, *, attempt: int | None = None, limit: int) -> Call[list[Record]]:
    """The last lines that the handler of a job, or of one attempt, wrote, in order."""
    newest: LiteralString = (
        "from pgsched.job_log where job_id = %s and attempt = coalesce(%s::int, attempt)"
        " order by logged_at desc limit %s"
    )
    call = select(_LOG, newest, [job_id, attempt, limit])
    return Call(call.sql, call.params, lambda rows: call.read(rows[::-1]))


def log_since(job_id: int, since: datetime, told: int, *, limit: int) -> Call[list[Record]]:
    """The first lines that a job's handler wrote since then, in order, but for `told` of them."""
    rest = "from pgsched.job_log where job_id = %s and logged_at >= %s order by logged_at"
    return select(_LOG, rest + " limit %s offset %s", [job_id, since, limit, told])


def explain(id: int) -> Call[list[Record]]:
    """Why a job is not running: one row."""
    return select(_EXPLAIN, "from pgsched.explain(%s)", [id])


def dead_letters(*, queue: str | None, task: str | None) -> Listing:
    """Jobs that ended dead, the last first."""
    return listing(
        _DEAD,
        "from pgsched.dead_letters",
        {"ended_at": datetime, "id": int},
        [("queue = %s", queue), ("task = %s", task)],
        newest_first=True,
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
    return select(_RUNNING, "from pgsched._running_now(null, %s) order by started_at, id", [limit])
