"""More processes than cores: they must not stand in each other's way."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from functools import partial

from bench.burst import burst
from bench.measure import Line, Sample, Scenario, Systems, ratio
from bench.work import Bench, enqueue_noops


def _run(bench: Bench, processes: int) -> Sample:
    jobs = bench.jobs(300_000, 20_000)
    return burst(bench, jobs, partial(enqueue_noops, jobs=jobs), processes=processes)


@contextlib.contextmanager
def _open(bench: Bench) -> Generator[Systems]:
    yield {name: partial(_run, bench, int(name)) for name in ("2", "8")}


SCENARIOS = (
    Scenario(
        "workers",
        "300,000 no-op jobs (quick: 20,000) that 2 sleeping processes wake up to, and 8.",
        _open,
        (
            Line("drain: 8 processes to 2", ratio("runs_per_s", "8", "2"), 0.8),
            Line("server CPU of a run: 8 processes to 2", ratio("cpu_us", "8", "2")),
        ),
        repeats=2,
    ),
)
