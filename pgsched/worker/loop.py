"""
The loop of a child: one trip to the database after the other, sleeping when there is nothing to do.

A trip overlaps with starting and running what the trip before brought.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from .. import calls
from ..calls import Call
from ..models import Held
from ..queues import Queue, Queues
from ..registry import Task
from ..sleeper import AWAKE_S, Sleeper
from .courier import Courier
from .execute import Executor
from .idle import DEAF_POLL_S, until_look

# A trip costs the server about 0.2 ms however few jobs it carries: a busy worker lets some gather.
_GATHER_S = 0.001
# How often a worker that claims looks whether the policy of a task has changed: it may not be told.
_READ_S = 10.0
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
        idle_s: float = 0.0,
        suspects: bool,
        drain: bool,
    ) -> None:
        self._courier, self._worker, self._queues, self._tasks = courier, worker, queues, tasks
        self._poll_s, self._idle_s = poll_s, idle_s
        self._suspects, self._drain = suspects, drain
        self._brought: list[Held] = []
        self._stirred = asyncio.Event()
        self.stir = self._stirred.set  # something ended, or there is something to do
        self._look_around = False
        self._policies_changed, self._read_at = True, 0.0
        self._sleeper = Sleeper(worker)
        self._rested = False  # whether it lay down since its last claim
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
                if self._courier.rest_s < float("inf"):  # else what ended would run again
                    await asyncio.sleep(self._courier.rest_s)
                    self._look_around = True
                elif self.stopping or not await self._more_is_due():
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
            await asyncio.sleep(DEAF_POLL_S)  # another transaction may hold it
            self._queues.sweep()
        except (psycopg.Error, OSError) as error:
            await self._recover(error)
        return True

    async def _gather(self, since_s: float) -> None:
        """Put the next trip off until some have gathered, after one that was since_s ago."""
        few = 0 < len(self.executor.outbox) < self.executor.concurrency // 8
        if self._rushed:
            if self._sleeper.full_since is None and since_s < _RUSH_LOOK_S:
                self._start_brought()
                await asyncio.sleep(_RUSH_LOOK_S - since_s)
            self._queues.stir()  # look, too, when there is something to carry
        elif few and since_s < _GATHER_S:
            await asyncio.sleep(_GATHER_S)

    def _limit(self) -> int:
        """How many jobs to ask for."""
        if self.stopping or not self._queues.hungry:
            return 0
        return min(self.executor.free - len(self._brought), self.executor.claims_max)

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

    def _claims(self, limit: int) -> Sequence[tuple[Queue | None, int, Call[list[Held]]]]:
        """What to ask for: (queue, share, call); a child for suspects asks for one of any queue."""
        if not limit:
            return []
        if self._suspects:
            return [(None, 1, calls.claim_suspect(self._worker, self._queues.names))]
        return self._queues.claims(self._worker, limit)

    async def _recover(self, error: Exception) -> None:
        """After an error, nothing known of the queues or of our place there is certain."""
        self._queues.sweep()
        self._sleeper.doubt()
        self._rested = False
        await self._courier.recover(error)

    async def _stay_listed(self, found: int, limit: int) -> None:
        """In a rush, or after a second of full claims, leave the list of sleepers."""
        now = time.monotonic()
        rushed = now < self._rush_until
        if found and rushed:
            self._rush_until = now + _RUSH_ENDS_S
        if now - self._read_at > _READ_S:
            self._policies_changed = True  # the notification may have been lost
        busy = self._sleeper.is_busy(found, limit)
        if not self._sleeper.listed and now - self._stirred_at > AWAKE_S:
            self._queues.stir()  # nobody tells that a queue which was empty is so no more
            self._stirred_at = now
        if self._sleeper.listed and (busy or rushed):
            await self._sleeper.rise(self._courier.run)

    async def _sleep(self) -> None:
        """Wait for something to happen; with free slots, also for jobs, as a sleeper."""
        if not self.executor.free or self.stopping or self._suspects or self._rested:
            pass
        elif self._rushed:
            self._look_in(_RUSH_LOOK_S)
        else:
            poll_s = until_look(self._poll_s, self._idle_s, hears=self.hears)
            try:
                rest = await self._sleeper.lie_down(self._courier.run, self._queues.names, poll_s)
                if rest is None:
                    self._queues.sweep()
                else:
                    self._rested = True
                    self._look_in(min(rest))
            except (psycopg.Error, OSError) as error:
                await self._recover(error)
        if not self._limit():
            await self._stirred.wait()
        self._stirred.clear()

    def _look_in(self, sleep_s: float) -> None:
        """Set the timer: look again after so long, at least 1 ms."""
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(sleep_s, 0.001), self.jobs_may_be_ready)
