"""Jobs that take their time and end piecemeal: batch claims against one claim a job."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from functools import partial
from typing import LiteralString

from bench import work
from bench.measure import Line, Sample, Scenario, Skipped, Systems, ratio
from bench.work import Bench

CONCURRENCY = 500
_NO_MORE = 1.05  # CPU time is counted in ticks of 10 ms: 5 % of a quick run
# Spread evenly over the range, and the same in every repeat.
_RESTS: LiteralString = """\
insert into pgsched.job (task, queue, priority, args)
select 'rest', 'bench', 0, jsonb_build_object('ms', %s + (g * 7919 %% 1000) / 1000.0 * (%s - %s))
  from generate_series(1, %s) as g
"""
_HISTORY: LiteralString = """\
select count(*), extract(epoch from max(finished_at) - min(started_at)) from pgsched.run"""


def _run(bench: Bench, app: str, low_ms: int, high_ms: int, jobs: int) -> Sample:
    with bench.server.database() as database, database.connect() as conn:
        conn.execute(_RESTS, (low_ms, high_ms, low_ms, jobs))
        bench.server.settle()
        cpu = bench.server.cpu_s()
        work.finish(work.worker(database, 1, CONCURRENCY, "--drain", app=app))
        cpu = bench.server.cpu_s() - cpu
        return {"cpu_us": cpu / jobs * 1e6, "jobs_per_s": jobs / work.span_s(conn, jobs, _HISTORY)}


@contextlib.contextmanager
def _open(bench: Bench, low_ms: int, high_ms: int, full: int, quick: int) -> Generator[Systems]:
    if bench.server.why_no_cpu:
        raise Skipped(bench.server.why_no_cpu)
    jobs = bench.jobs(full, quick)
    yield {
        "batch": partial(_run, bench, "bench.tasks", low_ms, high_ms, jobs),
        "single": partial(_run, bench, "bench.single", low_ms, high_ms, jobs),
    }


def _scenario(name: str, low_ms: int, high_ms: int, full: int, quick: int) -> Scenario:
    return Scenario(
        name,
        f"Server CPU of jobs of {low_ms} to {high_ms} ms, {CONCURRENCY} at once in one process.",
        partial(_open, low_ms=low_ms, high_ms=high_ms, full=full, quick=quick),
        (
            Line(
                f"jobs of {low_ms}-{high_ms} ms: server CPU, batch claims to single",
                ratio("cpu_us", "batch", "single"),
                _NO_MORE,
                "less",
            ),
        ),
        repeats=2,
    )


SCENARIOS = (
    _scenario("mixed-short", 1, 20, 30_000, 8_000),
    _scenario("mixed-long", 100, 1000, 10_000, 2_000),
)
