"""Enqueue jobs and wait for them, sync and async, in the caller's transaction or on a pool."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Generator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import psycopg
from psycopg import sql
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from . import calls, db
from .calls import Call
from .context import seconds
from .errors import JobFailed, ResultTimeout
from .models import FINAL_STATES, JobOptions, Outcome, State
from .registry import Task
from .settings import Settings

T = TypeVar("T")
_SAFETY_POLL_S = 5.0
_LISTEN = sql.SQL("listen pgsched_done")


class Job:
    """A job that was enqueued: its `id`, and ways to ask what became of it."""

    __slots__ = ("_scheduler", "id")

    def __init__(self, id: int, scheduler: Scheduler) -> None:
        self.id, self._scheduler = id, scheduler

    def __repr__(self) -> str:
        return f"Job({self.id})"

    def state(self) -> State:
        """The job's state now. Raises JobNotFound once retention has removed it."""
        return self._scheduler.run(calls.outcome(self.id)).state

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


class Scheduler:
    """
    A client of one database. `dsn` None: PGSCHED_DSN, else DATABASE_URL, else libpq's variables.

    Connections are opened at need, at most `max_connections` at once; close() closes them.
    """

    def __init__(self, dsn: str | None = None, *, max_connections: int = 4) -> None:
        self.dsn = dsn if dsn is not None else Settings.from_env(os.environ).dsn or ""
        self._max = max_connections
        self._pool: ConnectionPool[psycopg.Connection[Any]] | None = None
        self._async_pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] | None = None

    def __enter__(self) -> Scheduler:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Scheduler:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def close(self) -> None:
        """Close the sync connections."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    async def aclose(self) -> None:
        """Close all connections."""
        self.close()
        if self._async_pool is not None:
            await self._async_pool.close()
            self._async_pool = None

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
        call = calls.enqueue(_name(task), {} if args is None else args, _options(task, **options))
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
        call = calls.enqueue(_name(task), {} if args is None else args, _options(task, **options))
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

        Options as `enqueue`, the same for all, without key, trace and parent_id. Returns the jobs
        in the order of `args`; none for none. Postgres takes about 250 MB of args in a call.
        """
        call = calls.enqueue_many(_name(task), args, _options(task, **options))
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
        call = calls.enqueue_many(_name(task), args, _options(task, **options))
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
        """Move a job that waits; None leaves each as it is."""
        self.run(calls.reschedule(id, due_at, priority, queue))

    def run(self, call: Call[T], conn: psycopg.Connection[Any] | None = None) -> T:
        """Run any call of `pgsched.calls`, on `conn` or on a connection of the pool."""
        if conn is not None:
            return db.run(conn, call)
        if self._pool is None:
            self._pool = ConnectionPool(
                self.dsn,
                min_size=0,
                max_size=self._max,
                kwargs=db.CONNECTING,
                configure=db.suit,
                open=True,
            )
        with self._pool.connection() as pooled:
            return db.run(pooled, call)

    async def run_async(self, call: Call[T], conn: psycopg.AsyncConnection[Any] | None = None) -> T:
        """As `run`, for asyncio."""
        if conn is not None:
            return await db.run_async(conn, call)
        if self._async_pool is None:
            self._async_pool = AsyncConnectionPool(
                self.dsn,
                min_size=0,
                max_size=self._max,
                kwargs=db.CONNECTING,
                configure=db.suit_async,
                open=False,
            )
            await self._async_pool.open()
        async with self._async_pool.connection() as pooled:
            return await db.run_async(pooled, call)

    def wait(self, id: int, timeout: float | None = None) -> Any:
        """What `Job.result` does."""
        with db.connect(self.dsn) as conn:
            conn.execute(_LISTEN)
            steps = _waiting(id, timeout)
            step = next(steps)
            try:
                while True:
                    if isinstance(step, Call):
                        step = steps.send(db.run(conn, step))
                    else:
                        step = steps.send(list(conn.notifies(timeout=step, stop_after=1)))
            except StopIteration as done:
                return _result(id, done.value)

    async def await_job(self, id: int, timeout: float | None = None) -> Any:
        """What `Job.aresult` does."""
        async with await db.connect_async(self.dsn) as conn:
            await conn.execute(_LISTEN)
            steps = _waiting(id, timeout)
            step = next(steps)
            try:
                while True:
                    if isinstance(step, Call):
                        step = steps.send(await db.run_async(conn, step))
                    else:
                        notes = conn.notifies(timeout=step, stop_after=1)
                        step = steps.send([note async for note in notes])
            except StopIteration as done:
                return _result(id, done.value)


def _waiting(id: int, timeout: float | None) -> Generator[Call[Any] | float, Any, Outcome]:
    """
    The steps of waiting for a job: yields calls to run and seconds to listen, returns its outcome.

    After await_() it polls with growing pauses until every transaction that may not have seen the
    registration has ended; from then on a notification comes, and the safety poll is for lost ones.
    """
    outcome: Outcome = yield calls.outcome(id)
    if outcome.state in FINAL_STATES:
        return outcome
    ends = time.monotonic() + timeout if timeout is not None else None
    waiter, pause, settled = str(uuid.uuid4()), 0.01, False
    lasts = min(timeout + 60, 86_400.0) if timeout is not None else 86_400.0
    yield calls.await_(waiter, id, lasts)
    xid = yield calls.new_xid()
    while True:
        outcome = yield calls.outcome(id)
        left = ends - time.monotonic() if ends is not None else _SAFETY_POLL_S
        if outcome.state in FINAL_STATES or left <= 0:
            break
        if not settled and (yield calls.settled(xid)):
            settled, pause = True, _SAFETY_POLL_S
            continue  # once more, now that nobody can have missed us
        if not settled:
            pause = min(pause * 2, _SAFETY_POLL_S)
        yield min(pause, left)
    yield calls.forgo(waiter)
    if outcome.state in FINAL_STATES:
        return outcome
    raise ResultTimeout(
        f"job {id} has not ended within {timeout} s", detail=f"it is {outcome.state}"
    )


def _result(id: int, outcome: Outcome) -> Any:
    if outcome.state == "succeeded":
        return outcome.result
    raise JobFailed(f"job {id} ended {outcome.state}", detail=outcome.error)


def _name(task: str | Task) -> str:
    return task.name if isinstance(task, Task) else task


def _options(
    task: str | Task, *, delay: float | timedelta | None = None, **options: Any
) -> JobOptions:
    declared = task.policy if isinstance(task, Task) else None
    return JobOptions(declared=declared, delay_s=seconds(delay), **options)


_default: Scheduler | None = None


def _scheduler() -> Scheduler:
    global _default
    if _default is None:
        _default = Scheduler()
    return _default


def enqueue(task: str | Task, args: Mapping[str, Any] | None = None, **options: Any) -> Job:
    """`Scheduler().enqueue(...)` on a scheduler shared by the process."""
    return _scheduler().enqueue(task, args, **options)


async def aenqueue(task: str | Task, args: Mapping[str, Any] | None = None, **options: Any) -> Job:
    """`Scheduler().aenqueue(...)` on a scheduler shared by the process."""
    return await _scheduler().aenqueue(task, args, **options)


def enqueue_many(task: str | Task, args: Sequence[Mapping[str, Any]], **options: Any) -> list[Job]:
    """`Scheduler().enqueue_many(...)` on a scheduler shared by the process."""
    return _scheduler().enqueue_many(task, args, **options)


async def aenqueue_many(
    task: str | Task, args: Sequence[Mapping[str, Any]], **options: Any
) -> list[Job]:
    """`Scheduler().aenqueue_many(...)` on a scheduler shared by the process."""
    return await _scheduler().aenqueue_many(task, args, **options)
