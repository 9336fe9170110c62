"""A hundred queues that all have jobs, and one worker that serves them all."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from functools import partial
from typing import LiteralString

from bench.burst import burst
from bench.measure import Line, Sample, Scenario, Systems, ratio
from bench.server import Connection
from bench.work import Bench

_NAMES = [f"bench-{n:02}" for n in range(100)]
# job by job from queue to queue, as where every customer has one
_JOBS: LiteralString = """\
insert into pgsched.job (task, queue, priority, max_attempts, due_at, args)
select 'noop', q.names[g %% cardinality(q.names) + 1], 0, 10, pgsched.clock(),
       jsonb_build_object('i', g)
  from generate_series(1, %s) as g cross join (select %s::text[] as names) as q
"""


def _enqueue(conn: Connection, *, jobs: int, names: list[str]) -> None:
    conn.execute(_JOBS, (jobs, names))


def _run(bench: Bench, names: list[str]) -> Sample:
    jobs = bench.jobs(100_000, 20_000)
    return burst(bench, jobs, partial(_enqueue, jobs=jobs, names=names), queues=",".join(names))


@contextlib.contextmanager
def _open(bench: Bench) -> Generator[Systems]:
    yield {"1": partial(_run, bench, _NAMES[:1]), "100": partial(_run, bench, _NAMES)}


SCENARIOS = (
    Scenario(
        "queues",
        "100,000 no-op jobs (quick: 20,000) over 100 queues, and in one; a worker of 2 processes.",
        _open,
        (
            Line("drain: 100 queues to one", ratio("runs_per_s", "100", "1")),
            Line("server CPU of a job: 100 queues to one", ratio("cpu_us", "100", "1"), 2, "less"),
        ),
        repeats=2,
    ),
)
