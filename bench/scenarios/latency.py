"""One enqueue at a time into an idle worker: how long until its handler starts."""

from __future__ import annotations

import contextlib
import random
import statistics
import time
from collections.abc import Generator
from functools import partial

from bench import work
from bench.measure import Line, Sample, Scenario, Systems, figure
from bench.server import Connection
from bench.work import Bench

_QUIET_S = 0.05  # between two enqueues: many times what a worker needs to fall asleep again
_INSERT = "insert into pgsched.job (task, queue) values ('stamp', 'bench') returning id"


def _run(conn: Connection, jobs: int) -> Sample:
    """
    From the commit to the first line of the handler, by one clock: both run on this machine.

    `ms` counts from when the client has its commit confirmed, `sent_ms` from when it asks for it;
    the claim that follows commits too, so that about one `commit_ms` is in either.
    """
    sent: dict[int, float] = {}
    confirmed: dict[int, float] = {}
    for _ in range(jobs):
        time.sleep(_QUIET_S * (1 + random.random()))
        conn.execute("begin")
        [(job,)] = conn.execute(_INSERT).fetchall()
        sent[job] = time.time()
        conn.execute("commit")
        confirmed[job] = time.time()
    started = _started(conn, list(sent))
    after = sorted((started[job] - confirmed[job]) * 1e3 for job in sent)
    whole = sorted((started[job] - sent[job]) * 1e3 for job in sent)
    return {
        "p50_commit_ms": statistics.median(confirmed[job] - sent[job] for job in sent) * 1e3,
        "p50_ms": statistics.median(after),
        "p99_ms": _percentile(after, 0.99),
        "p50_sent_ms": statistics.median(whole),
        "p99_sent_ms": _percentile(whole, 0.99),
    }


def _started(conn: Connection, ids: list[int]) -> dict[int, float]:
    """What the handlers recorded, once all have ended."""
    query = "select job_id, result::float8 from pgsched.run where job_id = any(%s)"
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        found = dict(conn.execute(query, (ids,)).fetchall())
        if len(found) == len(ids):
            return found
        time.sleep(0.05)
    raise work.BenchError("not every job has run within 30 s")


def _percentile(ordered: list[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@contextlib.contextmanager
def _open(bench: Bench) -> Generator[Systems]:
    with bench.server.database() as database, database.connect() as conn:
        conn.prepare_threshold = 0
        process = work.worker(database, 1, 100)
        try:
            _run(conn, 1)  # it has started
            time.sleep(2)  # and its sleep is settled
            yield {"pgsched": partial(_run, conn, bench.jobs(200, 50))}
        finally:
            process.terminate()
            work.finish(process)


SCENARIO = Scenario(
    "latency",
    "One INSERT into an idle worker, 200 times (quick: 50): from commit to handler start.",
    _open,
    (
        Line("idle worker: p50", figure("p50_ms", "pgsched"), 2, "less", "ms"),
        Line("idle worker: p99", figure("p99_ms", "pgsched"), 10, "less", "ms"),
        Line("idle worker: p50 of a commit alone", figure("p50_commit_ms", "pgsched"), unit="ms"),
    ),
)
