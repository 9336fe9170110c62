"""
The trips between a worker and its database, on one connection.

A trip takes along how runs ended and brings back what to run next: one round trip, one commit. What
it carried is kept until the commit is known, and carried again after an error: the database finds
what it already has.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Sequence
from typing import Any, TypeVar

import psycopg

from .. import calls, db
from ..calls import Call
from ..endings import Ending, ending_calls
from ..errors import InvalidValue, LeaseLost
from ..jsontext import clean
from ..models import Held, Misfit
from .complete import Batch, Outbox, log_call

log = logging.getLogger("pgsched.worker")
T = TypeVar("T")

# SQLSTATE classes after which the same trip may succeed: rollback, resources, locks, intervention;
# a prepared statement that somebody dropped, or whose result a migration has changed.
_STALE = ("26", "0A")
_TRANSIENT = frozenset({"40", "53", "55", "57", *_STALE})
_NO_CONNECTION = "08"
# How long endings that met a lock are put aside before they are tried again.
ASIDE_S = 5.0


class Courier:
    """Carries endings out of the outbox and jobs in. One trip at a time."""

    def __init__(self, dsn: str, worker: str, outbox: Outbox) -> None:
        self._dsn, self._worker, self._outbox = dsn, worker, outbox
        self._conn: psycopg.AsyncConnection[Any] | None = None
        self._unsent: Batch | None = None
        self._pause = 0.0
        self._aside: list[tuple[Held, Ending]] = []  # endings that met a lock
        self._aside_until = 0.0
        self._unsure = True  # whether the database may think we hold jobs that we do not know of

    @property
    def pending(self) -> bool:
        """Whether there is something to carry."""
        return bool(self._outbox or self._unsent)

    @property
    def rest_s(self) -> float:
        """In how many seconds to make a trip for what was put aside; without end: nothing was."""
        if not self._aside:
            return float("inf")
        return max(self._aside_until - time.monotonic(), 0.0)

    async def trip(
        self, claims: Sequence[Call[list[Held]]], *, waiting: Sequence[Held], look_around: bool
    ) -> tuple[list[list[Held]], list[int]]:
        """
        Carry what has gathered, and bring the rows of each claim, and the ids of cancelled jobs.

        `waiting` was brought before and not started yet. `look_around` asks for cancelled jobs, and
        gives back what a claim took whose answer was lost. Raises psycopg.Error, OSError: call
        `recover` then.
        """
        conn = await self._connected()
        if self._aside and time.monotonic() >= self._aside_until:
            again, self._aside = self._aside, []
            try:
                await self._settle_singly(conn, again)
            finally:
                self._aside += again
        batch = self._unsent = self._unsent or self._outbox.take()
        writes = batch.calls(self._worker)
        asked: list[Call[Any]] = []
        if look_around or self._unsure:
            held = {job.claim for job in waiting} | {job.claim for job, _ in self._aside}
            known = sorted(self._outbox.claims | held)
            asked = [calls.cancels(self._worker), calls.evict(self._worker, known, started=False)]
        self._unsure = True
        reads = [*asked, *claims]
        if reads and not writes:
            reads[0] = _forgettable(reads[0])
        rows = await _exchange(conn, [*writes, *reads])
        self._unsure, self._pause = False, 0.0
        self._unsent = self._check(batch, writes, rows)
        answers = rows[len(writes) :]
        cancelled: list[int] = asked[0].read(answers[0]) if asked else []
        brought = [call.read(got) for call, got in zip(claims, answers[len(asked) :], strict=True)]
        return brought, cancelled

    async def run(self, call: Call[T]) -> T:
        """Run one call between trips. Raises as `trip`."""
        return await db.run_async(await self._connected(), call)

    async def recover(self, error: Exception) -> None:
        """
        Make the next trip possible: reconnect, sort out whose ending was refused; then pause.

        The pause grows from error to error. Raises LeaseLost if that is what the error says.
        """
        named = db.translated(error) if isinstance(error, psycopg.Error) else error
        if isinstance(named, LeaseLost):
            raise named from error
        conn = self._conn
        if conn is None or conn.closed or _class(error) == _NO_CONNECTION:
            log.warning("no connection to the database: %s", str(error).strip())
            await self.close()
        else:
            log.warning("a trip to the database failed: %s", named)
            await self.close()  # psycopg believes statements prepared that the failure skipped
            try:
                if _is_locked(error) or _class(error) not in _TRANSIENT:
                    await self._sort_out(await self._connected())
            except (psycopg.Error, OSError) as second:
                log.warning("so did sorting it out: %s", str(second).strip())
                await self.close()
        self._pause = min(max(self._pause * 2, 0.1), 5.0)
        await asyncio.sleep(self._pause * (0.5 + random.random()))

    async def close(self) -> None:
        """Let go of the connection; the next trip opens another."""
        conn, self._conn = self._conn, None
        if conn is not None:
            with contextlib.suppress(psycopg.Error, OSError):
                await conn.close()

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._conn is None:
            self._conn = await db.connect_async(self._dsn, application_name="pgsched worker")
        return self._conn

    def _check(self, batch: Batch, writes: list[Call[Any]], rows: list[list[Any]]) -> Batch | None:
        """Look at what the writes answered; what to carry again, to learn about it job by job."""
        for call, got in zip(writes, rows, strict=False):
            report(call.read(got))
        jobs = sum(map(len, batch.whole.values()))
        # the last of the calls ended whole claims, and answered how many jobs that were
        if jobs and rows[len(writes) - 1][0][0] < jobs:
            return Batch(endings=Batch(whole=batch.whole).singly())
        return None

    async def _sort_out(self, conn: psycopg.AsyncConnection[Any]) -> None:
        """A batch was refused, or met a lock: write each of its endings on its own."""
        batch = self._unsent or Batch()
        rest = self._unsent = Batch(
            endings=batch.singly(), unstarted=batch.unstarted, lines=batch.lines
        )
        if rest.lines:
            try:
                await db.run_async(conn, log_call(self._worker, rest.lines))
            except (psycopg.Error, InvalidValue) as error:
                if _class(error) in (_NO_CONNECTION, *_TRANSIENT):
                    raise
                log.warning("%s lines of handlers cannot be kept: %s", len(rest.lines), error)
            rest.lines = []
        await self._settle_singly(conn, rest.endings)

    async def _settle_singly(
        self, conn: psycopg.AsyncConnection[Any], endings: list[tuple[Held, Ending]]
    ) -> None:
        """
        Write endings one by one, taking them off the list; fail the job whose ending is refused.

        Where somebody's transaction locks a claim, by cancel() or complete(), its endings are put
        aside until the next time: they must not hold up the others.
        """
        locked: set[int] = set()
        while endings:
            job, end = endings[-1]
            try:
                if job.claim not in locked:
                    for call in ending_calls(self._worker, [(job, end)], [job.task]):
                        report(await db.run_async(conn, call))
            except (psycopg.Error, InvalidValue) as error:
                if _is_locked(error):
                    locked.add(job.claim)
                elif conn.closed or _class(error) in (_NO_CONNECTION, *_TRANSIENT):
                    raise
                elif end.refused:
                    log.error("job %s cannot be ended: %s", job.id, error)
                else:
                    reason = clean(f"Postgres refused how the run ended: {error}")
                    refused = Ending("failed", error=reason, final=True, refused=True)
                    endings[-1] = (job, refused)
                    continue
            endings.pop()
            if job.claim in locked:
                self._aside.append((job, end))
        self._aside_until = time.monotonic() + ASIDE_S


def _is_locked(error: Exception) -> bool:
    return isinstance(error, psycopg.errors.LockNotAvailable)


def _class(error: Exception) -> str:
    """The class of its SQLSTATE; what psycopg or we refuse by ourselves is a data error, too."""
    if isinstance(error, psycopg.Error) and error.sqlstate and error.sqlstate[:2] in _STALE:
        return error.sqlstate[:2]
    if isinstance(error, psycopg.DataError | psycopg.ProgrammingError | InvalidValue):
        return "22"
    sqlstate = error.sqlstate if isinstance(error, psycopg.Error) else None
    return sqlstate[:2] if sqlstate else _NO_CONNECTION


def report(answer: list[Misfit] | int) -> None:
    """Say which jobs were lost, of an answer that names misfits; others only count."""
    for misfit in answer if isinstance(answer, list) else ():
        if misfit.verdict == "lost":
            log.warning(
                "job %s was no longer held when its run ended: somebody else may run it again",
                misfit.id,
                extra={"job_id": misfit.id, "attempt": misfit.attempt},
            )


def _forgettable(call: Call[T]) -> Call[T]:
    """
    The same, but its transaction is not waited for until it is on disk.

    If Postgres crashes within the next half second and forgets a claim, its jobs are ready again,
    and the fences refuse what this worker makes of them. It spares the start of a job about 1 ms.
    """
    lazily = "select c.* from set_config('synchronous_commit', 'off', true), lateral ("
    return Call(lazily + call.sql + ") as c", call.params, call.read)


async def _exchange(conn: psycopg.AsyncConnection[Any], todo: list[Call[Any]]) -> list[list[Any]]:
    """Run calls in one transaction and one round trip; their rows, call by call."""
    begins = conn.isolation_level is not None
    cursors = [conn.cursor(binary=True) for _ in todo]
    if len(todo) == 1 and not begins:  # 0.2 ms less than a pipeline
        await cursors[0].execute(todo[0].sql, todo[0].params)
    else:
        async with conn.pipeline():  # even without `begin`, all of it is one transaction
            if begins:
                await conn.execute("begin isolation level read committed")
            for cursor, call in zip(cursors, todo, strict=True):
                await cursor.execute(call.sql, call.params)
            if begins:
                await conn.execute("commit")
            conn.pgconn.flush()  # the server works while the caller starts what came before
    return [await cursor.fetchall() for cursor in cursors]
