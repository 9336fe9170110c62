"""Which queue is asked for how many jobs, for a worker: fair by weight, and none starves."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import orjson

from . import calls
from .calls import Call
from .models import Held

# How often a claim looks at the whole of its lanes, not from the cursor on: see design section 4.
_SWEEP_MIN_S, _SWEEP_TIMES = 1.0, 20
# A claim costs the server 0.15 ms however few jobs it brings, a job 5 us: a worker makes no more
# than this many, 3 % of a core, but may always ask a few queues a trip.
_CLAIMS_PER_S, _CLAIMS_A_TRIP = 200, 5


@dataclass(slots=True)
class Queue:
    """What a worker remembers of a queue. `hungry`: it may have jobs that are due."""

    name: str
    weight: int
    hungry: bool = True
    credit: float = 0.0
    cursors: dict[str, str] = field(default_factory=dict[str, str])
    sweep_at: float = 0.0
    sweeping: bool = False

    def cursors_for_claim(self) -> str | None:
        """Cursors as JSON; None when it is time to sweep the whole."""
        self.sweeping = time.monotonic() >= self.sweep_at
        return None if self.sweeping or not self.cursors else orjson.dumps(self.cursors).decode()

    def claimed(self, rows: list[Held], asked: int, took_s: float) -> None:
        """Take note of what a claim of `asked` jobs gave after `took_s` seconds."""
        self.credit -= len(rows)
        if self.sweeping:
            self.sweep_at = time.monotonic() + max(_SWEEP_MIN_S, _SWEEP_TIMES * took_s)
        for row in rows:
            if row.cursor is not None:
                self.cursors[row.cursor.partition("/")[0]] = row.cursor
        if len(rows) < asked:
            self.credit = 0.0
            if self.sweeping:
                self.hungry = False
            else:
                self.sweep_at = 0.0  # look at the whole before calling it empty


class Queues:
    """The queues of one worker."""

    def __init__(self, weights: dict[str, int]) -> None:
        self._all = [Queue(name, weight) for name, weight in weights.items()]
        self.names = list(weights)
        self._spare, self._spare_at = float(len(weights)), time.monotonic()

    @property
    def hungry(self) -> bool:
        """Whether any of them may have jobs that are due."""
        return any(queue.hungry for queue in self._all)

    def stir(self) -> None:
        """Any of them may have jobs now."""
        for queue in self._all:
            queue.hungry = True

    def starve(self) -> None:
        """None of them has jobs."""
        for queue in self._all:
            queue.hungry = False

    def sweep(self) -> None:
        """Look at the whole of each next: at the start and after an error."""
        for queue in self._all:
            queue.sweep_at = 0.0
            queue.hungry = True

    def shares(self, limit: int) -> list[tuple[Queue, int]]:
        """
        Divide `limit` claims among hungry queues by weight: each queue at most once.

        Credit is carried over, so a queue whose share is below one job has its turn in time; a
        queue that has no jobs loses its credit, so it cannot hoard. Where asking all of them would
        be too many claims, those with the most credit get more than that, and are in debt then.
        """
        hungry = [queue for queue in self._all if queue.hungry]
        if len(hungry) == 1:
            hungry[0].credit = float(limit)  # what it takes while alone is no debt
            return [(hungry[0], limit)]
        total = sum(queue.weight for queue in hungry)
        for queue in hungry:
            queue.credit = min(queue.credit + limit * queue.weight / total, 2.0 * limit)
        hungry.sort(key=lambda queue: -queue.credit)
        claims = self._most()
        least = -(-limit // claims) if len(hungry) > claims else 0
        shares: list[tuple[Queue, int]] = []
        for queue in hungry:
            share = min(max(int(queue.credit + 0.5), least), limit)
            if share > 0:
                shares.append((queue, share))
                limit -= share
        self._spare = max(self._spare - len(shares), 0.0)
        return shares

    def claims(self, worker: str, limit: int) -> list[tuple[Queue, int, Call[list[Held]]]]:
        """What to ask for `limit` jobs: a queue, its share, and the call; see `Queue.claimed`."""
        return [
            (queue, share, calls.claim(worker, queue.name, share, queue.cursors_for_claim()))
            for queue, share in self.shares(limit)
        ]

    def _most(self) -> int:
        """How many queues may be asked now, at least `_CLAIMS_A_TRIP`."""
        now = time.monotonic()
        gained, self._spare_at = (now - self._spare_at) * _CLAIMS_PER_S, now
        self._spare = min(self._spare + gained, float(len(self._all)))
        return max(int(self._spare), _CLAIMS_A_TRIP)
