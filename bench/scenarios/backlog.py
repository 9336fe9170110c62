"""Flatness: claim and finish cost the same, however much waits and however many partitions."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Callable, Generator
from functools import partial

from bench import work
from bench.measure import Line, Sample, Scenario, Systems, ratio
from bench.server import Connection
from bench.taker import Taker
from bench.work import Bench

_SLICE, _SLICES, _SLICES_QUICK = 5_000, 20, 6


def _takes(conn: Connection, taker: Taker, slices: int, a_slice: int) -> Sample:
    """
    Take slices, each topped up before, so that the backlog stays what it is.

    The median of short slices: a neighbour that takes the core's caches for a while is left out.
    """
    costs: list[float] = []
    for _ in range(slices):
        work.enqueue_noops(conn, a_slice)
        costs.append(taker.take(a_slice))
    return {"us": statistics.median(costs)}


def _prepared(
    bench: Bench, stack: contextlib.ExitStack, backlog: int, prepare: Callable[[Connection], None]
) -> Callable[[], Sample]:
    """A database with a backlog, and the measurement on it."""
    database = stack.enter_context(bench.server.database())
    conn = stack.enter_context(database.connect())
    prepare(conn)
    work.enqueue_noops(conn, backlog, a_statement=20_000)
    conn.execute("vacuum (analyze) pgsched._ready")
    taker = stack.enter_context(Taker(database))
    a_slice = bench.jobs(_SLICE, _SLICE)
    _takes(conn, taker, 1, a_slice)  # plans, caches
    slices = _SLICES_QUICK if bench.quick else _SLICES
    return partial(_takes, conn, taker, slices, a_slice)


@contextlib.contextmanager
def _open_backlogs(bench: Bench) -> Generator[Systems]:
    large = bench.jobs(1_000_000, 200_000)
    with contextlib.ExitStack() as stack:
        yield {
            "small": _prepared(bench, stack, min(10_000, large), lambda conn: None),
            "large": _prepared(bench, stack, large, lambda conn: None),
        }


def _keep_three(conn: Connection) -> None:
    """Leave yesterday, today and tomorrow."""
    for parent in ("_job", "_run", "_log"):
        found = conn.execute("select name from pgsched._partitions(%s) order by lo", (parent,))
        for (name,) in found.fetchall()[3:]:
            conn.execute(f'drop table pgsched."{name}"'.encode())


def _make_hundred(conn: Connection) -> None:
    """62 are there; make days further ahead."""
    conn.execute("select pgsched._make_partitions(pgsched.clock() + interval '38 days', 1000)")
    [(count,)] = conn.execute("select count(*) from pgsched._partitions('_job')").fetchall()
    assert count == 100, count


@contextlib.contextmanager
def _open_partitions(bench: Bench) -> Generator[Systems]:
    with contextlib.ExitStack() as stack:
        yield {
            "3": _prepared(bench, stack, 0, _keep_three),
            "100": _prepared(bench, stack, 0, _make_hundred),
        }


SCENARIOS = (
    Scenario(
        "backlog",
        "Server CPU of claim and finish at a backlog of 1,000,000 (quick: 200,000) and of 10,000.",
        _open_backlogs,
        (Line("claim+finish: large backlog to small", ratio("us", "large", "small"), 1.3, "less"),),
    ),
    Scenario(
        "partitions",
        "Server CPU of claim and finish with 100 partitions and with 3.",
        _open_partitions,
        (Line("claim+finish: 100 partitions to 3", ratio("us", "100", "3"), 1.3, "less"),),
    ),
)
