"""No-op jobs, drained by one process and by two: what the system itself costs."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from functools import partial

from bench import work
from bench.measure import Line, Sample, Scenario, Systems, ratio
from bench.peers import Peer
from bench.peers.floor import Floor
from bench.peers.pgsched import Pgsched
from bench.peers.sketch import Sketch
from bench.work import Bench


def drain(bench: Bench, peer: Peer, processes: int, jobs: int) -> Sample:
    """Enqueue, then start the processes: the rate of the drain, and its CPU on the server."""
    with bench.server.database() as database, database.connect() as conn:
        peer.install(conn)
        peer.enqueue(conn, jobs)
        bench.server.settle()
        cpu = bench.server.cpu_s()
        work.finish(*peer.start(database, processes))
        return {
            "jobs_per_s": jobs / work.span_s(conn, jobs, peer.history),
            "cpu_us": (bench.server.cpu_s() - cpu) / jobs * 1e6,
        }


@contextlib.contextmanager
def _open(bench: Bench, processes: int) -> Generator[Systems]:
    jobs = bench.jobs(500_000, 50_000)
    yield {
        peer.name: partial(drain, bench, peer, processes, jobs)
        for peer in (Floor(), Sketch(), Pgsched())
    }


def _lines(processes: str) -> tuple[Line, ...]:
    return (
        Line(f"drain, {processes}: of the sketch", ratio("jobs_per_s", "pgsched", "sketch"), 0.7),
        Line(f"drain, {processes}: of the raw floor", ratio("jobs_per_s", "pgsched", "floor")),
    )


SCENARIOS = (
    Scenario(
        "drain-1",
        "No-op jobs with full history, one process.",
        partial(_open, processes=1),
        _lines("1 process"),
    ),
    Scenario(
        "drain-2",
        "The same, two processes.",
        partial(_open, processes=2),
        _lines("2 processes"),
    ),
)
