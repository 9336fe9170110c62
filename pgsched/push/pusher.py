"""
The loop of a pusher: it takes jobs of endpoints, sends each, and reports what came of it.

As a worker's loop it makes trips to the database and sleeps in between; but what it may take is
said by the endpoints, so it looks at all of them first.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import math
import random
import time
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import psycopg
from psycopg import errors as pg

from .. import calls
from ..auth.callback import CallbackToken, make_token
from ..calls.push import PushRow
from ..endings import Ending
from ..jsontext import clean
from ..models import Held
from ..sleeper import Sleeper
from ..worker.complete import Outbox
from ..worker.courier import ASIDE_S, Courier
from ..worker.idle import until_look
from ..worker.running import COUNTED, Why
from .delivery import Hold, Verdict, send

log = logging.getLogger("pgsched.push")

# What is due and was not had: another pusher is at the endpoint, or somebody holds the job.
_AGAIN_S = 0.05
# How often it asks for leases that have ended; a pusher may end them once it is a lease old.
_LAPSE_S = 1.0


class Delivery(NamedTuple):
    """A job that is being sent."""

    job: Held
    endpoint: PushRow
    token: CallbackToken
    work: asyncio.Task[Verdict]


class Pusher:
    """Sends jobs for one worker, up to `concurrency` at once, until it is told to stop."""

    def __init__(
        self,
        courier: Courier,
        worker: str,
        outbox: Outbox,
        *,
        concurrency: int,
        result_bytes_max: int,
        callback_url: str,
        poll_s: float,
        idle_s: float,
        drain: bool,
    ) -> None:
        self._courier, self._worker, self._outbox = courier, worker, outbox
        self._concurrency, self._result_bytes_max = concurrency, result_bytes_max
        self._callback_url, self._poll_s, self._idle_s = callback_url, poll_s, idle_s
        self._drain = drain
        self._running: dict[tuple[int, int], Delivery] = {}
        self._why: dict[tuple[int, int], Why] = {}
        self._ended: list[tuple[Delivery, Verdict]] = []
        self._aside: list[tuple[Delivery, Verdict]] = []  # of which something is locked
        self._aside_until = 0.0
        self._stirred = asyncio.Event()
        self.stir = self._stirred.set
        # As of a worker's loop: what is told by notifications means to look again, all the same.
        self.notified = self.jobs_may_be_ready = self.policies_changed = self.stir
        self._look_around = False
        self._sleeper = Sleeper(worker)
        self._lapse_at = 0.0
        self._queues: list[str] = []
        self.stopping = self.lapsed = False
        self.hears = True
        self.counts: dict[str, int] = {**dict.fromkeys(COUNTED, 0), "handed_over": 0}
        self.next_due: object = None

    def look_around(self) -> None:
        """Some job may have been cancelled, or the answer to a claim lost: look."""
        self._look_around = True
        self.stir()

    def stop_all(self, why: Why) -> None:
        """Break off every request."""
        for key in list(self._running):
            self._stop(key, why)

    async def run(self) -> None:
        """Go on until stopping and done, or drained. Raises LeaseLost."""
        while True:
            self._stirred.clear()
            try:
                sleep_s = min(await self._round(), self._rest_aside())
                busy = self._running or self._ended or self._courier.pending
                busy = busy or self._rest_aside() < math.inf
                if not busy and (self.stopping or (self._drain and sleep_s > _AGAIN_S)):
                    break
                if not self.stopping and sleep_s > 0:
                    sleep_s = await self._lie_down(sleep_s)
            except (psycopg.Error, OSError) as error:
                self._sleeper.doubt()
                await self._courier.recover(error)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if math.isinf(sleep_s) else sleep_s):
                    await self._stirred.wait()
        with contextlib.suppress(psycopg.Error, OSError):  # a courtesy, for the line of counts
            self.next_due = await self._courier.run(calls.next_due(self._queues))
        await self._courier.close()

    async def _round(self) -> float:
        """Report what ended, take what is due; for how many seconds there is nothing more to do."""
        await self._report_all()
        if self._courier.pending or self._look_around:  # first, so that what it frees is seen
            await self._trip([])
        if self.stopping:
            return 0.0 if self._courier.pending else math.inf
        endpoints = await self._courier.run(calls.push_state())
        self._queues = [f"push:{each.name}" for each in endpoints]
        if await self._lapse(endpoints):
            return 0.0
        asked = self._shares(endpoints)
        brought = await self._trip(asked) if asked else []
        short = {e.name: len(jobs) < n for (e, n), jobs in zip(asked, brought, strict=True)}
        return 0.0 if self._courier.pending else self._rest(endpoints, short)

    async def _trip(self, asked: Sequence[tuple[PushRow, int]]) -> list[list[Held]]:
        """Carry what ended, and bring up to so many jobs of each endpoint; they are sent."""
        claims = [calls.claim_push(self._worker, each.name, n) for each, n in asked]
        look_around, self._look_around = self._look_around, False
        brought, cancelled = await self._courier.trip(claims, waiting=[], look_around=look_around)
        for (endpoint, _), jobs in zip(asked, brought, strict=True):
            self._start(endpoint, jobs)
        for key in list(self._running):
            if key[1] in cancelled:
                self._stop(key, "cancel")
        return brought

    def _shares(self, endpoints: Sequence[PushRow]) -> list[tuple[PushRow, int]]:
        """
        How many jobs to ask for, of each endpoint that may have some: its share at least.

        Where there is not room for all, those that have the fewest requests here come first, else
        one with much to do would take what the others leave, for ever.
        """
        open_ = [e for e in endpoints if e.wait_s == 0 and e.free > 0 and _is_due(e)]
        has = Counter(each.endpoint.name for each in self._running.values())
        open_.sort(key=lambda e: (has[e.name], random.random()))
        left = self._concurrency - len(self._running)
        shares: list[tuple[PushRow, int]] = []
        for n, each in enumerate(open_):
            share = min(each.free, max(left // (len(open_) - n), 1), left)
            if share > 0:
                shares.append((each, share))
                left -= share
        return shares

    def _rest(self, endpoints: Sequence[PushRow], short: dict[str, bool]) -> float:
        """Until when nothing is to be expected but what stirs: a notification, or an answer."""
        rest = math.inf
        for each in endpoints:
            if each.lapses_in_s is not None:
                rest = min(rest, max(each.lapses_in_s, _LAPSE_S))
            if each.wait_s is None or each.free <= 0:
                continue
            if each.wait_s > 0:
                rest = min(rest, each.wait_s)
            elif not _is_due(each):
                rest = min(rest, math.inf if each.due_in_s is None else each.due_in_s)
            elif each.name in short:
                rest = min(rest, _AGAIN_S if short[each.name] else 0.0)
        return rest

    async def _lapse(self, endpoints: Sequence[PushRow]) -> bool:
        """Time out what endpoints have forgotten; whether there was some."""
        late = any(e.lapses_in_s is not None and e.lapses_in_s < 0 for e in endpoints)
        if not late or time.monotonic() < self._lapse_at:
            return False
        self._lapse_at = time.monotonic() + _LAPSE_S
        return await self._courier.run(calls.lapse(self._worker)) > 0

    async def _report_all(self) -> None:
        """Report what ended. Where a transaction of somebody's locks it, later: it may be long."""
        if not self._rest_aside():
            self._ended, self._aside = self._aside + self._ended, []
            self._look_around = True  # a trip takes along what the courier has put aside
        locked: set[str] = set()
        while self._ended:
            delivery, verdict = self._ended[0]
            name = delivery.endpoint.name
            try:
                if name not in locked:
                    await self._report(delivery, verdict)
            except pg.LockNotAvailable:
                locked.add(name)
                self._aside_until = time.monotonic() + ASIDE_S
            if name in locked:
                self._aside.append((delivery, verdict))
            self._ended.pop(0)

    def _rest_aside(self) -> float:
        """For how long to leave what is put aside, here or by the courier."""
        ours = max(self._aside_until - time.monotonic(), 0.0) if self._aside else math.inf
        return min(ours, self._courier.rest_s)

    async def _report(self, delivery: Delivery, verdict: Verdict) -> None:
        """Hold its endpoint before the job is given back, so that nobody takes it at once."""
        job, name = delivery.job, delivery.endpoint.name
        if verdict.hold is not None:
            await self._hold(name, verdict.hold)
        end, token = verdict.ending, delivery.token
        if end is not None:
            if end.kind in ("failed", "timed_out"):
                log.warning("job %s %s: %s", job.id, end.kind.replace("_", " "), end.error)
            self._outbox.ended(job, end)
            self.counts[end.kind] += 1
            return
        call = calls.hand_over(self._worker, job, name, token.worker, token.hash)
        if not await self._courier.run(call):
            log.warning("job %s was no longer held when its endpoint took it over", job.id)
        self._outbox.left(job)
        self.counts["handed_over"] += 1

    async def _hold(self, name: str, hold: Hold) -> None:
        until = "an operator resumes it" if hold.for_s is None else f"{hold.for_s:g} s have passed"
        log.warning("endpoint %s gets no jobs until %s: %s", name, until, hold.problem)
        await self._courier.run(calls.hold_endpoint(name, hold.for_s, hold.problem))

    def _start(self, endpoint: PushRow, jobs: Sequence[Held]) -> None:
        """Send each, signed with the database's time of now."""
        began = time.monotonic()
        for claim, count in Counter(job.claim for job in jobs).items():
            self._outbox.opened(claim, count)
        for job in jobs:
            if self.stopping:
                self._outbox.unstarted(job, 0.0)
                continue
            token = make_token()
            sending = send(
                endpoint,
                job,
                token,
                timestamp=int(endpoint.now_s + time.monotonic() - began),
                callback_url=self._callback_url,
                result_bytes_max=self._result_bytes_max,
            )
            work = asyncio.create_task(sending)
            self._running[job.claim, job.id] = Delivery(job, endpoint, token, work)
            work.add_done_callback(functools.partial(self._sent, (job.claim, job.id)))

    def _sent(self, key: tuple[int, int], work: asyncio.Task[Verdict]) -> None:
        """A request is over; also one that was broken off before it began."""
        why = self._why.pop(key, None)
        if work.cancelled():
            error = "cancelled while it ran"
            end = Ending("cancelled", error=error) if why == "cancel" else Ending("released")
            verdict = Verdict(end)
        elif (defect := work.exception()) is not None:  # of ours: it must not hold up the others
            log.error("job %s could not be sent", key[1], exc_info=defect)
            verdict = Verdict(Ending("failed", error=clean(f"{type(defect).__name__}: {defect}")))
        else:
            verdict = work.result()
        self._ended.append((self._running.pop(key), verdict))
        self.stir()

    def _stop(self, key: tuple[int, int], why: Why) -> None:
        if key not in self._why:
            self._why[key] = why
            self._running[key].work.cancel()

    async def _lie_down(self, sleep_s: float) -> float:
        """Register as a sleeper for all endpoints; for how long to sleep."""
        poll_s = until_look(self._poll_s, self._idle_s, hears=self.hears)
        rest = await self._sleeper.lie_down(self._courier.run, self._queues, poll_s)
        return 0.0 if rest is None else min(sleep_s, rest[1])  # what is due may have to wait


def _is_due(endpoint: PushRow) -> bool:
    return endpoint.due_in_s is not None and endpoint.due_in_s <= 0
