"""
What waking sleepers costs those who enqueue: NOTIFY takes a lock of the whole server at commit.

pgsched against itself with wake-ups switched off (`pgsched.notify = off`). The load is far below
what the workers can do, so they would fall asleep after every few jobs; notified so often, they
leave the list of sleepers and look by themselves until the rush is over, and then nobody takes that
lock: what is measured is whether this holds. With wake-ups off they look every 0.1 s.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, Protocol

import psycopg

from bench.burst import asleep
from bench.measure import Figure, Line, Sample, Scenario, Systems, figure, ratio
from bench.peer import named
from bench.process import Process
from bench.running import Running, running
from bench.scenarios.enqueue import CONNECTIONS, singly
from bench.together import Together
from bench.waits import percentiles
from bench.work import Bench

_MODES = {"pgsched": "on", "pgsched, no wake-ups": "off"}
_PROCESSES = 2
_TURNS, _TURN_S = 3, 2.0  # long against what a worker needs to notice how busy it is
_TURNS_QUICK, _TURN_QUICK_S = 2, 0.5
_PROBE = 50  # jobs of each client
_MANY, _PER_S = 40, 1000
_ENQUEUE = "select pgsched.enqueue('noop', '{}', queue => 'bench')"


class _Enqueuers(Protocol):
    """Who enqueue, while it is their turn; `jobs` in all turns."""

    jobs: int

    def turn(self, seconds: float) -> None: ...
    def sample(self) -> Sample: ...


class _Clients:
    """8 that enqueue one job after the other, as fast as they can."""

    def __init__(self, measured: Running, stack: contextlib.ExitStack) -> None:
        self._clients = [measured.client() for _ in range(CONNECTIONS)]
        self._each_per_s = _PROBE / singly(self._clients, _PROBE)
        self._probed = self.jobs = _PROBE * CONNECTIONS
        self._took = 0.0

    def turn(self, seconds: float) -> None:
        jobs = int(self._each_per_s * seconds) or 1
        self._took += singly(self._clients, jobs)
        self.jobs += jobs * CONNECTIONS

    def sample(self) -> Sample:
        return {"jobs_per_s": (self.jobs - self._probed) / self._took}


class _Steady:
    """40 connections that enqueue 1,000 jobs a second in all: ms of calls, from when due."""

    def __init__(self, measured: Running, stack: contextlib.ExitStack) -> None:
        self._run = stack.enter_context(asyncio.Runner()).run
        self._conns = [self._run(_connected(measured)) for _ in range(_MANY)]
        self._ms: list[float] = []
        for conn in self._conns:
            stack.callback(lambda conn=conn: self._run(conn.close()))

    @property
    def jobs(self) -> int:
        return len(self._ms)

    def turn(self, seconds: float) -> None:
        self._run(self._turn(range(int(_PER_S * seconds / _MANY))))

    def sample(self) -> Sample:
        return percentiles(self._ms)

    async def _turn(self, calls: range) -> None:
        begun = time.perf_counter() + 0.05
        each = [
            self._calls(conn, [begun + (call * _MANY + place) / _PER_S for call in calls])
            for place, conn in enumerate(self._conns)
        ]
        await asyncio.gather(*each)

    async def _calls(self, conn: psycopg.AsyncConnection[Any], dues: list[float]) -> None:
        """One that finds its connection still busy is late, and counts that."""
        for due in dues:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await conn.execute(_ENQUEUE)
            self._ms.append((time.perf_counter() - due) * 1e3)


async def _connected(measured: Running) -> psycopg.AsyncConnection[Any]:
    options = f"{measured.environment['PGOPTIONS']} -c statement_timeout=60s"
    dsn = measured.environment["PGSCHED_DSN"]
    return await psycopg.AsyncConnection.connect(
        dsn, autocommit=True, prepare_threshold=0, options=options
    )


@contextlib.contextmanager
def _sleepers(bench: Bench, notify: str) -> Generator[tuple[Running, list[Process]]]:
    """Two processes, asleep."""
    with running(named("pgsched"), bench.server) as measured:
        options = f"-c pgsched.notify={notify}"
        measured.environment |= {"PGSCHED_POLL_S": "0.1", "PGOPTIONS": options}
        with measured.workers(_PROCESSES) as workers, measured.connect() as conn:
            asleep(conn, workers, _PROCESSES)
            yield measured, workers


def _measure(
    bench: Bench, enqueuers: Callable[[Running, contextlib.ExitStack], _Enqueuers]
) -> dict[str, Sample]:
    """Both in turn; every job must have run in the end."""
    turns, seconds = (_TURNS_QUICK, _TURN_QUICK_S) if bench.quick else (_TURNS, _TURN_S)
    with contextlib.ExitStack() as stack:
        made: dict[str, tuple[Running, list[Process], _Enqueuers]] = {}
        for name, notify in _MODES.items():
            measured, workers = stack.enter_context(_sleepers(bench, notify))
            made[name] = (measured, workers, enqueuers(measured, stack))
        for turn in range(turns):
            for _, _, each in list(made.values())[:: 1 if turn % 2 else -1]:
                each.turn(seconds)
        for measured, workers, each in made.values():
            measured.wait(workers, each.jobs, timeout_s=30)
        return {name: each.sample() for name, (_, _, each) in made.items()}


@contextlib.contextmanager
def _open(
    bench: Bench, enqueuers: Callable[[Running, contextlib.ExitStack], _Enqueuers]
) -> Generator[Systems]:
    yield Together(_MODES, partial(_measure, bench, enqueuers)).systems()


SCENARIOS = (
    Scenario(
        "notify",
        f"{CONNECTIONS} clients that enqueue singly as fast as they can into workers that fall"
        " asleep all the time: with wake-ups, and in turn without.",
        partial(_open, enqueuers=_Clients),
        (
            Line(
                f"{CONNECTIONS} connections with wake-ups: of the rate without",
                ratio("jobs_per_s", "pgsched", "pgsched, no wake-ups"),
                0.9,
            ),
        ),
        repeats=2,
        figures=(Figure("jobs_per_s", "enqueued singly into sleeping workers", "jobs/s"),),
    ),
    Scenario(
        "notify-steady",
        f"{_PER_S:,} jobs a second from {_MANY} connections into workers that fall asleep all the"
        " time, with wake-ups and in turn without: how long a call takes, from when it was due.",
        partial(_open, enqueuers=_Steady),
        (
            Line(
                f"{_PER_S:,} enqueues/s with wake-ups: p50", figure("p50_ms", "pgsched"), unit="ms"
            ),
            Line(
                f"{_PER_S:,} enqueues/s with wake-ups: p99", figure("p99_ms", "pgsched"), unit="ms"
            ),
            Line(
                f"{_PER_S:,} enqueues/s: p50 with wake-ups to without",
                ratio("p50_ms", "pgsched", "pgsched, no wake-ups"),
            ),
        ),
        repeats=2,
        figures=(
            Figure("p50_ms", f"{_PER_S:,} enqueues/s: a call, p50", "ms", "less"),
            Figure("p99_ms", f"{_PER_S:,} enqueues/s: a call, p99", "ms", "less"),
        ),
    ),
)
