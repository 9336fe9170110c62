"""
A worker without handlers: claims and finishes in one transaction a trip, on one connection.

It shows what the server does for a job, by the CPU time of the one process that serves it, which
other load on the machine hardly disturbs. It remembers cursors, and sweeps, as a worker does.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable
from types import TracebackType

from pgsched import calls, db
from pgsched.models import Held
from pgsched.queues import Queue

from .server import Connection, Database, backend_cpu_s
from .work import BenchError

BATCH = 500


def meter(conn: Connection) -> Callable[[], float]:
    """What its server process spends from now on: CPU seconds; elapsed ones if it is not local."""
    cpu, begun = backend_cpu_s(conn), time.perf_counter()

    def spent() -> float:
        since = backend_cpu_s(conn) - cpu
        return time.perf_counter() - begun if math.isnan(since) else since

    return spent


class Taker:
    """Use it as a context manager."""

    def __init__(self, database: Database) -> None:
        self._conn: Connection = database.connect()
        self._conn.prepare_threshold = 0
        self._worker = str(uuid.uuid4())
        self._queue = Queue("bench", 1)
        self._done: list[Held] = []
        call = calls.register(self._worker, "taker", "", 1, "child", BATCH, ["bench"], [], 3600.0)
        db.run(self._conn, call)

    def __enter__(self) -> Taker:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._conn.close()

    def take(self, jobs: int) -> float:
        """Claim and finish this many; server microseconds of CPU a job, of time if not local."""
        spent, left = meter(self._conn), jobs
        while left > 0:
            left -= self._trip(min(left, BATCH))
        self._finish()
        return spent() / jobs * 1e6

    def _trip(self, limit: int) -> int:
        """Finish what was claimed last, and claim; until the queue is known to be empty."""
        begun = time.monotonic()
        with self._conn.transaction():
            self._finish()
            cursors = self._queue.cursors_for_claim()
            held = db.run(self._conn, calls.claim(self._worker, "bench", limit, cursors))
        self._queue.claimed(held, limit, time.monotonic() - begun)
        if not held and not self._queue.hungry:
            raise BenchError("fewer jobs were there than should be taken")
        self._done = held
        return len(held)

    def _finish(self) -> None:
        if self._done:
            claims = sorted({each.claim for each in self._done})
            tasks = list({each.task for each in self._done})
            db.run(self._conn, calls.finish_claims(self._worker, claims, tasks))
            self._done = []
