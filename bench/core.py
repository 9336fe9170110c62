"""The core suite: every figure that the design promises of the engine, as ratios in one run."""

from __future__ import annotations

from .measure import Scenario
from .scenarios import backlog, dead_rows, drain, enqueue, latency, memory, mixed

SCENARIOS: tuple[Scenario, ...] = (
    *drain.SCENARIOS,
    *backlog.SCENARIOS,
    dead_rows.SCENARIO,
    *enqueue.SCENARIOS,
    *mixed.SCENARIOS,
    latency.SCENARIO,
    memory.SCENARIO,
)
