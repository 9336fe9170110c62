"""What a scenario is given, and how the systems that it measures are run."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import LiteralString

from .measure import BenchError
from .peer import Peer
from .server import Connection, Database, Server

_FINISH_S, _STOP_S = 120, 5
NOOPS: LiteralString = """\
insert into pgsched.job (task, queue, priority, max_attempts, due_at, args)
select 'noop', 'bench', 0, 10, pgsched.clock(), jsonb_build_object('i', g)
  from generate_series(1, %s) as g
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """
    The server, and the sizes of this run: `quick`, and at most `jobs_max` jobs at once.

    `peers` are those to compare with, beside our own; empty: none.
    """

    server: Server
    quick: bool
    jobs_max: int
    peers: tuple[Peer, ...] = ()

    def jobs(self, full: int, quick: int) -> int:
        """How many jobs to use where a full run uses *full*."""
        return min(quick if self.quick else full, self.jobs_max)


def enqueue_noops(conn: Connection, jobs: int, *, a_statement: int = 5000) -> None:
    """Make so many no-op jobs, in statements of at most *a_statement* rows."""
    for start in range(0, jobs, a_statement):
        conn.execute(NOOPS, (min(a_statement, jobs - start),))


def worker(
    database: Database, processes: int, concurrency: int, *options: str, app: str = "bench.tasks"
) -> subprocess.Popen:
    """Start a worker for the tasks of the benchmark."""
    command = ["pgsched", "worker", "--app", app, "--queues", "bench"]
    command += ["--processes", str(processes), "--concurrency", str(concurrency)]
    return start(database, *command, "--log-level", "warning", *options)


def start(database: Database, module: str, *args: str) -> subprocess.Popen:
    """Start `python -m module args` with this database in its environment."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *args],
        env={**os.environ, "PGSCHED_DSN": database.dsn},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def finish(*processes: subprocess.Popen) -> None:
    """
    Wait until all have ended. Raises BenchError with what one that failed has said, or if one takes
    too long.
    """
    try:
        for process in processes:
            told = process.communicate(timeout=_FINISH_S)[0].decode(errors="replace")
            if process.returncode != 0:
                code = process.returncode
                raise BenchError(f"{process.args!r} ended with {code}: {told[-2000:]}")
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{error.cmd!r} has not ended within {_FINISH_S} s") from error
    finally:
        for process in processes:
            if process.poll() is None:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_STOP_S)
                process.kill()
                process.wait()


def span_s(conn: Connection, jobs: int, history: LiteralString) -> float:
    """
    Seconds from the first start to the last end; *history* is a query for (count, seconds).

    Raises BenchError if not every job is in it.
    """
    [(count, seconds)] = conn.execute(history).fetchall()
    if count != jobs:
        raise BenchError(f"{count} of {jobs} jobs are in the history")
    return float(seconds)
