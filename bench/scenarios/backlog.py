"""Flatness: claim and finish cost the same, however much waits and however many partitions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

from bench.flow import Flow, flowing, growth_lines
from bench.measure import Figure, Scenario, Systems
from bench.server import Connection
from bench.work import Bench, enqueue_noops

_FLAT = 1.2
_BACKLOGS = (10_000, 100_000, 1_000_000, 5_000_000)
_QUICK_MAX = 100_000
_PARTITIONS = (3, 30, 300)


def _open_backlogs(bench: Bench) -> AbstractContextManager[Systems]:
    most = bench.jobs(_BACKLOGS[-1], _QUICK_MAX)
    sizes = [jobs for jobs in _BACKLOGS if jobs <= most] or [most]
    return flowing(
        bench, {jobs: Flow(partial(enqueue_noops, jobs=jobs, a_statement=20_000)) for jobs in sizes}
    )


def _keep(conn: Connection, *, count: int) -> None:
    """Make days ahead until there are enough; then leave yesterday and *count* - 1 days more."""
    ahead = "select pgsched._make_partitions(pgsched.clock() + make_interval(days => %s), 1000)"
    for days in range(0, count, 60):  # it makes 60
        conn.execute(ahead, (days,))
    for parent in ("_job", "_run", "_log"):
        found = conn.execute("select name from pgsched._partitions(%s) order by lo", (parent,))
        names = [name for (name,) in found.fetchall()]
        assert len(names) >= count, (parent, names)
        for name in names[count:]:
            conn.execute(f'drop table pgsched."{name}"'.encode())


def _open_partitions(bench: Bench) -> AbstractContextManager[Systems]:
    return flowing(bench, {count: Flow(partial(_keep, count=count)) for count in _PARTITIONS})


def _scenario(
    name: str,
    about: str,
    numbers: tuple[int, ...],
    over: str,
    opened: Callable[[Bench], AbstractContextManager[Systems]],
) -> Scenario:
    base, *larger = numbers
    return Scenario(
        name,
        about,
        opened,
        tuple(
            line
            for number in larger
            for line in growth_lines(f"{number:,} {over} to {base:,}", number, _FLAT)
        ),
        figures=(
            Figure("growth", f"cost of claim and finish, to that with {base:,}", "", "less", over),
            Figure(
                "enqueue_growth", f"cost of enqueueing, to that with {base:,}", "", "less", over
            ),
        ),
    )


SCENARIOS = (
    _scenario(
        "backlog",
        "Server CPU a job with 10,000 to 5,000,000 others waiting (quick: to 100,000).",
        _BACKLOGS,
        "waiting jobs",
        _open_backlogs,
    ),
    _scenario(
        "partitions",
        "Server CPU a job with 3, 30 and 300 partitions of each partitioned table.",
        _PARTITIONS,
        "partitions",
        _open_partitions,
    ),
)
