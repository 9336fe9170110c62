"""Statistics that were never taken, or tell of other times: claim and finish cost the same."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Generator
from functools import partial
from typing import Literal

from bench.measure import Line, Sample, Scenario, Systems, figure
from bench.server import Connection
from bench.taker import BATCH, Taker
from bench.work import Bench, enqueue_noops

_SLICE = 5_000
_TABLES = """\
select c.oid::regclass::text from pg_class as c
 where c.relnamespace = 'pgsched'::regnamespace and c.relkind = 'r'
"""
_LINES = {
    "never": "statistics never taken",
    "empty": "statistics of empty tables",
    "full": "statistics of full tables",
}


class _Worker:
    """
    A worker from the first job of a database on, whose statistics are taken only `when`.

    It claims before there is much, as workers do: then it is that its plans are made.
    """

    def __init__(
        self,
        bench: Bench,
        stack: contextlib.ExitStack,
        when: Literal["now", "never", "empty", "full"],
        jobs: int,
        left: int,
    ) -> None:
        database = stack.enter_context(bench.server.database())
        self._conn: Connection = stack.enter_context(database.connect())
        self._when = when
        for (table,) in self._conn.execute(_TABLES).fetchall():
            self._conn.execute(f"alter table {table} set (autovacuum_enabled = false)".encode())
        if when == "empty":
            self._conn.execute("analyze")
        self._taker = stack.enter_context(Taker(database))
        enqueue_noops(self._conn, BATCH)
        self._taker.take(BATCH)
        enqueue_noops(self._conn, jobs, a_statement=20_000)
        if when == "full":
            self._conn.execute("analyze")
        self.take = self._taker.take
        self.take(jobs - left)

    def refresh(self) -> None:
        """Take the statistics anew where they are always of now."""
        if self._when == "now":
            self._conn.execute("analyze")

    def refill(self, jobs: int) -> None:
        """Put back what was taken."""
        enqueue_noops(self._conn, jobs)


def _turns(workers: dict[str, _Worker], slices: int, a_slice: int) -> Sample:
    """All take a slice before any takes the next, down to the last job: medians of the turns."""
    for worker in workers.values():
        worker.refresh()
    turns = [
        {name: worker.take(a_slice) for name, worker in workers.items()} for _ in range(slices)
    ]
    for worker in workers.values():
        worker.refill(slices * a_slice)
    us = {f"{name}_us": statistics.median(turn[name] for turn in turns) for name in workers}
    growth = {
        name: statistics.median(turn[name] / turn["now"] for turn in turns) for name in workers
    }
    return us | growth


@contextlib.contextmanager
def _open(bench: Bench) -> Generator[Systems]:
    jobs = bench.jobs(500_000, 50_000)
    slices = 10 if jobs >= 20 * _SLICE else 4
    a_slice = min(_SLICE, jobs // (2 * slices))
    with contextlib.ExitStack() as stack:
        workers = {
            when: _Worker(bench, stack, when, jobs, slices * a_slice)
            for when in ("now", "never", "empty", "full")
        }
        yield {"pgsched": partial(_turns, workers, slices, a_slice)}


SCENARIOS = (
    Scenario(
        "unanalysed",
        "Server CPU of the last 50,000 of 500,000 jobs (quick: 50,000) without fresh statistics.",
        _open,
        tuple(
            Line(f"claim+finish: {what} to fresh ones", figure(name, "pgsched"), 1.3, "less")
            for name, what in _LINES.items()
        ),
        repeats=2,
    ),
)
