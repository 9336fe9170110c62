"""Whether a worker's memory stays what it is while a million jobs pass through it."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Generator
from functools import partial
from pathlib import Path

from bench import work
from bench.measure import Line, Sample, Scenario, Skipped, Systems, figure
from bench.peers.pgsched import CONCURRENCY
from bench.server import Connection
from bench.work import Bench

_CHILD = "select pid from pgsched.stat_worker where role = 'child'"
_LOOK_S = 0.02
_KIB_A_MIB = 1024


def _run(bench: Bench) -> Sample:
    """
    Resident memory of the child, early (from 20 to 30 % of its time at work) and late (the last
    tenth), as medians of many looks.
    """
    with bench.server.database() as database, database.connect() as conn:
        jobs = bench.jobs(1_000_000, 100_000)
        work.enqueue_noops(conn, jobs, a_statement=20_000)
        process = work.worker(database, 1, CONCURRENCY, "--drain")
        seen = _watch(conn)
        work.finish(process)
        [(count,)] = conn.execute("select count(*) from pgsched.run").fetchall()
    if count != jobs:
        raise work.BenchError(f"{count} of {jobs} jobs are in the history")
    early = statistics.median(seen[len(seen) * 2 // 10 : len(seen) * 3 // 10 + 1])
    late = statistics.median(seen[len(seen) * 9 // 10 :])
    return {"early_mib": early, "late_mib": late, "most_mib": max(seen), "growth": late / early}


def _watch(conn: Connection) -> list[float]:
    """MiB at each look, from the child's registration to its end."""
    while not (found := conn.execute(_CHILD).fetchall()):
        time.sleep(_LOOK_S)
    status, seen = Path(f"/proc/{found[0][0]}/status"), list[float]()
    while (rss := _rss_mib(status)) is not None:
        seen.append(rss)
        time.sleep(_LOOK_S)
    return seen


def _rss_mib(status: Path) -> float | None:
    """None once the process has ended."""
    with contextlib.suppress(OSError):
        for line in status.read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / _KIB_A_MIB
    return None


@contextlib.contextmanager
def _open(bench: Bench) -> Generator[Systems]:
    if not Path("/proc/self/status").exists():
        raise Skipped("there is no /proc to read a process's memory from")
    yield {"pgsched": partial(_run, bench)}


SCENARIO = Scenario(
    "memory",
    "Resident memory of a worker's child over 1,000,000 no-op jobs (quick: 100,000).",
    _open,
    (
        Line("a child's memory: late to early", figure("growth", "pgsched"), 1.1, "less"),
        Line("a child's memory: the most", figure("most_mib", "pgsched"), unit="MiB"),
    ),
    repeats=1,
)
