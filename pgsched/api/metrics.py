"""What a Prometheus server reads; and whether jobs get done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from pydantic import Field

from pgsched import observe
from pgsched.errors import JobsDelayed
from pgsched.observe import Record

from .ask import Ask
from .health import Health
from .route import Routes
from .shapes import AS_IN_JSON, Asked

ROUTES = Routes("metrics", "Numbers for a Prometheus server.")
_STATES = ("ready", "scheduled", "blocked", "running", "dead")


class DelayQuery(Asked):
    """How late a job may be."""

    late_s: Annotated[
        float,
        Field(ge=1, le=86_400, strict=False, description="Seconds after it was due."),
        AS_IN_JSON,
    ] = 300


@ROUTES.add("GET", "/health/jobs", scope="read", refusals=(JobsDelayed,))
async def jobs_healthy(ask: Ask, query: DelayQuery) -> Health:
    """Say that no job has waited too long after it was due, in a queue that is not paused."""
    ask.require_all()
    late = [
        f"{row['queue']} by {row['oldest_due_s']:.0f} s"
        for row in await ask.run(observe.queues().all)
        if not row["paused"] and (row["oldest_due_s"] or 0) > query.late_s
    ]
    if late:
        raise JobsDelayed("jobs are late", detail=", ".join(late), hint="is a worker at work?")
    return Health()


@ROUTES.add("GET", "/metrics", scope="read", text=CONTENT_TYPE_LATEST)
async def read_metrics(ask: Ask) -> str:
    """
    Give the numbers of all queues, and of workers, as text for Prometheus.

    They are asked of the database at each read: whatever the number of API processes, one is asked.
    """
    ask.require_all()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(
        _Numbers(await ask.run(observe.queues().all), await ask.run(observe.workers().all))
    )
    return generate_latest(registry).decode()


class _Numbers:
    def __init__(self, queues: list[Record], workers: list[Record]) -> None:
        self._queues, self._workers = queues, workers

    def collect(self) -> Iterator[Metric]:
        """The metrics, once."""
        jobs = GaugeMetricFamily(
            "pgsched_jobs", "Jobs by state; counts stop at 10001.", labels=("queue", "state")
        )
        runs = GaugeMetricFamily(
            "pgsched_runs_per_second", "Of the last five minutes.", labels=("queue", "outcome")
        )
        paused = GaugeMetricFamily(
            "pgsched_queue_paused", "1 if nobody claims from it.", labels=("queue",)
        )
        late = GaugeMetricFamily(
            "pgsched_queue_late_seconds", "How late the job next in turn is.", labels=("queue",)
        )
        for row in self._queues:
            queue = row["queue"]
            paused.add_metric((queue,), float(row["paused"]))
            late.add_metric((queue,), float(row["oldest_due_s"] or 0))
            for state in _STATES:
                jobs.add_metric((queue, state), float(row[state] or 0))
            for outcome in ("succeeded", "failed"):
                runs.add_metric((queue, outcome), float(row[f"{outcome}_per_s"] or 0))
        yield from (jobs, runs, paused, late, self._times("wait"), self._times("run"))
        yield self._processes()

    def _times(self, what: str) -> GaugeMetricFamily:
        """Percentiles; of a queue where nothing ran, none."""
        made = GaugeMetricFamily(
            f"pgsched_{what}_seconds", "Of the last five minutes.", labels=("queue", "quantile")
        )
        for row in self._queues:
            for quantile in ("0.5", "0.95"):
                value = row[f"{what}_ms_p{float(quantile) * 100:.0f}"]
                if value is not None:
                    made.add_metric((row["queue"], quantile), value / 1000)
        return made

    def _processes(self) -> GaugeMetricFamily:
        made = GaugeMetricFamily(
            "pgsched_workers", "Worker processes that are registered.", labels=("role", "live")
        )
        counts = Counter((row["role"], "true" if row["live"] else "false") for row in self._workers)
        for key, count in counts.items():
            made.add_metric(key, count)
        return made
