"""Calls of people and programs: make jobs, ask after them, change their fate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from ..errors import InvalidValue
from ..jsontext import dump_object, dump_objects
from ..models import JobOptions, Outcome
from .base import Call, column, nothing, scalar, text


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
        text("queue", options.queue),
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
            text("task", task),
            dump_object("args", args),
            *_options(options),
            text("key", options.key),
            text("trace", options.trace),
            options.parent_id,
        ],
        scalar,
    )


def enqueue_many(task: str, args: Sequence[Any], options: JobOptions) -> Call[list[int]]:
    """Make one job for each element of args; reads their ids, in that order."""
    return Call(
        "select pgsched.enqueue_many(task => %s,"
        " args => array(select a from jsonb_array_elements(%s::jsonb) as a),"
        " queue => %s, priority => %s, due_at => %s, delay => %s, max_attempts => %s,"
        " timeout_s => %s::float8, retry => %s::jsonb, labels => %s::jsonb)",
        [text("task", task), dump_objects("args", args), *_options(options)],
        column,
    )


def await_(waiter: str, id: int, for_s: float) -> Call[None]:
    """Ask for a notification when the job ends."""
    return Call("select pgsched.await(%s, %s, %s::float8)", [waiter, id, for_s], nothing)


def forgo(waiter: str) -> Call[None]:
    """Stop waiting."""
    return Call("select pgsched.forgo(%s)", [waiter], nothing)


def outcome(id: int) -> Call[Outcome]:
    """What came of a job."""
    return Call(
        "select state, result, error from pgsched.outcome(%s)", [id], lambda rows: Outcome(*rows[0])
    )


def job_state(id: int) -> Call[str | None]:
    """State of a job; None if there is none of this id."""
    return Call("select pgsched.job_state(%s)::text", [id], scalar)


def cancel(id: int) -> Call[str]:
    """Cancel a job; reads cancelled, cancelling or the final state it had."""
    return Call("select pgsched.cancel(%s)", [id], scalar)


def redrive(id: int) -> Call[None]:
    """Run an ended job again."""
    return Call("select pgsched.redrive(%s)", [id], nothing)


def reschedule(
    id: int, due_at: datetime | None, priority: int | None, queue: str | None
) -> Call[None]:
    """Move a waiting job to another time, priority or queue."""
    return Call(
        "select pgsched.reschedule(%s, %s, %s::int, %s)", [id, due_at, priority, queue], nothing
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
        nothing,
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
        scalar,
    )


def pause_queue(queue: str) -> Call[None]:
    """Nobody claims from the queue any more."""
    return Call("select pgsched.pause_queue(%s)", [queue], nothing)


def resume_queue(queue: str) -> Call[None]:
    """Workers claim from the queue again."""
    return Call("select pgsched.resume_queue(%s)", [queue], nothing)


def pause_task(task: str) -> Call[None]:
    """Hold the jobs of a task."""
    return Call("select pgsched.pause_task(%s)", [task], nothing)


def resume_task(task: str) -> Call[int]:
    """Let the jobs of a task run; reads how many that waited are ready at once."""
    return Call("select pgsched.resume_task(%s)", [task], scalar)


def due_in(delay_s: float) -> Call[datetime]:
    """The time that is `delay_s` from now, by the database's clock."""
    return Call("select pgsched.clock() + %s", [timedelta(seconds=delay_s)], scalar)
