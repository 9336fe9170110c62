"""No-op jobs that are there when the workers start: what the systems themselves cost."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from functools import partial

from bench.measure import Figure, Line, Sample, Scenario, Systems, ratio
from bench.peer import Peer, named
from bench.running import running
from bench.work import Bench

# long against what is counted in steps: there are systems that acknowledge once a second
_SECONDS, _SECONDS_QUICK = 4, 1
_CALL_BYTES = 4_000_000  # of args, in one call of `many`
_TARGETS = {
    "graphile-worker": 3, "pg-boss": 4, "pgqueuer": 4, "procrastinate": 50, "celery": 50,
    "celery default": 50,
}  # fmt: skip


def drain(bench: Bench, peer: Peer, processes: int, jobs: int, pad: int = 0) -> Sample:
    """
    Enqueue, then start the processes. The rate counts from the first handler's start, without any
    warm-up, to the acknowledgement of the last: some acknowledge much later than they run.
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


def jobs_of(bench: Bench, peer: Peer, processes: int = 2) -> int:
    """So many that its drain takes some seconds, if one process does half of what two do."""
    per_s = peer.drain * processes // 2
    return bench.jobs(per_s * _SECONDS, per_s * _SECONDS_QUICK)


@contextlib.contextmanager
def _open(bench: Bench, processes: int) -> Generator[Systems]:
    systems = (*map(named, ("floor", "sketch", "pgsched")), *bench.peers)
    yield {
        peer.name: partial(drain, bench, peer, processes, jobs_of(bench, peer, processes))
        for peer in systems
    }


def _scenario(processes: int, told: str, repeats: int, against: tuple[Line, ...]) -> Scenario:
    return Scenario(
        f"drain-{processes}",
        f"No-op jobs that wait when the workers start, {told}.",
        partial(_open, processes=processes),
        (
            Line(f"drain, {told}: of the sketch", ratio("jobs_per_s", "pgsched", "sketch"), 0.85),
            Line(f"drain, {told}: of the raw floor", ratio("jobs_per_s", "pgsched", "floor"), 0.5),
            *against,
        ),
        repeats=repeats,
        figures=(
            Figure("jobs_per_s", f"drained, {told}", "jobs/s"),
            Figure("cpu_us", f"Postgres' CPU of draining, {told}", "us/job", "less"),
            Figure("wal_bytes", f"WAL from enqueue to the end, {told}", "B/job", "less"),
            Figure("disk_bytes", f"disk at the end of the drain, {told}", "B/job", "less"),
        ),
    )


SCENARIOS = (
    _scenario(1, "1 process", 2, ()),
    _scenario(
        2,
        "2 processes",
        3,
        tuple(
            Line(f"drain, 2 processes: to {peer}", ratio("jobs_per_s", "pgsched", peer), target)
            for peer, target in _TARGETS.items()
        ),
    ),
)
