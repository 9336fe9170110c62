"""No-op jobs through workers that have no database: all by one API process, in batches."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from functools import partial
from typing import LiteralString

import httpx

from bench import work
from bench.measure import BenchError, Figure, Line, Sample, Scenario, Systems, ratio
from bench.server import Database
from bench.work import Bench

_CONCURRENCY = 1000  # claims of 500
_START_S = 20
_JOBS: LiteralString = """\
insert into pgsched.job (task, queue, priority, max_attempts, due_at, args)
select 'nothing', 'bench', 0, 10, pgsched.clock(), '{}' from generate_series(1, %s)
"""
_HISTORY: LiteralString = """\
select count(*), extract(epoch from max(finished_at) - min(started_at)) from pgsched._run
 where outcome = 'succeeded'
"""


@contextlib.contextmanager
def _api(database: Database) -> Generator[str]:
    """The address of an API process that answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "pgsched", "api", "--no-auth"),
            *("--port", str(port), "--log-level", "warning"),
        ],
        env={**os.environ, "PGSCHED_DSN": database.dsn},
        stdin=subprocess.DEVNULL,
    )
    url, ends = f"http://127.0.0.1:{port}", time.monotonic() + _START_S
    try:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{url}/health/ready").is_success:
                    break
            if process.poll() is not None or time.monotonic() > ends:
                raise BenchError("the API does not answer")
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait()


def _run(bench: Bench, jobs: int, remote: bool) -> Sample:
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(bench.server.database())
        options = ["--api", stack.enter_context(_api(database))] if remote else []
        with database.connect() as conn:
            conn.execute(_JOBS, (jobs,))
            bench.server.settle()
            work.finish(work.worker(database, 1, _CONCURRENCY, "--drain", *options))
            return {"jobs_per_s": jobs / work.span_s(conn, jobs, _HISTORY)}


@contextlib.contextmanager
def _open(bench: Bench) -> Generator[Systems]:
    jobs = bench.jobs(60_000, 10_000)
    yield {
        "http": partial(_run, bench, jobs, True),
        "database": partial(_run, bench, jobs, False),
    }


SCENARIOS = (
    Scenario(
        "remote",
        "60,000 no-op jobs (quick: 10,000), one worker process over HTTP, one API process.",
        _open,
        (
            Line(
                "no-op jobs over HTTP, one API process",
                lambda each: each["http"]["jobs_per_s"],
                5000,
                unit="jobs/s",
            ),
            Line("drain: over HTTP to on the database", ratio("jobs_per_s", "http", "database")),
        ),
        figures=(Figure("jobs_per_s", "drained by one worker process", "jobs/s"),),
    ),
)
