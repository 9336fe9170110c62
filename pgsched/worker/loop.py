"""
The loop of a child: one trip to the database after the other, sleeping when there is nothing to do.

A trip takes along what has ended and brings back what to run next: one round trip, one commit. It
overlaps with running what the trip before brought.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from typing import Any

import psycopg

from .. import calls, db
from ..calls import Call
from ..errors import LeaseLost
from ..models import Held, Misfit
from .complete import Batch, Outbox, ending_calls
from .ending import Ending, clean
from .execute import Executor
from .queues import Queue, Queues

log = logging.getLogger("pgsched.worker")

# A trip costs the server about 0.2 ms however few jobs it carries: a busy worker lets some gather.
_GATHER_S = 0.001
# A poller that hears no notifications.
_DEAF_POLL_S = 0.25
_AWAKE_S = 1.0
# SQLSTATE classes after which the same trip may succeed: rollback, resources, locks, intervention.
_TRANSIENT = frozenset({"40", "53", "55", "57"})


class Loop:
    """Claims for one worker and reports for it, until it is told to stop."""

    def __init__(
        self,
        dsn: str,
        worker: str,
        queues: Queues,
        outbox: Outbox,
        *,
        poll_s: float,
        pooler: bool,
        suspects: bool,
        drain: bool,
    ) -> None:
        self._dsn, self._worker, self._queues, self._outbox = dsn, worker, queues, outbox
        self._poll_s, self._pooler = poll_s, pooler
        self._suspects, self._drain = suspects, drain
        self._conn: psycopg.AsyncConnection[Any] | None = None
        self._unsent: Batch | None = None
        self._stirred = asyncio.Event()
        self._xid: str | None = None  # set while an enqueuer may not have seen our registration
        self._asleep = False
        self._full_since: float | None = None
        self._wake_timer: asyncio.TimerHandle | None = None
        self._pause = 0.0
        self._settling_s = 0.001
        self.stopping = False
        self.look_for_cancels = False
        self.hears = True
        self.executor: Executor
        self.next_due: Any = None

    def stir(self) -> None:
        """Something ended, or there is something to do."""
        self._stirred.set()

    def jobs_may_be_ready(self) -> None:
        """A notification, a timer or a reconnection: look again."""
        self._queues.stir()
        self._stirred.set()

    def cancels_may_wait(self) -> None:
        """Some running job may have been cancelled: look."""
        self.look_for_cancels = True
        self._stirred.set()

    async def run(self) -> None:
        """Go on until stopping and done, or drained. Raises LeaseLost."""
        self._queues.sweep()
        last = 0.0
        while True:
            if self._outbox or self._unsent or self.look_for_cancels or self._limit():
                gathered, few = len(self._outbox), self.executor.concurrency // 8
                if 0 < gathered < few and time.monotonic() - last < _GATHER_S:
                    await asyncio.sleep(_GATHER_S)
                self._stirred.clear()
                await self._trip_or_recover()
                last = time.monotonic()
                continue
            if not self.executor.running and (
                self.stopping or (self._drain and self._limit() == 0)
            ):
                break
            if not (self.stopping or self._suspects) and self.executor.free:
                await self._fall_asleep()
            if self._limit() == 0:
                await self._stirred.wait()
            self._stirred.clear()
        if self._conn is not None:
            self.next_due = await db.run_async(self._conn, calls.next_due(self._queues.names))
            await self._conn.close()

    def _limit(self) -> int:
        """How many jobs to ask for: half the slots at most, so that a trip and a batch overlap."""
        if self.stopping or not self._queues.hungry:
            return 0
        return min(self.executor.free, max(1, self.executor.concurrency // 2))

    async def _trip_or_recover(self) -> None:
        """One trip. After an error: reconnect, wait, or sort out whose ending was refused."""
        try:
            if self._conn is None:
                self._conn = await db.connect_async(
                    self._dsn, application_name="pgsched worker", prepare=not self._pooler
                )
            await self._trip(self._conn, self._limit())
            self._pause = 0.0
        except (psycopg.Error, OSError) as error:
            await self._recover(error)

    async def _recover(self, error: Exception) -> None:
        """Make the next trip possible, after a pause that grows from error to error."""
        named = db.translated(error) if isinstance(error, psycopg.Error) else error
        if isinstance(named, LeaseLost):
            raise named from error
        sqlstate = error.sqlstate if isinstance(error, psycopg.Error) else None
        self._queues.sweep()
        conn = self._conn
        if conn is None or conn.closed or sqlstate is None:
            log.warning("no connection to the database: %s", str(error).strip())
            self._asleep, self._xid, self._conn = False, None, None
            if conn is not None:
                await conn.close()
        else:
            log.warning("a trip to the database failed: %s", named)
            await conn.rollback()
            if sqlstate[:2] not in _TRANSIENT:
                await self._settle_singly(conn)
        self._pause = min(max(self._pause * 2, 0.1), 5.0)
        await asyncio.sleep(self._pause * (0.5 + random.random()))

    async def _trip(self, conn: psycopg.AsyncConnection[Any], limit: int) -> None:
        if self._unsent is None:
            self._unsent = self._outbox.take()
        batch, begun = self._unsent, time.monotonic()
        writes = batch.calls(self._worker)
        claims: list[tuple[Queue | None, int, Call[list[Held]]]] = []
        if limit and self._suspects:
            claims.append((None, 1, calls.claim_suspect(self._worker, self._queues.names)))
        elif limit:
            for queue, share in self._queues.shares(limit):
                cursors = queue.cursors_for_claim()
                claims.append((queue, share, calls.claim(self._worker, queue.name, share, cursors)))
        asked = [calls.cancels(self._worker)] if self.look_for_cancels else []
        self.look_for_cancels = False
        rows = await _pipeline(conn, [*writes, *asked, *(call for _, _, call in claims)])
        self._unsent = None
        took = time.monotonic() - begun
        await self._check(conn, batch, writes, rows)
        for cancelled in rows[len(writes)] if asked else ():
            self.executor.stop(cancelled[0], "cancel")
        found = 0
        brought = rows[len(writes) + len(asked) :]
        for (queue, share, call), got in zip(claims, brought, strict=True):
            held = call.read(got)
            found += len(held)
            if queue is not None:
                queue.claimed(held, share, took)
            elif not held:
                self._queues.starve()
            if self.stopping:
                self.executor.give_back(held)
            else:
                self.executor.start(held)
        await self._stay_awake(conn, bool(limit) and found >= limit)

    async def _check(
        self,
        conn: psycopg.AsyncConnection[Any],
        batch: Batch,
        writes: list[Call[Any]],
        rows: list[list[Any]],
    ) -> None:
        """Look at what the writes answered; report what was lost."""
        lost: list[Misfit] = []
        for call, got in zip(writes, rows, strict=False):
            answer = call.read(got)
            if isinstance(answer, list):
                lost += answer
        if batch.whole:
            expected = sum(len(jobs) for jobs in batch.whole.values())
            if rows[len(writes) - 1][0][0] < expected:
                plain = Ending("succeeded")
                jobs = [(job, plain) for held in batch.whole.values() for job in held]
                for call in ending_calls(self._worker, jobs):
                    misfits: list[Misfit] = await db.run_async(conn, call)
                    lost += misfits
        for misfit in lost:
            if misfit.verdict == "lost":
                log.warning("job %s was no longer held when its run ended", misfit.id)

    async def _settle_singly(self, conn: psycopg.AsyncConnection[Any]) -> None:
        """A batch was refused: write each ending on its own, and fail the one that is to blame."""
        batch, self._unsent = self._unsent or Batch(), None
        for job, end in batch.singly():
            try:
                await self._write(conn, job, end)
            except psycopg.DataError as error:
                reason = clean(f"Postgres refused how the run ended: {error}")
                await self._write(conn, job, Ending("failed", error=reason, final=True))
        for held, delay in batch.unstarted:
            call = calls.release(self._worker, [held.claim], [held.id], [False], delay)
            await db.run_async(conn, call)

    async def _write(self, conn: psycopg.AsyncConnection[Any], job: Held, end: Ending) -> None:
        for call in ending_calls(self._worker, [(job, end)]):
            await db.run_async(conn, call)

    async def _stay_awake(self, conn: psycopg.AsyncConnection[Any], full: bool) -> None:
        """After a second of full claims, leave the list of sleepers."""
        if not full:
            self._full_since = None
        elif self._full_since is None:
            self._full_since = time.monotonic()
        elif self._asleep and time.monotonic() - self._full_since > _AWAKE_S:
            self._asleep, self._xid = False, None
            await db.run_async(conn, calls.rise(self._worker))

    async def _fall_asleep(self) -> None:
        """Register as a sleeper, and set the timer; until it is settled, look again soon."""
        conn = self._conn
        if conn is None:
            self._queues.sweep()
            return
        poll = self._poll_s if self.hears else min(self._poll_s, _DEAF_POLL_S)
        try:
            if self._xid is not None and await db.run_async(conn, calls.settled(self._xid)):
                self._xid = None
                self._queues.sweep()  # once more, now that nobody can have missed us
                return
            sleep_s, fresh = await db.run_async(
                conn, calls.nap(self._worker, self._queues.names, poll)
            )
            if fresh:
                self._xid = await db.run_async(conn, calls.new_xid())
                self._settling_s = 0.001
        except (psycopg.Error, OSError) as error:
            await self._recover(error)
            return
        self._asleep = True
        if self._xid is not None:
            self._settling_s = min(self._settling_s * 2, poll)
            sleep_s = min(sleep_s, self._settling_s)
        if self._wake_timer is not None:
            self._wake_timer.cancel()
        loop = asyncio.get_running_loop()
        self._wake_timer = loop.call_later(max(sleep_s, 0.001), self.jobs_may_be_ready)


async def _pipeline(conn: psycopg.AsyncConnection[Any], todo: list[Call[Any]]) -> list[list[Any]]:
    """Run calls in one transaction and one round trip; their rows, call by call."""
    cursors = [conn.cursor(binary=True) for _ in todo]
    async with conn.pipeline():
        # explicitly, since a role's or database's default may be another level
        await conn.execute("begin isolation level read committed")
        for cursor, call in zip(cursors, todo, strict=True):
            await cursor.execute(call.sql, call.params)
        await conn.execute("commit")
    return [await cursor.fetchall() for cursor in cursors]
