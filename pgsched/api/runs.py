"""Runs and dead letters over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field

from pgsched import calls, observe
from pgsched.errors import JobNotFound, JobStateConflict, RunNotFound
from pgsched.observe import Record

from .ask import Ask
from .jobs import Labels, Made
from .route import Routes
from .shapes import (
    Answered,
    Id,
    LimitQuery,
    Moment,
    Name,
    Page,
    PageQuery,
    RunId,
)

ROUTES = Routes("runs", "A run is one attempt at a job; a dead letter is a job that gave up.")
Outcome = Literal[
    "succeeded", "failed", "timed_out", "lost", "cancelled", "snoozed", "released", "redriven",
    "expired",
]  # fmt: skip
_ACTING = (RunNotFound, JobNotFound, JobStateConflict)


class RunFacts(Answered):
    """What is known of a run from its beginning, and what came of it."""

    id: RunId
    job_id: Id
    attempt: int
    queue: str
    task: str
    worker: UUID | None
    started_at: datetime
    error: str | None
    result: Any

    @classmethod
    def of(cls, row: Record) -> Self:
        """With its id."""
        return super().of({**row, "id": (row["job_id"], row["attempt"])})


class Run(RunFacts):
    """One attempt at a job that has ended."""

    outcome: Outcome
    charged: Annotated[bool, Field(description="Whether it counts against max_attempts.")]
    finished_at: datetime


class AnyRun(RunFacts):
    """One attempt at a job, which goes on or has ended."""

    state: Literal["running", "ended"]
    outcome: Annotated[Outcome | None, Field(description="null while it goes on.")]
    charged: bool | None
    finished_at: datetime | None
    progress: Annotated[float | None, Field(description="From 0 to 1, while it goes on.")]
    message: Annotated[str | None, Field(description="The last it wrote, while it goes on.")]
    cancelling: Annotated[bool, Field(description="It goes on, but was told to stop.")]


class RunsQuery(PageQuery):
    """Which runs: those that match all that is given."""

    outcome: Outcome | None = None
    queue: Name | None = None
    task: Name | None = None
    since: Annotated[Moment | None, Field(description="Of jobs made then or later.")] = None


class Line(Answered):
    """What a handler wrote."""

    attempt: int
    logged_at: datetime
    level: str
    message: str | None
    progress: float | None


class Lines(Answered):
    """What a handler wrote last, in order."""

    items: list[Line]


class DeadLetter(Answered):
    """A job that ended dead."""

    id: Id
    task: str
    queue: str
    priority: int | None
    attempt: int
    max_attempts: int
    ended_at: datetime
    created_at: datetime | None
    error: str | None
    args: dict[str, Any] | None
    key: str | None
    labels: Labels | None


class DeadQuery(PageQuery):
    """Which dead letters."""

    queue: Name | None = None
    task: Name | None = None


@ROUTES.add("GET", "/v1/jobs/{id}/runs", scope="read", refusals=(JobNotFound,))
async def list_runs_of_job(ask: Ask, id: Id, query: PageQuery) -> Page[Run]:
    """List the attempts at a job that have ended, first to last."""
    await ask.run(observe.job(id))
    return await ask.page(Run, observe.runs(id), query)


@ROUTES.add("GET", "/v1/jobs/{id}/logs", scope="read", refusals=(JobNotFound,))
async def list_logs_of_job(ask: Ask, id: Id, query: LimitQuery) -> Lines:
    """
    List the last lines that a job's handler wrote, in order.

    No pages, for it is the end that moves: GET /v1/jobs/{id}/events tells all, from the first.
    """
    await ask.run(observe.job(id))
    return Lines(items=[Line.of(row) for row in await ask.run(observe.log(id, limit=query.limit))])


@ROUTES.add("GET", "/v1/runs", scope="read")
async def list_runs(ask: Ask, query: RunsQuery) -> Page[Run]:
    """List runs, those of the newest jobs first."""
    found = observe.all_runs(
        outcome=query.outcome, queue=query.queue, task=query.task, since=query.since
    )
    return await ask.page(Run, found, query)


@ROUTES.add("GET", "/v1/runs/{id}", scope="read", refusals=(RunNotFound,))
async def get_run(ask: Ask, id: RunId) -> AnyRun:
    """Show a run; its id is that of its job, a dash and which attempt it is."""
    return AnyRun.of(await ask.run(observe.run(*id)))


@ROUTES.add("POST", "/v1/runs/{id}/cancel", scope="write", refusals=_ACTING)
async def cancel_run(ask: Ask, id: RunId) -> AnyRun:
    """Tell a run to stop. One that has ended is a conflict, also where its job runs again."""
    async with ask.transaction():
        await ask.run(calls.cancel_run(*id))
        return AnyRun.of(await ask.run(observe.run(*id)))


@ROUTES.add("POST", "/v1/runs/{id}/retry", scope="write", status=201, refusals=_ACTING)
async def retry_run(ask: Ask, id: RunId) -> Made:
    """
    Run a job again that ended dead, cancelled or expired with this run, with a fresh budget.

    A conflict if another run came after it, or the job has not ended so.
    """
    await ask.run(calls.retry_run(*id))
    ask.made("/v1/jobs", id[0])
    return Made(id=id[0])


@ROUTES.add("GET", "/v1/runs/{id}/logs", scope="read", refusals=(RunNotFound,))
async def list_logs_of_run(ask: Ask, id: RunId, query: LimitQuery) -> Lines:
    """
    List the last lines that the handler wrote in a run, in order; no pages, as of a job.
    """
    job, attempt = id
    await ask.run(observe.run(job, attempt))
    found = await ask.run(observe.log(job, attempt=attempt, limit=query.limit))
    return Lines(items=[Line.of(row) for row in found])


@ROUTES.add("GET", "/v1/dead-letters", scope="read")
async def list_dead_letters(ask: Ask, query: DeadQuery) -> Page[DeadLetter]:
    """List jobs that ended dead, the last first. POST /v1/jobs/{id}/redrive runs one again."""
    found = observe.dead_letters(queue=query.queue, task=query.task)
    return await ask.page(DeadLetter, found, query)
