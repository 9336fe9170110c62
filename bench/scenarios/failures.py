"""One job in ten fails at its first attempt: what the retries cost, and that none is forgotten."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from functools import partial
from typing import LiteralString

from bench.burst import burst
from bench.measure import Figure, Line, Sample, Scenario, Systems, ratio
from bench.server import Connection
from bench.work import Bench

_EVERY = 10
_JOBS: LiteralString = """\
insert into pgsched.job (task, queue, priority, due_at, args)
select 'flaky', 'bench', 0, pgsched.clock(), jsonb_build_object('fails', %s and g %% %s = 0)
  from generate_series(1, %s) as g
"""


def _enqueue(conn: Connection, *, failing: bool, jobs: int) -> None:
    conn.execute(_JOBS, (failing, _EVERY, jobs))


def _run(bench: Bench, *, failing: bool) -> Sample:
    """Every job succeeds in the end; those that fail have a run more, and no other has."""
    jobs = bench.jobs(100_000, 20_000)
    runs = jobs + jobs // _EVERY if failing else jobs
    return burst(bench, jobs, partial(_enqueue, failing=failing, jobs=jobs), runs=runs)


@contextlib.contextmanager
def _open(bench: Bench) -> Generator[Systems]:
    yield {
        "failing": partial(_run, bench, failing=True),
        "none": partial(_run, bench, failing=False),
    }


SCENARIOS = (
    Scenario(
        "failures",
        "100,000 jobs (quick: 20,000), of which one in ten fails first and is retried at once.",
        _open,
        (
            Line(
                "runs/s, a tenth of the jobs failing to none",
                ratio("runs_per_s", "failing", "none"),
            ),
            Line(
                "server CPU of a run, a tenth failing to none", ratio("cpu_us", "failing", "none")
            ),
        ),
        repeats=2,
        figures=(
            Figure("runs_per_s", "runs, where a tenth of the jobs fail first", "runs/s"),
            Figure("cpu_us", "server CPU of a run, where a tenth fail first", "us/run", "less"),
        ),
    ),
)
