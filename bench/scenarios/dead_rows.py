"""Dead rows that no vacuum may take away: a transaction left open, and no vacuum at all."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from functools import partial

from bench import work
from bench.measure import Line, Sample, Scenario, Systems, figure
from bench.taker import BATCH, Taker
from bench.work import Bench

_HOT = ("_ready", "_claim")


def _run(bench: Bench, *, held: bool) -> Sample:
    """Take all jobs; the cost of the last sixth against the first."""
    part = bench.jobs(600_000, 60_000) // 6
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(bench.server.database())
        conn = stack.enter_context(database.connect())
        for table in _HOT:
            enabled = "true" if held else "false"
            conn.execute(
                f"alter table pgsched.{table} set (autovacuum_enabled = {enabled})".encode()
            )
        work.enqueue_noops(conn, 6 * part + BATCH, a_statement=20_000)
        if held:
            old = stack.enter_context(database.connect())
            old.execute("begin isolation level repeatable read")
            old.execute("select count(*) from pgsched._task")
        taker = stack.enter_context(Taker(database))
        taker.take(BATCH)  # plans, caches
        costs = [taker.take(part) for _ in range(6)]
        return {"first_us": costs[0], "last_us": costs[-1], "growth": costs[-1] / costs[0]}


@contextlib.contextmanager
def _open(bench: Bench) -> Generator[Systems]:
    yield {"held": partial(_run, bench, held=True), "unvacuumed": partial(_run, bench, held=False)}


SCENARIOS = (
    Scenario(
        "dead-rows",
        "Server CPU of claim and finish: the last 100,000 of 600,000 jobs against the first 100,000"
        " (quick: a tenth of it).",
        _open,
        (
            Line(
                "a transaction left open: last jobs to first", figure("growth", "held"), 1.4, "less"
            ),
            Line(
                "without any vacuum: last jobs to first",
                figure("growth", "unvacuumed"),
                1.4,
                "less",
            ),
        ),
        repeats=2,
    ),
)
