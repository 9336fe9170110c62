"""What a Prometheus server reads; and whether jobs get done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from pydantic import Field
from starlette.responses import Response

from pgsched import observe
from pgsched.errors import JobsDelayed
from pgsched.observe import Record

from .ask import Ask
from .health import Health
from .route import Routes
from .shapes import Asked

ROUTES = Routes("metrics", "Numbers for a Prometheus server.")
_STATES = ("ready", "scheduled", "blocked", "running", "dead")
_RATES = ("succeeded_per_s", "failed_per_s")
_WAITS = ("wait_ms_p50", "wait_ms_p95", "run_ms_p50", "run_ms_p95")


class DelayQuery(Asked):
    """How late a job may be."""

    late_s: Annotated[
        float, Field(ge=1, le=86_400, strict=False, description="Seconds after it was due.")
    ] = 300


@ROUTES.add("GET", "/health/jobs", scope="read", refusals=(JobsDelayed,))
async def jobs_healthy(ask: Ask, query: DelayQuery) -> Health:
    """Say that no job has waited too long after it was due, in a queue that is not paused."""
    late = [
        f"{row['queue']} by {row['oldest_due_s']:.0f} s"
        for row in await ask.run(observe.queues())
        if not row["paused"] and (row["oldest_due_s"] or 0) > query.late_s
    ]
    if late:
        raise JobsDelayed("jobs are late", detail=", ".join(late), hint="is a worker at work?")
    return Health()


@ROUTES.add("GET", "/metrics", scope="read")
async def read_metrics(ask: Ask) -> None:
    """
    Give the numbers of all queues, and of workers, as text for Prometheus.

    They are asked of the database at each read: whatever the number of API processes, one is asked.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Numbers(await ask.run(observe.queues()), await ask.run(observe.workers())))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)  # pyright: ignore[reportReturnType]


class _Numbers:
    def __init__(self, queues: list[Record], workers: list[Record]) -> None:
        self._queues, self._workers = queues, workers

    def collect(self) -> Iterator[Metric]:
        """The metrics, once."""
        jobs = GaugeMetricFamily(
            "pgsched_jobs", "Jobs by state; counts stop at 10001.", labels=("queue", "state")
        )
        for row in self._queues:
            for state in _STATES:
                if row[state] is not None:
                    jobs.add_metric((row["queue"], state), row[state])
        yield jobs
        yield self._of_queues("paused", "1 if nobody claims from the queue.")
        yield self._of_queues("oldest_due_s", "Seconds that the job next in turn is late.")
        for name in _RATES:
            yield self._of_queues(name, "Runs a second, of the last five minutes.")
        for name in _WAITS:
            yield self._of_queues(name, "Milliseconds, of the last five minutes.")
        workers = GaugeMetricFamily(
            "pgsched_workers", "Worker processes that are registered.", labels=("role", "live")
        )
        counts: dict[tuple[str, str], int] = {}
        for row in self._workers:
            key = (row["role"], "true" if row["live"] else "false")
            counts[key] = counts.get(key, 0) + 1
        for key, count in counts.items():
            workers.add_metric(key, count)
        yield workers

    def _of_queues(self, name: str, about: str) -> GaugeMetricFamily:
        made = GaugeMetricFamily(f"pgsched_queue_{name}", about, labels=("queue",))
        for row in self._queues:
            value: Any = row[name]
            if value is not None:
                made.add_metric((row["queue"],), float(value))
        return made
