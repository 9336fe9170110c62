"""Latency under a steady load: of half of what one client can feed each system."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from functools import partial

from bench.measure import BenchError, Figure, Line, Sample, Scenario, Systems, figure
from bench.peer import Peer, named
from bench.process import Client, Process
from bench.running import Running, running
from bench.waits import waits
from bench.work import Bench

_PROCESSES = 2
_BATCH = 50  # jobs a call of the client: the last of each is stamped
_FEED = 40 * _BATCH  # jobs an order
_SECONDS, _SECONDS_QUICK = 5, 1.5
_FAST = 10_000  # jobs/s of a drain: below, half a load is too little to tell


def load(bench: Bench, peer: Peer) -> Sample:
    """
    Feed the workers as fast as one client can, 50 jobs a call, then at half the rate that came out.

    `p50_ms`, ... count from when a job's call was due: one that came late counts its lateness too.
    `jobs_per_s` is the rate that was reached.
    """
    seconds = _SECONDS_QUICK if bench.quick else _SECONDS
    with running(peer, bench.server) as measured:
        client = measured.client()
        with measured.workers(_PROCESSES) as workers:
            client.order("many", first=1, jobs=_FEED, batch=_BATCH)
            measured.wait(workers, _FEED, timeout_s=60)  # they have started
            fed, capacity = _saturated(measured, client, workers, _FEED, seconds)
            first, half = fed + 1, capacity / 2
            told = client.order("pace", first=first, per_s=half, seconds=seconds, batch=_BATCH)
            jobs = len(told["times"]) * _BATCH
            measured.wait(workers, fed + jobs, timeout_s=60)
            due = dict[int, float](told["times"])
            if not due:
                raise BenchError(f"{peer.name}: half of {capacity:.0f} jobs/s is less than a call")
            reached = jobs / told["seconds"]
            return {"fed_per_s": capacity, "jobs_per_s": reached, **waits(measured, due)}


def _saturated(
    measured: Running, client: Client, workers: list[Process], fed: int, seconds: float
) -> tuple[int, float]:
    """Jobs fed by then, and jobs/s from the first call to the last handler."""
    begun, before = time.time(), fed
    while time.time() - begun < seconds:
        client.order("many", first=fed + 1, jobs=_FEED, batch=_BATCH)
        fed += _FEED
    ticks = measured.wait(workers, fed, timeout_s=60)
    return fed, (fed - before) / (ticks.last - begun)


@contextlib.contextmanager
def _open(bench: Bench) -> Generator[Systems]:
    fast = (peer for peer in bench.peers if peer.drain >= _FAST)
    yield {peer.name: partial(load, bench, peer) for peer in (named("pgsched"), *fast)}


SCENARIOS = (
    Scenario(
        "load",
        f"A steady load of half of what one client can feed {_PROCESSES} processes, {_BATCH} jobs a"
        " call: from when a call was due to the start of its last job.",
        _open,
        (
            Line("half load: p99 to the start", figure("p99_ms", "pgsched"), 20, "less", "ms"),
            Line("half load: the rate reached", figure("jobs_per_s", "pgsched"), unit="jobs/s"),
        ),
        repeats=2,
        figures=(
            Figure("p50_ms", "half load: to the start, p50", "ms", "less"),
            Figure("p95_ms", "half load: to the start, p95", "ms", "less"),
            Figure("p99_ms", "half load: to the start, p99", "ms", "less"),
            Figure("max_ms", "half load: to the start, max", "ms", "less"),
            Figure("jobs_per_s", "half load: the rate reached", "jobs/s"),
            Figure("fed_per_s", f"fed by one client, {_BATCH} a call, and run", "jobs/s"),
        ),
    ),
)
