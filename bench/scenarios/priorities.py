"""A hundred priorities against one, mixed from job to job: jobs that flow, and a backlog."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from functools import partial
from typing import LiteralString

from bench.burst import burst
from bench.flow import Flow, flowing, growth_lines
from bench.measure import Line, Sample, Scenario, Systems, ratio
from bench.server import Connection
from bench.work import Bench

_PRIORITIES, _MOST = 100, 1.3
_JOBS: LiteralString = """\
insert into pgsched.job (task, queue, priority, max_attempts, due_at, args)
select 'noop', 'bench', g %% %s, 10, pgsched.clock(), jsonb_build_object('i', g)
  from generate_series(1, %s) as g
"""


def _enqueue(conn: Connection, jobs: int, *, priorities: int) -> None:
    conn.execute(_JOBS, (priorities, jobs))


def _nothing(conn: Connection) -> None:
    pass


def _drain(bench: Bench, priorities: int) -> Sample:
    jobs = bench.jobs(100_000, 20_000)
    return burst(bench, jobs, lambda conn: _enqueue(conn, jobs, priorities=priorities))


@contextlib.contextmanager
def _open(bench: Bench) -> Generator[Systems]:
    flows = {n: Flow(_nothing, partial(_enqueue, priorities=n)) for n in (1, _PRIORITIES)}
    with flowing(bench, flows) as flow:
        yield {**flow, "1": partial(_drain, bench, 1), "100": partial(_drain, bench, _PRIORITIES)}


SCENARIOS = (
    Scenario(
        "priorities",
        "Server CPU a job with 100 priorities and with one: of a flow, and of a real worker with 2"
        " processes that drains 100,000 (quick: 20,000).",
        _open,
        (
            *growth_lines("100 priorities to one", _PRIORITIES, _MOST),
            # A backlog of mixed priorities is read out of its order on disk: even a bare DELETE
            # .. RETURNING by priority costs 1.7 times as much then.
            Line("drain: 100 priorities to one", ratio("runs_per_s", "100", "1")),
            Line(
                "server CPU of a drain: 100 priorities to one",
                ratio("cpu_us", "100", "1"),
                _MOST,
                "less",
            ),
        ),
        repeats=2,
    ),
)
