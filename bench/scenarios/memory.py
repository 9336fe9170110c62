"""Whether a worker's memory is small, and stays what it is while a million jobs pass through it."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Generator
from functools import partial
from pathlib import Path

from bench import work
from bench.measure import BenchError, Line, Sample, Scenario, Skipped, Systems, figure
from bench.peer import named
from bench.process import Process
from bench.running import Running, running
from bench.server import Connection
from bench.work import Bench

_CHILD = "select pid from pgsched.stat_worker where role = 'child'"
_CONCURRENCY = 500
_RUN_S = 120
_LOOK_S = 0.02
_KIB, _MB = 1024, 1e6


def _run(bench: Bench) -> Sample:
    """
    Resident memory of the child, early (from 20 to 30 % of its time at work) and late (the last
    tenth), as medians of many looks.
    """
    jobs = bench.jobs(1_000_000, 100_000)
    with running(named("pgsched"), bench.server) as measured, measured.connect() as conn:
        measured.environment["BENCH_CONCURRENCY"] = str(_CONCURRENCY)
        work.enqueue_noops(conn, jobs, a_statement=20_000)
        with measured.workers(1) as workers:
            seen = _watch(measured, workers, conn, jobs)
    early = statistics.median(seen[len(seen) * 2 // 10 : len(seen) * 3 // 10 + 1])
    late = statistics.median(seen[len(seen) * 9 // 10 :])
    return {"early_mb": early, "late_mb": late, "most_mb": max(seen), "growth": late / early}


def _watch(measured: Running, workers: list[Process], conn: Connection, jobs: int) -> list[float]:
    """MB at each look, from the child's first job to its last."""
    measured.wait(workers, 1, timeout_s=60)
    [(pid,)] = conn.execute(_CHILD).fetchall()
    status, seen = Path(f"/proc/{pid}/status"), list[float]()
    ends = time.monotonic() + _RUN_S
    while (ran := measured.ticks().count) < jobs:
        seen.append(_rss_mb(status))
        if time.monotonic() > ends:
            raise BenchError(f"{ran} of {jobs} jobs ran in {_RUN_S} s")
        time.sleep(_LOOK_S)
    return seen


def _rss_mb(status: Path) -> float:
    for line in status.read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * _KIB / _MB
    raise BenchError(f"{status} does not tell its memory: the process has ended")


@contextlib.contextmanager
def _open(bench: Bench) -> Generator[Systems]:
    if not Path("/proc/self/status").exists():
        raise Skipped("there is no /proc to read a process's memory from")
    yield {"pgsched": partial(_run, bench)}


SCENARIOS = (
    Scenario(
        "memory",
        f"Resident memory of a worker's child over 1,000,000 no-op jobs (quick: 100,000),"
        f" {_CONCURRENCY} at once.",
        _open,
        (
            Line("a child's memory: late to early", figure("growth", "pgsched"), 1.1, "less"),
            Line("a child's memory: the most", figure("most_mb", "pgsched"), 60, "less", "MB"),
        ),
        repeats=2,
    ),
)
