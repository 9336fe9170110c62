"""A transaction left open for the whole run: no dead row may be vacuumed away."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from bench.measure import (
    Figure,
    Line,
    Sample,
    Scenario,
    Systems,
    TooSlow,
    figure,
    quotient,
    ratio,
)
from bench.peer import Peer, named
from bench.process import Client, Process
from bench.running import Running, running
from bench.server import Connection
from bench.together import Together
from bench.work import Bench

Hold = Literal["nothing", "a snapshot", "a transaction id"]

_PROCESSES = 2
_JOBS, _JOBS_QUICK = 1_000_000, 60_000
_SLICES, _SLICES_QUICK = 40, 10
_ALONE_S, _ALONE_QUICK_S = 20, 1.5  # how long each goes on that is measured alone
_SLICE_S = 30  # what takes a quarter of a second at full speed
_FAST = 3000  # jobs/s of a drain: below, too few dead rows come together to tell
# A snapshot holds back the vacuum of its own database only, so that these two can run in turn. A
# transaction id is in the snapshots of all databases, and holds back the vacuum of each.
_IN_TURN: dict[str, Hold] = {"pgsched": "a snapshot", "pgsched, nothing held": "nothing"}


@dataclass(slots=True)
class _Flow:
    """A system at work; `rate` is its course: [jobs so far, jobs/s of the slice]."""

    measured: Running
    client: Client
    workers: list[Process]
    a_slice: int
    done: int = 0
    rate: list[list[float]] = field(default_factory=list[list[float]])

    def step(self) -> None:
        """
        Enqueue a slice in bulk and wait until it has run: from the first call to that. Raises
        TooSlow if it does not end, with the rate it had until then in the course.
        """
        begun, jobs, before = time.time(), self.a_slice, self.done
        batch = self.measured.peer.batch
        self.client.order("many", first=before + 1, jobs=jobs, batch=batch)
        self.done += jobs
        try:
            ticks = self.measured.wait(self.workers, self.done, timeout_s=_SLICE_S)
        except TooSlow:
            ran = self.measured.ticks().count
            self.rate.append([ran, (ran - before) / (time.time() - begun)])
            raise
        self.rate.append([self.done, jobs / (ticks.last - begun)])

    def sample(self) -> Sample:
        """`left`: the rate of the last fifth of the slices, of that of the first fifth."""
        rates = [rate for _, rate in self.rate]
        few = max(len(rates) // 5, 1)
        first, last = statistics.median(rates[:few]), statistics.median(rates[-few:])
        facts = {"first_per_s": first, "last_per_s": last, "left": quotient(last, first)}
        return {"rate": self.rate, "jobs": self.done, **facts}


@contextlib.contextmanager
def _flow(bench: Bench, peer: Peer, hold: Hold, a_slice: int) -> Generator[_Flow]:
    """Its workers have started; then another session holds on to what it is to."""
    with running(peer, bench.server) as measured, contextlib.ExitStack() as stack:
        client = measured.client()
        workers = stack.enter_context(measured.workers(_PROCESSES))
        made = _Flow(measured, client, workers, a_slice)
        made.step()
        made.rate.clear()
        if hold != "nothing":
            _hold(stack.enter_context(measured.connect()), hold)
        yield made


def _hold(conn: Connection, hold: Hold) -> None:
    """Leave a transaction open on *conn*: a report that runs for hours, or a forgotten client."""
    if hold == "a snapshot":
        conn.execute("begin isolation level repeatable read")
        conn.execute("select count(*) from pg_class")
    else:
        conn.execute("begin")
        conn.execute("select pg_current_xact_id()")


def _alone(bench: Bench, peer: Peer, hold: Hold) -> Sample:
    """
    Slices of a quarter of a second or so, for a bounded time. One that comes to a halt keeps its
    course until then: `halted` is 1.
    """
    size = max(peer.drain // 4, peer.batch)
    ends = _ALONE_QUICK_S if bench.quick else _ALONE_S
    with _flow(bench, peer, hold, bench.jobs(size, size)) as flow:
        begun, halted = time.monotonic(), 0
        while time.monotonic() - begun < ends and not halted:
            try:
                flow.step()
            except TooSlow:
                halted = 1
        return {**flow.sample(), "halted": halted}


def _in_turn(bench: Bench) -> dict[str, Sample]:
    """Each in a database of its own, slice by slice."""
    slices = _SLICES_QUICK if bench.quick else _SLICES
    a_slice = max(bench.jobs(_JOBS, _JOBS_QUICK) // slices, 1)
    with contextlib.ExitStack() as stack:
        flows = {
            name: stack.enter_context(_flow(bench, named("pgsched"), hold, a_slice))
            for name, hold in _IN_TURN.items()
        }
        for turn in range(slices):
            for flow in list(flows.values())[:: 1 if turn % 2 else -1]:
                flow.step()
        return {name: flow.sample() for name, flow in flows.items()}


@contextlib.contextmanager
def _open(bench: Bench) -> Generator[Systems]:
    fast = (peer for peer in bench.peers if peer.drain >= _FAST and peer.store == "postgres")
    yield {
        **Together(_IN_TURN, partial(_in_turn, bench)).systems(),
        "pgsched, a transaction id": partial(_alone, bench, named("pgsched"), "a transaction id"),
        **{peer.name: partial(_alone, bench, peer, "a snapshot") for peer in fast},
    }


SCENARIOS = (
    Scenario(
        "held",
        "Jobs in slices, while another session holds a snapshot. Ours: 1,000,000 (quick: 60,000),"
        f" in turn with nothing held. Each alone for {_ALONE_S} s (quick: {_ALONE_QUICK_S}), or"
        f" until a slice takes more than {_SLICE_S} s: ours with a transaction id held; peers.",
        _open,
        (
            Line(
                "a held snapshot: of the rate without, last fifth",
                ratio("last_per_s", "pgsched", "pgsched, nothing held"),
                0.7,
            ),
            Line("a held snapshot: rate of the last fifth to the first", figure("left", "pgsched")),
            Line(
                "a held transaction id: rate of the last fifth to the first",
                figure("left", "pgsched, a transaction id"),
            ),
        ),
        repeats=2,
        figures=(
            Figure("rate", "a held snapshot: enqueued and run", "jobs/s", over="jobs so far"),
            Figure("left", "a held snapshot: rate of its last fifth of slices to its first", ""),
        ),
    ),
)
