"""
Each question to the public views as pure data, like `calls`; `db.run` runs any of them.

Every answer is a list of dicts, one for each row, keyed by column; or one dict, of what must be
there. `limit` is always given: there may be millions of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, LiteralString

from .calls import Call, Row
from .errors import EventNotFound, JobNotFound, PgschedError, ScheduleNotFound, TaskNotFound
from .jsontext import dump_object

Record = dict[str, Any]

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
    "updated_at",
)  # fmt: skip
_SCHEDULE_VERSION = ("schedule", "version", "changed_at", "changed_by", "changes", "columns")
_CALENDAR_VERSION = ("calendar", "version", "changed_at", "changed_by", "changes", "columns")
_VERSION = ("task", "version", "changed_at", "changed_by", "changes", "overrides", "policy")
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
_EVENT = (
    "id", "type", "source", "subject", "external_id", "time", "data", "depth", "cause_job", "jobs",
    "problems",
)  # fmt: skip
_SUBSCRIPTION = (
    "name", "event_type", "task", "filter", "args", "queue", "priority", "delay", "key", "enabled",
    "version", "updated_at", "task_known", "overridden",
)  # fmt: skip
_WORKER = (
    "id", "name", "host", "pid", "role", "queues", "concurrency", "running", "live", "idle",
    "started_at", "seen_ago_s", "lease_left_s", "tasks",
)  # fmt: skip
_USER = (
    "id", "name", "role", "team", "disabled", "has_password", "version", "created_at", "updated_at",
)  # fmt: skip
_API_KEY = (
    "id", "user_name", "name", "shown", "scopes", "queues", "created_at", "expires_at",
    "revoked_at", "last_used_at", "works",
)  # fmt: skip

_RETENTION = "retention may have removed it"
_MATCHING = "where (%s::text is null or queue = %s) and (%s::text is null or task = %s)"
_SCHEDULES = (
    "from pgsched.schedule left join (select d.name, d.overridden"
    " from pgsched.declaration as d where d.kind = 'schedule') as d using (name)"
)


def _select(
    columns: tuple[LiteralString, ...], rest: LiteralString, params: list[Any]
) -> Call[list[Record]]:
    def read(rows: list[Row]) -> list[Record]:
        return [dict(zip(columns, row, strict=True)) for row in rows]

    return Call("select " + ", ".join(columns) + " " + rest, params, read)


def _the_one(call: Call[list[Record]], missing: PgschedError) -> Call[Record]:
    def read(rows: list[Row]) -> Record:
        if not rows:
            raise missing
        return call.read(rows)[0]

    return Call(call.sql, call.params, read)


def job(id: int) -> Call[Record]:
    """One job. Raises JobNotFound."""
    missing = JobNotFound(f"job {id} does not exist", hint=_RETENTION)
    return _the_one(_select(_JOB, "from pgsched.job where id = %s", [id]), missing)


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
    return _select(_JOB, rest, [*params, limit])


def runs(job_id: int) -> Call[list[Record]]:
    """Every attempt of a job that has ended, first to last."""
    return _select(_RUN, "from pgsched.run where job_id = %s order by attempt", [job_id])


def log(job_id: int, *, limit: int) -> Call[list[Record]]:
    """The last lines that a job's handler wrote, in order."""
    newest = "from pgsched.job_log where job_id = %s order by logged_at desc limit %s"
    call = _select(_LOG, newest, [job_id, limit])
    return Call(call.sql, call.params, lambda rows: call.read(rows[::-1]))


def explain(id: int) -> Call[list[Record]]:
    """Why a job is not running: one row."""
    return _select(_EXPLAIN, "from pgsched.explain(%s)", [id])


def dead_letters(*, queue: str | None, task: str | None, limit: int) -> Call[list[Record]]:
    """Jobs that ended dead, the last first."""
    return _select(
        _DEAD,
        "from pgsched.dead_letters " + _MATCHING + " order by ended_at desc, id desc limit %s",
        [queue, queue, task, task, limit],
    )


def upcoming(*, queue: str | None, task: str | None, limit: int) -> Call[list[Record]]:
    """Scheduled jobs and slots of schedules, soonest first, of the next 100 of each lane."""
    return _select(
        _UPCOMING,
        "from pgsched.upcoming " + _MATCHING + " order by due_at, id limit %s",
        [queue, queue, task, task, limit],
    )


def running_now(*, limit: int) -> Call[list[Record]]:
    """Jobs that a worker holds, longest first."""
    return _select(_RUNNING, "from pgsched.running_now order by started_at, id limit %s", [limit])


def queues() -> Call[list[Record]]:
    """Every queue."""
    return _select(_QUEUE, "from pgsched.stat_queue order by queue", [])


def tasks() -> Call[list[Record]]:
    """Every task."""
    return _select(_TASK, "from pgsched.stat_task order by task", [])


def task(name: str) -> Call[Record]:
    """The policy of a task as it holds. Raises TaskNotFound."""
    missing = TaskNotFound(f"task {name!r} is not in the catalogue")
    return _the_one(_select(_POLICY, "from pgsched.task where name = %s", [name]), missing)


def task_versions(name: str, *, limit: int) -> Call[list[Record]]:
    """Versions of a task's policy, newest first."""
    return _select(
        _VERSION,
        "from pgsched.task_version where task = %s order by version desc limit %s",
        [name, limit],
    )


def workers() -> Call[list[Record]]:
    """Every process that is registered."""
    return _select(_WORKER, "from pgsched.stat_worker order by name, role desc, pid", [])


def schedules() -> Call[list[Record]]:
    """Every schedule, with what an operator changed of what code says."""
    return _select(_SCHEDULE, _SCHEDULES + " order by name", [])


def schedule(name: str) -> Call[Record]:
    """One schedule, as `schedules` has it. Raises ScheduleNotFound."""
    missing = ScheduleNotFound(f"schedule {name!r} does not exist", hint="see pgsched.schedule")
    return _the_one(_select(_SCHEDULE, _SCHEDULES + " where name = %s", [name]), missing)


def schedule_versions(name: str, *, limit: int) -> Call[list[Record]]:
    """Versions of a schedule, newest first."""
    return _select(
        _SCHEDULE_VERSION,
        "from pgsched.schedule_version where schedule = %s order by version desc limit %s",
        [name, limit],
    )


def slots(schedule: str, limit: int) -> Call[list[Record]]:
    """Slots of a schedule, newest first."""
    return _select(
        _SLOT,
        "from pgsched.slot where schedule = %s order by nominal desc limit %s",
        [schedule, limit],
    )


def calendars() -> Call[list[Record]]:
    """Every calendar, with how many holidays it has, of which days."""
    return _select(
        _CALENDAR,
        "from pgsched.calendar left join (select h.calendar as name, count(*) as holidays,"
        " min(h.day) as first_day, max(h.day) as last_day from pgsched.holiday as h group by 1)"
        " as h using (name) order by name",
        [],
    )


def calendar_versions(name: str, *, limit: int) -> Call[list[Record]]:
    """Versions of a calendar, newest first."""
    return _select(
        _CALENDAR_VERSION,
        "from pgsched.calendar_version where calendar = %s order by version desc limit %s",
        [name, limit],
    )


def blackouts() -> Call[list[Record]]:
    """Every blackout window."""
    return _select(_BLACKOUT, "from pgsched.blackout order by name, starts_at", [])


def event(id: int) -> Call[Record]:
    """One event with the jobs that it made. Raises EventNotFound."""
    missing = EventNotFound(f"event {id} does not exist", hint=_RETENTION)
    return _the_one(_select(_EVENT, "from pgsched.event where id = %s", [id]), missing)


def events(*, pattern: str, source: str | None, since: datetime, limit: int) -> Call[list[Record]]:
    """Events since then of a type, of all below one (`order.*`) or of all (`*`), newest first."""
    return _select(
        _EVENT,
        "from pgsched.event where id >= pgsched.id_at(%s) and (%s = '*' or type = %s"
        " or right(%s, 2) = '.*' and starts_with(type, left(%s, -1)))"
        " and (%s::text is null or source = %s) order by id desc limit %s",
        [since, pattern, pattern, pattern, pattern, source, source, limit],
    )


def subscriptions() -> Call[list[Record]]:
    """Every subscription."""
    return _select(
        _SUBSCRIPTION,
        "from pgsched.subscription left join (select d.name, d.overridden"
        " from pgsched.declaration as d where d.kind = 'subscription') as d using (name)"
        " order by name",
        [],
    )


def users(name: str | None = None) -> Call[list[Record]]:
    """Every user of the HTTP API, or one."""
    return _select(_USER, "from pgsched.user where name = coalesce(%s, name) order by name", [name])


def api_keys(user: str | None = None) -> Call[list[Record]]:
    """Every API key, or those of one user."""
    rest = "from pgsched.api_key where user_name = coalesce(%s, user_name) order by id"
    return _select(_API_KEY, rest, [user])
