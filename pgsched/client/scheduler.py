"""The client: enqueue jobs, wait for them, emit events, in the caller's transaction or its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import psycopg

from .. import calls
from ..calls.base import seconds
from ..models import Origin, State
from ..options import JobOptions
from ..registry import Task, name_of
from ..values import require_move
from . import waiting
from .connections import Connections
from .events import Events

if TYPE_CHECKING:
    from .calendars import Calendars
    from .schedules import Schedules


class Teller(Protocol):
    """Who can tell what became of a job: a Scheduler, or a client of the HTTP API."""

    def state(self, id: int) -> State: ...
    def wait(self, id: int, timeout: float | None = None) -> Any: ...
    async def await_job(self, id: int, timeout: float | None = None) -> Any: ...


class Job:
    """A job that was enqueued: its `id`, and ways to ask what became of it."""

    __slots__ = ("_scheduler", "id")

    def __init__(self, id: int, scheduler: Teller) -> None:
        self.id, self._scheduler = id, scheduler

    def __repr__(self) -> str:
        return f"Job({self.id})"

    def state(self) -> State:
        """The job's state now. Raises JobNotFound once retention has removed it."""
        return self._scheduler.state(self.id)

    def result(self, timeout: float | None = None) -> Any:
        """
        Wait until the job has ended, and return its result (None if its handler returned none).

        Sleeps until Postgres notifies it. `timeout` in seconds, None: without end.
        Raises JobFailed if it ended dead, cancelled or expired; ResultTimeout; JobNotFound.
        """
        return self._scheduler.wait(self.id, timeout)

    async def aresult(self, timeout: float | None = None) -> Any:
        """As `result`, for asyncio."""
        return await self._scheduler.await_job(self.id, timeout)


class Scheduler(Connections):
    """
    A client of one database. `dsn` None: PGSCHED_DSN, else DATABASE_URL, else libpq's variables.

    Connections are opened at need, at most `max_connections` at once; close() closes them.
    `schedules`, `calendars` and `events` have what else there is to do with these.
    """

    def __init__(self, dsn: str | None = None, *, max_connections: int = 4) -> None:
        super().__init__(dsn, max_connections)

    @cached_property
    def schedules(self) -> Schedules:
        """Make, change and foresee schedules."""
        from .schedules import Schedules  # what rules mean takes 60 ms to import

        return Schedules(self)

    @cached_property
    def calendars(self) -> Calendars:
        """Keep business calendars, and see what a change of one moves."""
        from .calendars import Calendars

        return Calendars(self)

    @cached_property
    def events(self) -> Events:
        """Subscribe to events, replay them, watch tables."""
        return Events(self)

    def __enter__(self) -> Scheduler:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Scheduler:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def enqueue(
        self,
        task: str | Task,
        args: Mapping[str, Any] | None = None,
        *,
        conn: psycopg.Connection[Any] | None = None,
        **options: Any,
    ) -> Job:
        """
        Make one job of `task` with `args` (a mapping that JSON can hold), and return it.

        Options, None or left out meaning the task's policy: `queue`; `priority` (-100..100, higher
        first); `due_at` (aware datetime) or `delay` (seconds or timedelta); `max_attempts`
        (1..1000); `timeout_s`; `retry` (a RetryPolicy); `key`; `labels` (mapping); `trace`;
        `parent_id`. With `conn`, the job exists if and only if that one's transaction commits.
        Raises InvalidValue naming what is refused; psycopg.Error passes through.
        """
        call = calls.enqueue(
            name_of(task), {} if args is None else args, options_of(task, **options)
        )
        return Job(self.run(call, conn), self)

    async def aenqueue(
        self,
        task: str | Task,
        args: Mapping[str, Any] | None = None,
        *,
        conn: psycopg.AsyncConnection[Any] | None = None,
        **options: Any,
    ) -> Job:
        """As `enqueue`, for asyncio."""
        call = calls.enqueue(
            name_of(task), {} if args is None else args, options_of(task, **options)
        )
        return Job(await self.run_async(call, conn), self)

    def enqueue_many(
        self,
        task: str | Task,
        args: Sequence[Mapping[str, Any]],
        *,
        conn: psycopg.Connection[Any] | None = None,
        **options: Any,
    ) -> list[Job]:
        """
        Make one job of `task` for each element of `args`, in one statement: all or none.

        Options as `enqueue`, the same for all; key, trace and parent_id are refused. Returns the
        jobs in the order of `args`; none for none. Postgres takes about 250 MB of args in a call.
        """
        call = calls.enqueue_many(name_of(task), args, options_of(task, **options))
        return [Job(id, self) for id in self.run(call, conn)]

    async def aenqueue_many(
        self,
        task: str | Task,
        args: Sequence[Mapping[str, Any]],
        *,
        conn: psycopg.AsyncConnection[Any] | None = None,
        **options: Any,
    ) -> list[Job]:
        """As `enqueue_many`, for asyncio."""
        call = calls.enqueue_many(name_of(task), args, options_of(task, **options))
        return [Job(id, self) for id in await self.run_async(call, conn)]

    def emit(
        self,
        type: str,
        data: Any = None,
        *,
        source: str = "pgsched",
        subject: str | None = None,
        id: str | None = None,
        cause: int | None = None,
        conn: psycopg.Connection[Any] | None = None,
    ) -> int:
        """
        Something happened: make an event, and the jobs of the subscriptions that match; returns
        its id.

        `type` is words with dots between; `data` is any JSON (None: {}). `id` is the event's name
        in the words of its `source`: the same again returns the first event's id, and makes
        nothing. A handler that emits passes `cause=ctx.id`, so that chains which feed themselves
        are stopped. With `conn`, all this happens if and only if that one's transaction commits.
        Raises InvalidValue, ChainTooLong, JobNotFound (cause); psycopg.Error passes through.
        """
        call = calls.emit(type, {} if data is None else data, source, subject, id, cause)
        return self.run(call, conn)

    async def aemit(
        self,
        type: str,
        data: Any = None,
        *,
        source: str = "pgsched",
        subject: str | None = None,
        id: str | None = None,
        cause: int | None = None,
        conn: psycopg.AsyncConnection[Any] | None = None,
    ) -> int:
        """As `emit`, for asyncio."""
        call = calls.emit(type, {} if data is None else data, source, subject, id, cause)
        return await self.run_async(call, conn)

    def job(self, id: int) -> Job:
        """A handle for a job by its id; nothing is asked of the database."""
        return Job(id, self)

    def state(self, id: int) -> State:
        """What `Job.state` does."""
        return self.run(calls.outcome(id)).state

    def cancel(self, id: int) -> str:
        """Cancel a job: `cancelled`, `cancelling` (it runs and is told), or its final state."""
        return self.run(calls.cancel(id))

    def redrive(self, id: int) -> None:
        """Run a dead, cancelled or expired job again, with a fresh budget of attempts."""
        self.run(calls.redrive(id))

    def reschedule(
        self,
        id: int,
        *,
        due_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
    ) -> None:
        """Move a job that waits; None leaves each as it is, but not all. Raises InvalidValue."""
        require_move(due_at, priority, queue)
        self.run(calls.reschedule(id, due_at, priority, queue))

    def wait(self, id: int, timeout: float | None = None) -> Any:
        """What `Job.result` does."""
        return waiting.wait(self.dsn, id, timeout)

    async def await_job(self, id: int, timeout: float | None = None) -> Any:
        """What `Job.aresult` does."""
        return await waiting.wait_async(self.dsn, id, timeout)

    def origin(self, id: int) -> Origin:
        """What `Context.origin` does."""
        return self.run(calls.origin(id))

    async def aorigin(self, id: int) -> Origin:
        """As `origin`, for asyncio."""
        return await self.run_async(calls.origin(id))


def options_of(
    task: str | Task, *, delay: float | timedelta | None = None, **options: Any
) -> JobOptions:
    """The options of `Scheduler.enqueue`, read. Raises InvalidValue; TypeError for others."""
    declared = task.policy if isinstance(task, Task) else None
    return JobOptions(declared=declared, delay_s=seconds(delay), **options)
