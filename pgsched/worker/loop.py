"""
The loop of a child: one trip to the database after the other, sleeping when there is nothing to do.

A trip overlaps with starting and running what the trip before brought.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Any

import psycopg

from .. import calls
from ..calls import Call
from ..models import Held
from ..registry import Task
from .courier import Courier
from .execute import Executor
from .queues import Queue, Queues

# A trip costs the server about 0.2 ms however few jobs it carries: a busy worker lets some gather.
_GATHER_S = 0.001
# How often a worker looks that hears no notifications.
_DEAF_POLL_S = 0.25
# How often a worker that claims looks whether the policy of a task has changed: it may not be told.
_READ_S = 10.0
# How long all its claims have to be full until a worker leaves the list of sleepers.
_AWAKE_S = 1.0
# So many notifications in a row, this close to each other, are a rush: those who notify commit one
# after the other, and a worker that sleeps between any two jobs makes three trips for each. Until
# it has found nothing for a while, it looks by itself this often, and nobody notifies it.
_RUSH_GAP_S, _RUSH_RINGS, _RUSH_LOOK_S, _RUSH_ENDS_S = 0.01, 8, 0.003, 0.05


class Loop:
    """Claims for one worker and reports for it, until it is told to stop."""

    def __init__(
        self,
        courier: Courier,
        worker: str,
        queues: Queues,
        tasks: Mapping[str, Task],
        *,
        poll_s: float,
        suspects: bool,
        drain: bool,
    ) -> None:
        self._courier, self._worker, self._queues, self._tasks = courier, worker, queues, tasks
        self._poll_s, self._suspects, self._drain = poll_s, suspects, drain
        self._brought: list[Held] = []
        self._stirred = asyncio.Event()
        self.stir = self._stirred.set  # something ended, or there is something to do
        self._look_around = False
        self._policies_changed, self._read_at = True, 0.0
        # As a sleeper: listed in the database; its timer set; the transaction id to wait for while
        # an enqueuer may not have seen the registration; whether an error hid when that was made.
        self._listed = False
        self._rested = False
        self._xid: str | None = None
        self._in_doubt = False
        self._settling_s = 0.001
        self._full_since: float | None = None
        self._stirred_at = 0.0
        self._rung_at, self._rings, self._rush_until = 0.0, 0, 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.stopping = False
        self.lapsed = False
        self.hears = True
        self.executor: Executor
        self.next_due: Any = None

    def jobs_may_be_ready(self) -> None:
        """A notification, a timer or a reconnection: look again."""
        self._queues.stir()
        self._stirred.set()

    def notified(self) -> None:
        """As `jobs_may_be_ready`, but in a rush the next look is near enough."""
        now = time.monotonic()
        self._rings = self._rings + 1 if now - self._rung_at < _RUSH_GAP_S else 1
        self._rung_at = now
        self._queues.stir()
        if not self._rushed:
            self._stirred.set()
        if self._rings >= _RUSH_RINGS:
            self._rush_until = now + _RUSH_ENDS_S

    @property
    def _rushed(self) -> bool:
        return time.monotonic() < self._rush_until

    def look_around(self) -> None:
        """Some running job may have been cancelled, or the answer to a claim lost: look."""
        self._look_around = True
        self._stirred.set()

    def policies_changed(self) -> None:
        """The catalogue says something new of a task: read it."""
        self._policies_changed = True
        self._stirred.set()

    async def run(self) -> None:
        """Go on until stopping and done, or drained. Raises LeaseLost."""
        self._queues.sweep()
        last = 0.0
        while True:
            if self._policies_changed:
                await self._read_policies()
            if self._courier.pending or self._look_around or self._limit():
                await self._gather(time.monotonic() - last)
                self._stirred.clear()
                trip = asyncio.create_task(self._trip())
                await asyncio.sleep(0)  # it is sent
                self._start_brought()  # while the server works
                await trip
                last = time.monotonic()
            elif self._brought:
                self._start_brought()
            elif not self.executor.running and (self.stopping or self._drain):
                if self.stopping or not await self._more_is_due():
                    break
            else:
                await self._sleep()
        with contextlib.suppress(psycopg.Error, OSError):  # a courtesy, for the line of counts
            self.next_due = await self._courier.run(calls.next_due(self._queues.names))
        await self._courier.close()

    async def _read_policies(self) -> None:
        self._policies_changed, self._read_at = False, time.monotonic()
        try:
            for name, timeout_s, isolation in await self._courier.run(
                calls.in_force([*self._tasks])
            ):
                self._tasks[name].obey(timeout_s, isolation)
        except (psycopg.Error, OSError) as error:
            self._policies_changed = True
            await self._recover(error)

    async def _more_is_due(self) -> bool:
        """Before a drain ends: what was retried at once, or stood behind jobs of a held task."""
        if self._suspects:
            return False
        try:
            if not await self._courier.run(calls.due_now(self._queues.names)):
                return False
            await asyncio.sleep(_DEAF_POLL_S)  # another transaction may hold it
            self._queues.sweep()
        except (psycopg.Error, OSError) as error:
            await self._recover(error)
        return True

    async def _gather(self, since_s: float) -> None:
        """Put the next trip off until some have gathered, after one that was since_s ago."""
        few = 0 < len(self.executor.outbox) < self.executor.concurrency // 8
        if self._rushed:
            if self._full_since is None and since_s < _RUSH_LOOK_S:
                self._start_brought()
                await asyncio.sleep(_RUSH_LOOK_S - since_s)
            self._queues.stir()  # look, too, when there is something to carry
        elif few and since_s < _GATHER_S:
            await asyncio.sleep(_GATHER_S)

    def _limit(self) -> int:
        """How many jobs to ask for: half the slots at most, so that a trip and a batch overlap."""
        if self.stopping or not self._queues.hungry:
            return 0
        return min(self.executor.free - len(self._brought), max(1, self.executor.concurrency // 2))

    def _start_brought(self) -> None:
        """Start what the last trip brought; give it back if it is too late for that."""
        brought, self._brought = self._brought, []
        if self.stopping:
            self.executor.give_back(brought)
        else:
            self.executor.start(brought)

    async def _trip(self) -> None:
        limit, waiting, begun = self._limit(), self._brought, time.monotonic()
        claims = self._claims(limit)
        look_around, self._look_around = self._look_around, False
        try:
            brought, cancelled = await self._courier.trip(
                [call for _, _, call in claims], waiting=waiting, look_around=look_around
            )
            took = time.monotonic() - begun
            for id in cancelled:
                self.executor.stop(id, "cancel")
            for (queue, share, _), held in zip(claims, brought, strict=True):
                self._brought += held
                if queue is not None:
                    queue.claimed(held, share, took)
                elif not held:
                    self._queues.starve()
            if claims:
                self._rested = False
                await self._stay_listed(len(self._brought), limit)
        except (psycopg.Error, OSError) as error:
            await self._recover(error)

    def _claims(self, limit: int) -> list[tuple[Queue | None, int, Call[list[Held]]]]:
        """What to ask for: (queue, share, call); a child for suspects asks for one of any queue."""
        if not limit:
            return []
        if self._suspects:
            return [(None, 1, calls.claim_suspect(self._worker, self._queues.names))]
        asked: list[tuple[Queue | None, int, Call[list[Held]]]] = []
        for queue, share in self._queues.shares(limit):
            call = calls.claim(self._worker, queue.name, share, queue.cursors_for_claim())
            asked.append((queue, share, call))
        return asked

    async def _recover(self, error: Exception) -> None:
        """After an error, nothing known of the queues or of our place there is certain."""
        self._queues.sweep()
        self._listed, self._rested, self._in_doubt = False, False, True
        await self._courier.recover(error)

    async def _stay_listed(self, found: int, limit: int) -> None:
        """In a rush, or after a second of full claims, leave the list of sleepers."""
        now = time.monotonic()
        if found and self._rushed:
            self._rush_until = now + _RUSH_ENDS_S
        if now - self._read_at > _READ_S:
            self._policies_changed = True  # the notification may have been lost
        if found < limit:
            self._full_since = None
        elif self._full_since is None:
            self._full_since = now
        busy = self._full_since is not None and now - self._full_since > _AWAKE_S
        if not self._listed and now - self._stirred_at > _AWAKE_S:
            self._queues.stir()  # nobody tells that a queue which was empty is so no more
            self._stirred_at = now
        if self._listed and (busy or self._rushed):
            self._listed, self._xid = False, None
            await self._courier.run(calls.rise(self._worker))

    async def _sleep(self) -> None:
        """Wait for something to happen; with free slots, also for jobs."""
        if self.executor.free and not (self.stopping or self._suspects or self._rested):
            try:
                if self._rushed:
                    self._look_in(_RUSH_LOOK_S)
                else:
                    await self._fall_asleep()
            except (psycopg.Error, OSError) as error:
                await self._recover(error)
        if not self._limit():
            await self._stirred.wait()
        self._stirred.clear()

    async def _fall_asleep(self) -> None:
        """Register as a sleeper, and set the timer; until it is settled, look again soon."""
        poll = self._poll_s if self.hears else min(self._poll_s, _DEAF_POLL_S)
        if self._xid is not None and await self._courier.run(calls.settled(self._xid)):
            self._xid = None
            self._queues.sweep()  # once more, now that nobody can have missed us
            return
        nap = calls.nap(self._worker, self._queues.names, poll)
        sleep_s, fresh = await self._courier.run(nap)
        self._listed = self._rested = True
        if fresh or self._in_doubt:
            self._in_doubt = False
            self._xid = await self._courier.run(calls.new_xid())
            self._settling_s = 0.001
        if self._xid is not None:
            self._settling_s = min(self._settling_s * 2, poll)
            sleep_s = min(sleep_s, self._settling_s)
        self._look_in(sleep_s)

    def _look_in(self, sleep_s: float) -> None:
        """Set the timer: look again after so long, at least 1 ms."""
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(sleep_s, 0.001), self.jobs_may_be_ready)
