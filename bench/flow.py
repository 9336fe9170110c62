"""
Flows: jobs that are enqueued and taken again, slice by slice, beside what each database holds.

All databases have their slice before any has the next: what disturbs the machine for a second
disturbs all of them, so that their ratios vary by some hundredths where the figures double.
"""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Callable, Generator, Mapping
from functools import partial

from .measure import Line, Round, Sample, Systems
from .server import Connection
from .taker import Taker, meter
from .work import Bench, enqueue_noops

Enqueue = Callable[[Connection, int], None]
"""Makes so many jobs, due at once, in the queue `bench`."""

_SLICE, _TURNS, _TURNS_QUICK = 5_000, 12, 3


class Flow:
    """One database, with what *prepare* puts into it, and the way that jobs are made in it."""

    def __init__(
        self, prepare: Callable[[Connection], None], enqueue: Enqueue = enqueue_noops
    ) -> None:
        self._prepare, self._enqueue = prepare, enqueue

    def open(self, bench: Bench, stack: contextlib.ExitStack) -> None:
        """Prepare a database, which *stack* closes."""
        database = stack.enter_context(bench.server.database())
        self._conn = stack.enter_context(database.connect())
        self._prepare(self._conn)
        self._conn.execute("vacuum (analyze) pgsched._ready")
        self._taker = stack.enter_context(Taker(database))

    def slice(self, jobs: int) -> tuple[float, float]:
        """Enqueue and take so many: server microseconds a job of taking, and of enqueueing."""
        spent = meter(self._conn)
        self._enqueue(self._conn, jobs)
        enqueued = spent() / jobs * 1e6
        return self._taker.take(jobs), enqueued


@contextlib.contextmanager
def flowing(bench: Bench, flows: Mapping[int, Flow]) -> Generator[Systems]:
    """One system, pgsched: all flows turn by turn, each with a number; see `_turns`."""
    with contextlib.ExitStack() as stack:
        for flow in flows.values():
            flow.open(bench, stack)
        a_slice = bench.jobs(_SLICE, _SLICE)
        _turns(flows, 1, a_slice)  # plans, caches
        turns = _TURNS_QUICK if bench.quick else _TURNS
        yield {"pgsched": partial(_turns, flows, turns, a_slice)}


def _turns(flows: Mapping[int, Flow], count: int, a_slice: int) -> Sample:
    """
    Points [the flow's number, median over the turns]: `us` and `enqueue_us`; `growth` and
    `enqueue_growth`, as multiples of the first flow in the same turn.
    """
    turns = [{n: flow.slice(a_slice) for n, flow in flows.items()} for _ in range(count)]
    base = next(iter(flows))
    sample: dict[str, list[list[float]]] = {}
    for part, name in enumerate(("", "enqueue_")):
        sample[f"{name}us"] = [[n, statistics.median(t[n][part] for t in turns)] for n in flows]
        sample[f"{name}growth"] = [
            [n, statistics.median(t[n][part] / t[base][part] for t in turns)] for n in flows
        ]
    return sample


def growth_lines(what: str, number: int, target: float) -> tuple[Line, Line]:
    """What this flow costs as a multiple of the first: of claim and finish, judged; of enqueue."""
    return (
        Line(f"claim+finish: {what}", partial(_growth, number, "growth"), target, "less"),
        Line(f"enqueue: {what}", partial(_growth, number, "enqueue_growth")),
    )


def _growth(number: int, figure: str, each: Round) -> float:
    found = dict(each["pgsched"][figure])
    if number not in found:
        raise KeyError(f"{number:,} in a run as short")
    return found[number]
