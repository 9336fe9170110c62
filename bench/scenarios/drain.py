"""No-op jobs that are there when the workers start: what the systems themselves cost."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from functools import partial

from bench.measure import Figure, Line, Sample, Scenario, Systems, ratio
from bench.peer import Peer, named
from bench.running import running
from bench.work import Bench

_SECONDS, _SECONDS_QUICK = 3, 1
_CALL_BYTES = 4_000_000  # of args, in one call of `many`
_TARGETS = {"graphile-worker": 3, "pg-boss": 4, "pgqueuer": 4, "celery": 50, "procrastinate": 50}


def drain(bench: Bench, peer: Peer, processes: int, jobs: int, pad: int = 0) -> Sample:
    """
    Enqueue, then start the processes. The rate counts from the first handler's start to the
    acknowledgement of the last: there are systems whose acknowledgements lag far behind.
    """
    with running(peer, bench.server) as measured:
        client = measured.client()
        new = measured.cost()
        batch = min(peer.batch, _CALL_BYTES // pad) if pad else peer.batch
        took = client.order("many", first=1, jobs=jobs, batch=batch, pad=pad)["seconds"]
        if not pad:  # else the WAL shows each page of args again, whole, once vacuum has marked it
            bench.server.settle()
        full = measured.cost()
        with measured.workers(processes) as workers:
            ticks = measured.wait(workers, jobs, timeout_s=120)
            acknowledged = measured.wait_acknowledged(client)
        empty = measured.cost()
        return {
            "jobs_per_s": jobs / (acknowledged - ticks.first),
            "enqueued_per_s": jobs / took,
            "cpu_us": (empty["cpu_s"] - full["cpu_s"]) / jobs * 1e6,
            "wal_bytes": (empty["wal_bytes"] - new["wal_bytes"]) / jobs,
            "disk_bytes": (empty["disk_bytes"] - new["disk_bytes"]) / jobs,
            "runs_per_job": measured.ticks().count / jobs,
        }


def jobs_of(bench: Bench, peer: Peer) -> int:
    """So many that its drain takes some seconds."""
    return bench.jobs(peer.drain * _SECONDS, peer.drain * _SECONDS_QUICK)


@contextlib.contextmanager
def _open(bench: Bench, processes: int) -> Generator[Systems]:
    systems = (*map(named, ("floor", "sketch", "pgsched")), *bench.peers)
    yield {
        peer.name: partial(drain, bench, peer, processes, jobs_of(bench, peer)) for peer in systems
    }


def _scenario(processes: int, told: str, against: tuple[Line, ...]) -> Scenario:
    return Scenario(
        f"drain-{processes}",
        f"No-op jobs that wait when the workers start, {told}.",
        partial(_open, processes=processes),
        (
            Line(f"drain, {told}: of the sketch", ratio("jobs_per_s", "pgsched", "sketch"), 0.85),
            Line(f"drain, {told}: of the raw floor", ratio("jobs_per_s", "pgsched", "floor"), 0.5),
            *against,
        ),
        figures=(
            Figure("jobs_per_s", f"drained, {told}", "jobs/s"),
            Figure("cpu_us", f"Postgres' CPU of draining, {told}", "us/job", "less"),
            Figure("wal_bytes", f"WAL from enqueue to the end, {told}", "B/job", "less"),
            Figure("disk_bytes", f"disk that stays taken, {told}", "B/job", "less"),
        ),
    )


SCENARIOS = (
    _scenario(1, "1 process", ()),
    _scenario(
        2,
        "2 processes",
        tuple(
            Line(f"drain, 2 processes: to {peer}", ratio("jobs_per_s", "pgsched", peer), target)
            for peer, target in _TARGETS.items()
        ),
    ),
)
