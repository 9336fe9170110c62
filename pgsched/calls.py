"""
Each SQL function as pure data: the statement, its parameters, and how to read its rows.

One function here = one SQL function of the same name. `db.run` and `db.run_async` run any of them;
no other module holds SQL text for these functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, LiteralString, TypeVar

from .errors import InvalidValue
from .jsontext import dump_object, dump_value
from .models import Held, JobOptions, Misfit, Outcome

T_co = TypeVar("T_co", covariant=True)
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """A statement, its parameters, and the function that reads its rows."""

    sql: LiteralString
    params: Sequence[Any]
    read: Callable[[list[Row]], T_co]


def _nothing(rows: list[Row]) -> None:
    return None


def _scalar(rows: list[Row]) -> Any:
    return rows[0][0]


def _column(rows: list[Row]) -> list[Any]:
    return [row[0] for row in rows]


def _misfits(rows: list[Row]) -> list[Misfit]:
    return [Misfit(*row) for row in rows]


def _options(options: JobOptions) -> list[Any]:
    due_at = options.due_at
    if due_at is not None and (not isinstance(due_at, datetime) or due_at.tzinfo is None):
        raise InvalidValue(
            "due_at must be a datetime with a time zone",
            detail=f"got {due_at!r}",
            hint="datetime.now(timezone.utc) + timedelta(...)",
        )
    delay = options.delay_s
    if delay is not None and not math.isfinite(delay):
        raise InvalidValue("delay must be a finite number of seconds", detail=f"got {delay}")
    return [
        options.queue,
        options.priority,
        due_at,
        timedelta(seconds=delay) if delay is not None else None,
        options.max_attempts,
        options.timeout_s,
        dump_object("retry", options.retry),
        dump_object("labels", options.labels),
    ]


def enqueue(task: str, args: Any, options: JobOptions) -> Call[int]:
    """Make one job; reads its id. Raises InvalidValue for args that are no JSON object."""
    return Call(
        "select pgsched.enqueue(task => %s, args => %s::jsonb, queue => %s, priority => %s,"
        " due_at => %s, delay => %s, max_attempts => %s, timeout_s => %s::float8,"
        " retry => %s::jsonb, labels => %s::jsonb, key => %s, trace => %s,"
        " parent_id => %s::bigint)",
        [
            task,
            dump_object("args", args),
            *_options(options),
            options.key,
            options.trace,
            options.parent_id,
        ],
        _scalar,
    )


def enqueue_many(task: str, args: Sequence[Any], options: JobOptions) -> Call[list[int]]:
    """Make one job for each element of args; reads their ids, in that order."""
    return Call(
        "select pgsched.enqueue_many(task => %s, args => %s::jsonb[], queue => %s, priority => %s,"
        " due_at => %s, delay => %s, max_attempts => %s, timeout_s => %s::float8,"
        " retry => %s::jsonb, labels => %s::jsonb)",
        [task, [dump_object("args", each) for each in args], *_options(options)],
        _column,
    )


def claim(worker: str, queue: str, limit: int, cursors: str | None = None) -> Call[list[Held]]:
    """Take up to `limit` due jobs; `cursors` is a JSON object, priority to cursor."""
    return Call(
        "select claim, id, attempt, task, args, timeout_s, cursor"
        " from pgsched.claim(%s, %s, %s, %s::jsonb)",
        [worker, queue, limit, cursors],
        _held,
    )


def claim_suspect(worker: str, queues: list[str]) -> Call[list[Held]]:
    """Take the one suspect that is due first, if any."""
    return Call(
        "select claim, id, attempt, task, args, timeout_s, cursor"
        " from pgsched.claim_suspect(%s, %s)",
        [worker, queues],
        _held,
    )


def _held(rows: list[Row]) -> list[Held]:
    return [Held._make(row) for row in rows]


def finish_claims(worker: str, claims: list[int]) -> Call[int]:
    """All jobs of these claims succeeded without results; reads how many jobs that ended."""
    return Call("select pgsched.finish(%s, %s::bigint[])", [worker, claims], _scalar)


def finish(
    worker: str, claims: list[int], ids: list[int], attempts: list[int], results: list[str | None]
) -> Call[list[Misfit]]:
    """These jobs succeeded, with results as JSON text; reads what did not end as asked."""
    return Call(
        "select * from pgsched.finish(%s, %s::bigint[], %s::bigint[], %s::int[], %s::text[])",
        [worker, claims, ids, attempts, results],
        _misfits,
    )


def complete(worker: str, claim: int, id: int, attempt: int, result: Any) -> Call[None]:
    """End one job of a transactional task in the caller's transaction."""
    return Call(
        "select pgsched.complete(%s, %s, %s, %s, %s::jsonb)",
        [worker, claim, id, attempt, None if result is None else dump_value("result", result)],
        _nothing,
    )


def fail(
    worker: str,
    claims: list[int],
    ids: list[int],
    attempts: list[int],
    errors: list[str],
    outcomes: list[str],
    retry_in_s: list[float | None],
    final: list[bool],
) -> Call[list[Misfit]]:
    """These runs did not succeed; reads what did not end as asked."""
    return Call(
        "select * from pgsched.fail(%s, %s::bigint[], %s::bigint[], %s::int[], %s::text[],"
        " %s::pgsched.run_outcome[], %s::float8[], %s::bool[])",
        [worker, claims, ids, attempts, errors, outcomes, retry_in_s, final],
        _misfits,
    )


def snooze(
    worker: str, claims: list[int], ids: list[int], attempts: list[int], delays_s: list[float]
) -> Call[list[Misfit]]:
    """Run these jobs again later, uncharged; reads what did not end as asked."""
    return Call(
        "select * from pgsched.snooze(%s, %s::bigint[], %s::bigint[], %s::int[], %s::float8[])",
        [worker, claims, ids, attempts, delays_s],
        _misfits,
    )


def release(
    worker: str, claims: list[int], ids: list[int], started: list[bool], delay_s: float
) -> Call[int]:
    """Give jobs back uncharged; reads how many were still held."""
    return Call(
        "select pgsched.release(%s, %s::bigint[], %s::bigint[], %s::bool[], %s::float8)",
        [worker, claims, ids, started, delay_s],
        _scalar,
    )


def evict(worker: str, keep: Sequence[int] = (), *, started: bool = True) -> Call[int]:
    """Give back all that a worker holds but the claims `keep`; reads how many jobs."""
    return Call(
        "select pgsched.evict(%s, %s::bigint[], %s)", [worker, list(keep), started], _scalar
    )


def log(
    worker: str,
    ids: list[int],
    attempts: list[int],
    levels: list[str],
    messages: list[str | None],
    progress: list[float | None],
) -> Call[int]:
    """Keep log lines and progress of running jobs; reads how many were kept."""
    return Call(
        "select pgsched.log(%s, %s::bigint[], %s::int[], %s::text[], %s::text[], %s::float8[])",
        [worker, ids, attempts, levels, messages, progress],
        _scalar,
    )


def register(
    worker: str,
    name: str,
    host: str,
    pid: int,
    role: str,
    concurrency: int,
    queues: list[str],
    tasks: list[str],
    lease_s: float,
) -> Call[None]:
    """Make a worker known, with a lease."""
    return Call(
        "select pgsched.register(%s, %s, %s, %s::int, %s, %s::int, %s::text[], %s::text[],"
        " %s::float8)",
        [worker, name, host, pid, role, concurrency, queues, tasks, lease_s],
        _nothing,
    )


def heartbeat(workers: list[str]) -> Call[list[str]]:
    """Renew leases; reads the ids that still have one."""
    return Call("select h::text from pgsched.heartbeat(%s::uuid[]) as h", [workers], _column)


def leave(workers: list[str]) -> Call[int]:
    """Forget workers; reads how many there were."""
    return Call("select pgsched.leave(%s::uuid[])", [workers], _scalar)


def reap(worker: str) -> Call[int]:
    """One step of taking over from the dead; 0 when nothing is left."""
    return Call("select pgsched.reap(%s)", [worker], _scalar)


def suspects_due(queues: list[str]) -> Call[int]:
    """How many suspects of these queues are due."""
    return Call("select pgsched.suspects_due(%s::text[])", [queues], _scalar)


def cancels(worker: str) -> Call[list[int]]:
    """The running jobs of this worker that shall stop."""
    return Call("select pgsched.cancels(%s)", [worker], _column)


def nap(worker: str, queues: list[str], poll_s: float) -> Call[tuple[float, bool]]:
    """Register as asleep; reads for how long, and whether the registration is fresh."""
    return Call(
        "select sleep_s, fresh from pgsched.nap(%s, %s::text[], %s::float8)",
        [worker, queues, poll_s],
        lambda rows: (rows[0][0], rows[0][1]),
    )


def rise(worker: str) -> Call[None]:
    """Take a worker off the list of sleepers."""
    return Call("select pgsched.rise(%s)", [worker], _nothing)


def new_xid() -> Call[str]:
    """A new transaction id: everything that began before has a lower one."""
    return Call("select pg_current_xact_id()::text", [], _scalar)


def settled(xid: str) -> Call[bool]:
    """Whether every transaction as old as `xid` has ended."""
    return Call("select pg_snapshot_xmin(pg_current_snapshot()) > %s::xid8", [xid], _scalar)


def next_due(queues: list[str]) -> Call[datetime | None]:
    """When the next job of these queues is due."""
    return Call("select pgsched.next_due(%s::text[])", [queues], _scalar)


def await_(waiter: str, id: int, for_s: float) -> Call[None]:
    """Ask for a notification when the job ends."""
    return Call("select pgsched.await(%s, %s, %s::float8)", [waiter, id, for_s], _nothing)


def forgo(waiter: str) -> Call[None]:
    """Stop waiting."""
    return Call("select pgsched.forgo(%s)", [waiter], _nothing)


def outcome(id: int) -> Call[Outcome]:
    """What came of a job."""
    return Call(
        "select state, result, error from pgsched.outcome(%s)", [id], lambda rows: Outcome(*rows[0])
    )


def job_state(id: int) -> Call[str | None]:
    """State of a job; None if there is none of this id."""
    return Call("select pgsched.job_state(%s)::text", [id], _scalar)


def cancel(id: int) -> Call[str]:
    """Cancel a job; reads cancelled, cancelling or the final state it had."""
    return Call("select pgsched.cancel(%s)", [id], _scalar)


def redrive(id: int) -> Call[None]:
    """Run an ended job again."""
    return Call("select pgsched.redrive(%s)", [id], _nothing)


def reschedule(
    id: int, due_at: datetime | None, priority: int | None, queue: str | None
) -> Call[None]:
    """Move a waiting job to another time, priority or queue."""
    return Call(
        "select pgsched.reschedule(%s, %s, %s::int, %s)", [id, due_at, priority, queue], _nothing
    )


def declare_task(
    name: str,
    queue: str,
    priority: int,
    max_attempts: int,
    retry: Any,
    timeout_s: float | None,
    isolation: str,
    transactional: bool,
    description: str | None,
) -> Call[None]:
    """Write a task's policy into the catalogue."""
    return Call(
        "select pgsched.declare_task(%s, %s, %s::int, %s::int, %s::jsonb, %s::float8, %s, %s, %s)",
        [
            name,
            queue,
            priority,
            max_attempts,
            dump_object("retry", retry),
            timeout_s,
            isolation,
            transactional,
            description,
        ],
        _nothing,
    )


def redrive_many(
    queue: str | None,
    task: str | None,
    ended_after: datetime | None,
    ended_before: datetime | None,
    error_like: str | None,
    max_jobs: int,
) -> Call[int]:
    """Run dead jobs again, by filter, at most `max_jobs`; reads how many."""
    return Call(
        "select pgsched.redrive_many(queue => %s, task => %s, ended_after => %s::timestamptz,"
        " ended_before => %s::timestamptz, error_like => %s, max_jobs => %s::int)",
        [queue, task, ended_after, ended_before, error_like, max_jobs],
        _scalar,
    )


def pause_queue(queue: str) -> Call[None]:
    """Nobody claims from the queue any more."""
    return Call("select pgsched.pause_queue(%s)", [queue], _nothing)


def resume_queue(queue: str) -> Call[None]:
    """Workers claim from the queue again."""
    return Call("select pgsched.resume_queue(%s)", [queue], _nothing)


def pause_task(task: str) -> Call[None]:
    """Hold the jobs of a task."""
    return Call("select pgsched.pause_task(%s)", [task], _nothing)


def resume_task(task: str) -> Call[int]:
    """Let the jobs of a task run; reads how many that waited are ready at once."""
    return Call("select pgsched.resume_task(%s)", [task], _scalar)


def due_in(delay_s: float) -> Call[datetime]:
    """The time that is `delay_s` from now, by the database's clock."""
    return Call("select pgsched.clock() + %s", [timedelta(seconds=delay_s)], _scalar)


def upkeep() -> Call[tuple[str | None, str | None, bool]]:
    """One step of housekeeping: which, what was done, and whether there is more."""
    return Call("select step, done, more from pgsched.upkeep()", [], lambda rows: rows[0])


def vacuum_due() -> Call[list[str]]:
    """Names of the hot tables whose dead rows have piled up."""
    return Call("select pgsched.vacuum_due()", [], _column)
