"""
The loop of a child that comes over HTTP: one claim is under way while slots are free, waiting at
the API if there is nothing, and one finish whenever something has ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from typing import Any

from ...errors import PgschedError
from ...registry import Task
from ..execute import Executor
from . import taken
from .courier import RemoteCourier
from .line import Line, Rest, Unanswered

log = logging.getLogger("pgsched.worker")
# For how long a claim waits at the API: it must not be in the way of one that is to end.
_WAIT_S = 20.0
# How often to look whether the policy of a task has changed.
_READ_S = 10.0
# When all slots have been taken for so long, ask at least what shall stop.
_FULL_S = 1.0
# When a drain looks again that found jobs which somebody else was about to take.
_MORE_S = 0.25
_LIMIT_MAX = 1000


class RemoteLoop:
    """Claims for one worker and reports for it, until it is told to stop."""

    def __init__(
        self,
        line: Line,
        worker: str,
        weights: Mapping[str, int],
        tasks: Mapping[str, Task],
        courier: RemoteCourier,
        *,
        suspects: bool,
        drain: bool,
    ) -> None:
        self._line, self._path = line, f"/v1/workers/{worker}"
        self._weights, self._tasks, self._courier = dict(weights), tasks, courier
        self._suspects, self._drain = suspects, drain
        self._to_fetch, self._to_send = asyncio.Event(), asyncio.Event()
        self._asked: asyncio.Task[Any] | None = None
        self._asked_for = 0
        self._unsure = True  # whether the API may think we hold jobs that we do not know of
        self._fetched = False
        self._read_at = float("-inf")
        self._unknown: set[str] = set()
        self.stir = self._stir
        self.stopping = False
        self.lapsed = False
        self.executor: Executor
        self.next_due: Any = None

    def _stir(self) -> None:
        self._to_fetch.set()
        self._to_send.set()
        if self._asked is not None and self._in_vain():
            self._asked.cancel()

    def _in_vain(self) -> bool:
        """Whether the claim that waits at the API asks for what is not wanted any more."""
        if self.stopping:
            return self._asked_for > 0 or not self.executor.running
        return self._asked_for == 0 and self._limit() > 0

    def look_around(self) -> None:
        """The next claim says which jobs this worker has: what else it holds goes back."""
        self._unsure = True

    async def run(self) -> None:
        """Go on until stopping and done, or drained. Raises LeaseLost, NotAuthenticated, ..."""
        both = [asyncio.create_task(self._fetch()), asyncio.create_task(self._send())]
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_EXCEPTION)
            for each in done:
                each.result()
        finally:
            for each in both:
                each.cancel()
            await asyncio.gather(*both, return_exceptions=True)
        self._unsure = True  # nothing may be left behind
        with contextlib.suppress(Unanswered, PgschedError):
            self.next_due = (await self._ask(0, 0.0))["next_due"]

    async def _send(self) -> None:
        rest = Rest()
        while True:
            self._to_send.clear()
            rest_s = self._courier.rest_s
            if rest_s == 0:
                try:
                    await self._courier.carry()
                    rest.over()
                except Unanswered as error:
                    log.warning("how runs ended cannot be told now: %s", error)
                    await asyncio.sleep(rest.after(error))
                self._to_fetch.set()
            elif self._fetched and not self.executor.running and not self._courier.pending:
                return
            else:
                await _set(self._to_send, rest_s)

    async def _fetch(self) -> None:
        rest = Rest()
        while self.executor.running or not self.stopping:
            try:
                await self._read_policies()
                if not self._limit() and await _set(self._to_fetch, _FULL_S):
                    self._to_fetch.clear()
                    continue
                if await self._fetch_once():
                    break
                rest.over()
            except Unanswered as error:
                log.warning("no jobs can be claimed now: %s", error)
                await self._rest(rest.after(error))
        self._fetched = True
        self._to_send.set()

    async def _fetch_once(self) -> bool:
        """Claim, and start what comes; whether that was the end of a drain."""
        idle = not (self.executor.running or self._courier.pending)
        answer = await self._claim(self._limit(), 0.0 if self._drain else _WAIT_S)
        if answer is None:
            return False
        for id in answer["cancelled"]:
            self.executor.stop(int(id), "cancel")
        held = [taken.held(job) for job in answer["jobs"]]
        if self.stopping:
            self.executor.give_back(held)
        else:
            self.executor.start(held)
        if held or not self._drain or self.stopping:
            return False
        if idle and (self._suspects or not answer["more"]):
            return True
        if idle:
            await asyncio.sleep(_MORE_S)  # another transaction may hold it
        else:
            await _set(self._to_fetch, _FULL_S)
        return False

    def _limit(self) -> int:
        """How many jobs to ask for."""
        if self.stopping:
            return 0
        return min(self.executor.free, self.executor.claims_max, _LIMIT_MAX)

    async def _claim(self, limit: int, wait_s: float) -> dict[str, Any] | None:
        """The answer; None where it was not waited for any more, or the API could not give it."""
        self._to_fetch.clear()
        self._asked_for = limit
        self._asked = asyncio.create_task(self._ask(limit, wait_s))
        try:
            await asyncio.wait([self._asked])
            return None if self._asked.cancelled() else self._asked.result()
        finally:
            self._asked.cancel()
            self._asked = None

    async def _ask(self, limit: int, wait_s: float) -> dict[str, Any]:
        body: dict[str, Any] = {
            "limit": limit,
            "wait_s": wait_s,
            "queues": self._weights,
            "suspect": self._suspects,
        }
        if self._unsure:
            body["holding"] = [str(claim) for claim in sorted(self._courier.claims)]
        self._unsure = False  # to look around may be asked for until the answer comes
        try:
            path = f"{self._path}/claim"
            return await self._line.ask(
                "POST", path, body, has="jobs", wait_s=wait_s, read=taken.read
            )
        except BaseException:
            self._unsure = True
            raise

    async def _read_policies(self) -> None:
        if time.monotonic() - self._read_at < _READ_S:
            return
        answer = await self._line.ask("GET", f"{self._path}/tasks", has="items")
        self._read_at = time.monotonic()
        for each in answer["items"]:
            self._tasks[each["name"]].obey(each["timeout_s"], each["isolation"])
        unknown = self._tasks.keys() - {each["name"] for each in answer["items"]}
        if unknown - self._unknown:
            log.warning(
                "the catalogue does not have %s: their jobs run without a policy; a worker"
                " whose key has the scope admin, or that is on the database, declares them",
                ", ".join(sorted(unknown)),
            )
        self._unknown = unknown

    async def _rest(self, seconds: float) -> None:
        """So many seconds, unless it is told to stop meanwhile."""
        ends, stopping = time.monotonic() + seconds, self.stopping
        while (left_s := ends - time.monotonic()) > 0 and self.stopping == stopping:
            self._to_fetch.clear()
            await _set(self._to_fetch, left_s)


async def _set(event: asyncio.Event, within_s: float) -> bool:
    """Whether it is set within so many seconds; it may be without end."""
    try:
        async with asyncio.timeout(None if within_s == float("inf") else within_s):
            return await event.wait()
    except TimeoutError:
        return False
