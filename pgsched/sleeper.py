"""How a worker sleeps: listed in the database, so that who enqueues notifies it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from . import calls
from .calls import Call

# How long all its claims have to be full until a worker leaves the list of sleepers.
AWAKE_S = 1.0
# What is due, but was not had, is in somebody's transaction: for how long at most not to look.
_HELD_MAX_S = 0.1


class Sleeper:
    """
    One worker, `listed` or not. Of an enqueuer whose transaction began before it was, it may not be
    told: until all of those have ended, it wakes by itself, after moments that grow.
    """

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self.listed = False
        self.full_since: float | None = None
        self._in_doubt = True  # whether it may have been listed without a transaction id from then
        self._xid: str | None = None  # the transaction id to wait for
        self._settling_s = 0.001
        self._held_s = 0.0

    async def lie_down(
        self, run: Callable[[Call[Any]], Awaitable[Any]], queues: list[str], poll_s: float
    ) -> tuple[float, float] | None:
        """
        Get listed for up to `poll_s` seconds. Returns in how many the next job is due, and within
        how many to look even so; None: look once more, now that nobody can have missed it.
        """
        if self._xid is not None and await run(calls.settled(self._xid)):
            self._xid = None
            return None
        due_s, fresh = await run(calls.nap(self._worker, queues, poll_s))
        self.listed = True
        if due_s == 0:
            due_s = self._held_s = min(max(self._held_s * 2, 0.001), _HELD_MAX_S)
        if fresh or self._in_doubt:
            self._xid = await run(calls.new_xid())
            self._in_doubt, self._settling_s = False, 0.001
        if self._xid is None:
            return due_s, poll_s
        self._settling_s = min(self._settling_s * 2, poll_s)
        return due_s, self._settling_s

    def is_busy(self, found: int, asked: int) -> bool:
        """Whether, with a claim of so many jobs, all have been full for a second."""
        if found:
            self._held_s = 0.0
        if not asked or found < asked:
            self.full_since = None
            return False
        now = time.monotonic()
        if self.full_since is None:
            self.full_since = now
        return now - self.full_since > AWAKE_S

    async def rise(self, run: Callable[[Call[Any]], Awaitable[Any]]) -> None:
        """Leave the list: nobody need notify it."""
        self.listed, self._xid = False, None
        await run(calls.rise(self._worker))

    def doubt(self) -> None:
        """After an error, nobody knows which of the calls were done."""
        self.listed, self._xid, self._in_doubt = False, None, True
