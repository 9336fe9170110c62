"""A burst: jobs that are committed at once, into workers of pgsched that sleep until then."""

from __future__ import annotations

import time
from collections.abc import Callable

from .measure import BenchError, Sample
from .peer import named
from .process import Process
from .running import running
from .server import Connection, Database
from .work import Bench

_ASLEEP = "select count(*) >= {} from pgsched._idle where expires_at > pgsched.clock()"
_DONE = "select not exists (select from pgsched._claim) and not exists (select from pgsched._ready)"
_HISTORY = "select count(*) filter (where outcome = 'succeeded'), count(*) from pgsched._run"
_START_S, _RUN_S, _END_S = 60, 120, 30
_LOOK_S = 0.02


def burst(
    bench: Bench,
    jobs: int,
    enqueue: Callable[[Connection], None],
    *,
    processes: int = 2,
    queues: str = "bench",
    runs: int | None = None,
) -> Sample:
    """
    Run the *jobs* jobs that *enqueue* makes, in *runs* runs (None: as many), by one worker.

    What it costs to start so many processes stays out of it: they are there, and asleep, when the
    jobs are committed. `runs_per_s` counts from the first handler's start to the last
    acknowledgement; `cpu_us` is the whole server's, a run. Raises BenchError if the history is not
    what it must be.
    """
    runs = runs or jobs
    with running(named("pgsched"), bench.server) as measured:
        measured.environment["BENCH_QUEUES"] = queues
        database = Database(measured.environment["PGSCHED_DSN"])
        with database.connect() as conn, measured.workers(processes) as workers:
            asleep(conn, workers, processes)
            with conn.transaction():
                enqueue(conn)
                bench.server.settle()
                cpu = bench.server.cpu_s()
            ticks = measured.wait(workers, runs, _RUN_S)
            ended = _wait(conn, _DONE, workers, _END_S)
            cpu = bench.server.cpu_s() - cpu
            [found] = conn.execute(_HISTORY).fetchall()
    if found != (jobs, runs):
        raise BenchError(f"{found} jobs succeeded and runs were made, not {(jobs, runs)}")
    return {
        "runs_per_s": runs / (ended - ticks.first),
        "cpu_us": cpu / runs * 1e6,
        "runs_per_job": found[1] / jobs,
    }


def asleep(conn: Connection, workers: list[Process], processes: int) -> None:
    """Until so many of them sleep. Raises BenchError if they do not."""
    _wait(conn, _ASLEEP.format(processes), workers, _START_S)


def _wait(conn: Connection, query: str, workers: list[Process], timeout_s: float) -> float:
    """Until the query is true: the Unix time of the look that found it so."""
    ends = time.monotonic() + timeout_s
    while True:
        at = time.time()
        if conn.execute(query.encode()).fetchall()[0][0]:
            return at
        for process in workers:
            process.check()
        if time.monotonic() > ends:
            raise BenchError(f"after {timeout_s} s it is still not so: {query}")
        time.sleep(_LOOK_S)
