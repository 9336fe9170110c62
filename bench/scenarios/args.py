"""Jobs with large args: how fast they pass, and how often they are written."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from functools import partial

from bench.measure import Figure, Line, Scenario, Systems, figure
from bench.peer import named
from bench.work import Bench

from .drain import drain, jobs_of

_KB, _LARGE = 1024, 16 * 1024
_JOBS_MAX = {_KB: 40_000, _LARGE: 5_000}  # 40 and 80 MB for each system
_JOBS_QUICK = {_KB: 5_000, _LARGE: 3_000}
_FAST = 10_000
_PROCESSES = 2

# Once, with the headers of rows and pages, and what a job without args writes: scenario `wal`.
_ONCE = 1.15 * _LARGE + 1100


@contextlib.contextmanager
def _open(bench: Bench, pad: int) -> Generator[Systems]:
    """A slow peer is as slow with small args: those are left out."""
    peers = [peer for peer in bench.peers if peer.drain >= _FAST]
    jobs = bench.jobs(_JOBS_MAX[pad], _JOBS_QUICK[pad])
    yield {
        peer.name: partial(drain, bench, peer, _PROCESSES, min(jobs, jobs_of(bench, peer)), pad)
        for peer in (*map(named, ("floor", "sketch", "pgsched")), *peers)
    }


def _scenario(pad: int, told: str, lines: tuple[Line, ...]) -> Scenario:
    return Scenario(
        f"args-{pad // _KB}k",
        f"No-op jobs with {told} of args that do not compress, 2 processes; peers that drain fast.",
        partial(_open, pad=pad),
        lines,
        repeats=2,
        figures=(
            Figure("jobs_per_s", f"drained, with {told} of args", "jobs/s"),
            Figure("wal_bytes", f"WAL from enqueue to end, with {told} of args", "B/job", "less"),
        ),
    )


SCENARIOS = (
    _scenario(_KB, "1 KB", (Line("WAL, 1 KB of args", figure("wal_bytes", "pgsched"), unit="B"),)),
    _scenario(
        _LARGE,
        "16 KB",
        (
            Line(
                "WAL, 16 KB of args written once",
                figure("wal_bytes", "pgsched"),
                _ONCE,
                "less",
                "B",
            ),
        ),
    ),
)
