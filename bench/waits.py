"""How long jobs waited: from a moment that their client knows until their handlers started."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from .measure import BenchError
from .running import Running


def waits(measured: Running, since: Mapping[int, float]) -> dict[str, float]:
    """
    Percentiles in ms of the stamped jobs, each *since* its moment in Unix seconds.

    Both clocks are this machine's. Raises BenchError if one of the jobs has not started.
    """
    started = measured.stamps()
    if missing := len(since.keys() - started.keys()):
        raise BenchError(f"{measured.peer.name}: {missing} of {len(since)} jobs left no stamp")
    return percentiles((started[job] - at) * 1e3 for job, at in since.items())


def percentiles(ms: Iterable[float]) -> dict[str, float]:
    """`p50_ms`, `p95_ms`, `p99_ms`, `max_ms` of at least one value; no p99 of fewer than 100."""
    ordered = sorted(ms)
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    if len(ordered) < 100:  # it would be their maximum
        del shares["p99"]
    return {
        f"{name}_ms": ordered[max(math.ceil(share * len(ordered)) - 1, 0)]
        for name, share in shares.items()
    }
