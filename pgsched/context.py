"""What a handler sees: its context, and the exceptions by which it decides how its run ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Coroutine, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, overload

import psycopg
from psycopg.pq import TransactionStatus

from . import calls, db
from .calls.base import AGAIN_MAX_S, seconds
from .errors import InvalidValue
from .jsontext import clean
from .models import Hold, Origin

if TYPE_CHECKING:
    from .client import Job, Scheduler
    from .registry import Task
    from .remote import Client


class Signal(Exception):
    """Base of what a handler raises to end its run otherwise than succeeded or failed."""


class Retry(Signal):
    """Failed; run again in `after` (seconds, timedelta; up to a year; None: by the policy)."""

    def __init__(self, reason: str = "", *, after: float | timedelta | None = None) -> None:
        super().__init__(reason or "the handler asked for a retry")
        self.after_s = seconds(after, AGAIN_MAX_S)


class Snooze(Signal):
    """Run again in `after` (seconds, timedelta; up to a year), without using up an attempt."""

    def __init__(self, after: float | timedelta) -> None:
        super().__init__("snoozed")
        self.after_s = seconds(after, AGAIN_MAX_S)


class Discard(Signal):
    """Failed, and trying again is pointless: the job ends dead."""


class Cancel(Signal):
    """The job shall not be done after all: it ends cancelled."""


def _require_transaction(conn: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
    if conn.autocommit and conn.info.transaction_status == TransactionStatus.IDLE:
        raise InvalidValue(
            "what causes events is said of a transaction",
            hint="with conn.transaction(): ctx.causes(conn); ...",
        )


@dataclass(slots=True)
class LogLine:
    """A line or a progress that waits to be kept."""

    id: int
    attempt: int
    level: str
    message: str | None
    progress: float | None


class JobLogger(logging.LoggerAdapter[logging.Logger]):
    """Logger whose records carry job_id, task and attempt."""

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs


@dataclass(slots=True, eq=False)
class Context:
    """
    The job a handler runs for; a handler whose first parameter is named `ctx` gets it.

    `deadline` is in seconds of `time.monotonic()`, None without a timeout. `cancelled` is set when
    the handler should stop: cancelled, timed out, or its worker is shutting down. `scheduler` is a
    client of the worker's database, with one connection that all its handlers share: who holds it
    by `connection()` passes it on (`ctx.emit(..., conn=conn)`), or waits for itself. In a worker
    over HTTP it is a client of the API.
    """

    id: int
    attempt: int
    task: str
    claim: int
    worker: str
    transactional: bool
    scheduler: Scheduler | Client
    deadline: float | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    completed: bool = False
    keep: Callable[[LogLine], None] = lambda line: None
    _origin: Origin | None = None

    @property
    def logger(self) -> JobLogger:
        """A standard logger whose records carry job_id, task and attempt."""
        ids = {"job_id": self.id, "task": self.task, "attempt": self.attempt}
        return JobLogger(logging.getLogger(f"pgsched.task.{self.task}"), ids)

    def log(self, message: str, *, level: str = "info") -> None:
        """Keep a line with the job: `pgsched job show` and the view `job_log` show it."""
        self.keep(LogLine(self.id, self.attempt, clean(str(level)), clean(str(message)), None))

    def progress(self, fraction: float, message: str | None = None) -> None:
        """Say how far the run is, from 0 to 1, with an optional message; kept as `log` is."""
        if not 0 <= fraction <= 1:
            raise InvalidValue("progress must be from 0 to 1", detail=f"got {fraction}")
        text = None if message is None else clean(str(message))
        self.keep(LogLine(self.id, self.attempt, "progress", text, float(fraction)))

    def emit(
        self,
        type: str,
        data: Any = None,
        *,
        source: str = "pgsched",
        subject: str | None = None,
        id: str | None = None,
        conn: psycopg.Connection[Any] | None = None,
    ) -> int:
        """
        `Scheduler.emit` on behalf of this job: a chain of events that feeds itself is stopped.

        With `conn`, the event happens if and only if that one's transaction commits, as does what
        `complete` does there. Raises as `Scheduler.emit`.
        """
        return self.scheduler.emit(
            type, data, source=source, subject=subject, id=id, cause=self.id, conn=conn
        )

    async def aemit(
        self,
        type: str,
        data: Any = None,
        *,
        source: str = "pgsched",
        subject: str | None = None,
        id: str | None = None,
        conn: psycopg.AsyncConnection[Any] | None = None,
    ) -> int:
        """As `emit`, for `async def` handlers."""
        return await self.scheduler.aemit(
            type, data, source=source, subject=subject, id=id, cause=self.id, conn=conn
        )

    def causes(self, conn: psycopg.Connection[Any]) -> None:
        """
        Say that this job causes what becomes an event in the rest of this transaction of `conn`.

        For writes to watched tables: a chain that feeds itself by them is stopped. Nothing of it
        outlives the transaction. Raises InvalidValue where `conn` is in none and would begin none.
        """
        _require_transaction(conn)
        db.run(conn, calls.cause(self.id))

    async def acauses(self, conn: psycopg.AsyncConnection[Any]) -> None:
        """As `causes`, for `async def` handlers."""
        _require_transaction(conn)
        await db.run_async(conn, calls.cause(self.id))

    def enqueue(
        self,
        task: str | Task,
        args: Mapping[str, Any] | None = None,
        *,
        conn: psycopg.Connection[Any] | None = None,
        **options: Any,
    ) -> Job:
        """
        `Scheduler.enqueue` on behalf of this job, which is its `parent_id` unless given.

        So what it emits continues this job's chain of events. Raises as `Scheduler.enqueue`.
        """
        return self.scheduler.enqueue(task, args, conn=conn, **{"parent_id": self.id, **options})

    async def aenqueue(
        self,
        task: str | Task,
        args: Mapping[str, Any] | None = None,
        *,
        conn: psycopg.AsyncConnection[Any] | None = None,
        **options: Any,
    ) -> Job:
        """As `enqueue`, for `async def` handlers."""
        options = {"parent_id": self.id, **options}
        return await self.scheduler.aenqueue(task, args, conn=conn, **options)

    def origin(self) -> Origin:
        """Which slot or event made the job; the first call asks the database."""
        if self._origin is None:
            self._origin = self.scheduler.origin(self.id)
        return self._origin

    async def aorigin(self) -> Origin:
        """As `origin`, for `async def` handlers."""
        if self._origin is None:
            self._origin = await self.scheduler.aorigin(self.id)
        return self._origin

    def checkpoint(self, value: Any) -> None:
        """
        Keep a value, which JSON can hold, for later attempts, in place of the one before.

        It is kept once this returns, until the job has ended. Raises InvalidValue for what is no
        JSON, or too large (setting checkpoint_bytes_max); LeaseLost where this worker holds the job
        no more: stop then, somebody else may be running it.
        """
        self.scheduler.run(self._asks.save_checkpoint(self._held, value))

    async def acheckpoint(self, value: Any) -> None:
        """As `checkpoint`, for `async def` handlers."""
        await self.scheduler.run_async(self._asks.save_checkpoint(self._held, value))

    def checkpointed(self) -> Any:
        """What `checkpoint` kept last, in this attempt or one before; None if nothing was."""
        return self.scheduler.run(self._asks.checkpoint(self._held))

    async def acheckpointed(self) -> Any:
        """As `checkpointed`, for `async def` handlers."""
        return await self.scheduler.run_async(self._asks.checkpoint(self._held))

    @property
    def _held(self) -> Hold:
        return Hold(self.worker, self.claim, self.id, self.attempt)

    @property
    def _asks(self) -> Any:
        """What makes the calls, or over HTTP the requests, that `scheduler` runs."""
        from .client import Scheduler  # which imports this module

        if isinstance(self.scheduler, Scheduler):
            return calls
        from .remote import jobs

        return jobs

    def require_database(self) -> Scheduler:
        """`scheduler`, for what takes a database. Raises InvalidValue in a worker over HTTP."""
        from .client import Scheduler

        if isinstance(self.scheduler, Scheduler):
            return self.scheduler
        raise InvalidValue(
            "this takes a worker on the database; this one came over HTTP",
            hint="instead of ctx.complete(), return the result: the job ends with it",
        )

    @overload
    def complete(self, conn: psycopg.Connection[Any], result: Any = None) -> None: ...
    @overload
    def complete(
        self, conn: psycopg.AsyncConnection[Any], result: Any = None
    ) -> Coroutine[Any, Any, None]: ...
    def complete(
        self, conn: psycopg.Connection[Any] | psycopg.AsyncConnection[Any], result: Any = None
    ) -> Coroutine[Any, Any, None] | None:
        """
        End the job as succeeded inside the transaction of `conn`: done if and only if it commits.

        Await it on an async connection. Needs a task with transactional=True.
        Raises LeaseLost if this worker no longer holds the job: let it roll back.
        """
        self.require_database()
        call = calls.complete(self.worker, self.claim, self.id, self.attempt, result, self.task)
        self.completed = True
        if isinstance(conn, psycopg.AsyncConnection):
            return db.run_async(conn, call)
        return db.run(conn, call)
