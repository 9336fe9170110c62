"""One enqueue at a time into an idle worker: how long until its handler starts."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from functools import partial

from bench.measure import Figure, Line, Sample, Scenario, Systems, figure
from bench.peer import Peer, named, to_best_on_postgres
from bench.running import running
from bench.waits import percentiles, waits
from bench.work import Bench

# From one enqueue to the next, at least: several times what each system needs to start a job and
# fall asleep again. Those that poll start a job 5 to 100 ms after it is there.
_GAP_S, _GAP_SLOW_S = 0.04, 0.15
_SLOW = 5000  # jobs/s: what drains less does more for each, and polls
_SETTLED_S, _SETTLED_QUICK_S = 2.0, 0.5


def latency(bench: Bench, peer: Peer, jobs: int) -> Sample:
    """
    From the enqueue to the handler's first line, in one idle process.

    `p50_ms`, ... count from when the client has its commit confirmed, `sent_p50_ms`, ... from when
    it asks for it. A handler may start before the client has heard of its own commit: those
    counts are then below 0. There is a p99 of 100 jobs or more.
    """
    gap_s = _GAP_SLOW_S if peer.drain < _SLOW else _GAP_S
    with running(peer, bench.server) as measured:
        client = measured.client()
        with measured.workers(1) as workers:
            client.order("one", first=0, jobs=1)
            measured.wait(workers, 1, timeout_s=60)  # it has started
            time.sleep(_SETTLED_QUICK_S if bench.quick else _SETTLED_S)  # and its sleep is settled
            times = client.order("paused", first=1, jobs=jobs, gap_s=gap_s)["times"]
            measured.wait(workers, 1 + jobs, timeout_s=60)
            sent = waits(measured, {job: at for job, at, _ in times})
            confirmed = waits(measured, {job: at for job, _, at in times})
    commits = percentiles((confirmed - sent) * 1e3 for _, sent, confirmed in times)
    return {
        **confirmed,
        **{f"sent_{name}": value for name, value in sent.items()},
        "commit_p50_ms": commits["p50_ms"],
    }


def _jobs(bench: Bench, peer: Peer) -> int:
    """More of ours, for it has a p99 to meet; fewer where each takes long."""
    if peer.drain < _SLOW:
        return bench.jobs(40, 10)
    return bench.jobs(200 if peer.own else 100, 20)


@contextlib.contextmanager
def _open(bench: Bench) -> Generator[Systems]:
    systems = (named("pgsched"), *bench.peers)
    yield {peer.name: partial(latency, bench, peer, _jobs(bench, peer)) for peer in systems}


SCENARIOS = (
    Scenario(
        "latency",
        "One job at a time into one idle process, 200 times (peers 40 or 100; quick: 10 or 20).",
        _open,
        (
            Line("idle worker: p50 from the commit", figure("p50_ms", "pgsched"), 2, "less", "ms"),
            Line("idle worker: p99 from the commit", figure("p99_ms", "pgsched"), 10, "less", "ms"),
            Line("idle worker: p50 of a commit", figure("commit_p50_ms", "pgsched"), unit="ms"),
            to_best_on_postgres("idle worker, p50 from the commit", "p50_ms", 0.5, "less"),
            to_best_on_postgres("idle worker, p50 from the call", "sent_p50_ms", 0.5, "less"),
        ),
        repeats=2,
        figures=(
            Figure("p50_ms", "idle: from commit to start, p50", "ms", "less"),
            Figure("p95_ms", "idle: from commit to start, p95", "ms", "less"),
            Figure("p99_ms", "idle: from commit to start, p99", "ms", "less"),
            Figure("max_ms", "idle: from commit to start, max", "ms", "less"),
            Figure("sent_p50_ms", "idle: from the call of enqueue to start, p50", "ms", "less"),
        ),
    ),
)
