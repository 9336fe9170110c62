"""Runs and dead letters over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from pgsched import observe
from pgsched.errors import (
    JobNotFound,
)

from .ask import Ask
from .jobs import Labels, Moment
from .route import Routes
from .shapes import Answered, Id, Name, Page, PageQuery, cursor_ids, cursor_of

ROUTES = Routes("runs", "A run is one attempt at a job; a dead letter is a job that gave up.")
Outcome = Literal[
    "succeeded", "failed", "timed_out", "lost", "cancelled", "snoozed", "released", "redriven",
    "expired",
]  # fmt: skip
_EPOCH, _TICK = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Run(Answered):
    """One attempt at a job that has ended."""

    job_id: Id
    attempt: int
    queue: str
    task: str
    outcome: Outcome
    charged: Annotated[bool, Field(description="Whether it counts against max_attempts.")]
    worker: UUID | None
    started_at: datetime
    finished_at: datetime
    error: str | None
    result: Any


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
    """What a handler wrote, in order."""

    items: list[Line]


class Runs(Answered):
    """The attempts at a job that have ended, first to last."""

    items: list[Run]


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
async def list_runs_of_job(ask: Ask, id: Id) -> Runs:
    """List the attempts at a job that have ended, first to last."""
    await ask.run(observe.job(id))
    return Runs(items=[Run.of(row) for row in await ask.run(observe.runs(id))])


@ROUTES.add("GET", "/v1/jobs/{id}/logs", scope="read", refusals=(JobNotFound,))
async def list_logs_of_job(ask: Ask, id: Id, query: PageQuery) -> Lines:
    """List the last lines that a job's handler wrote, in order."""
    await ask.run(observe.job(id))
    return Lines(items=[Line.of(row) for row in await ask.run(observe.log(id, limit=query.limit))])


@ROUTES.add("GET", "/v1/runs", scope="read")
async def list_runs(ask: Ask, query: RunsQuery) -> Page[Run]:
    """List runs, those of the newest jobs first."""
    before = cursor_ids(query.cursor, 2)
    found = await ask.run(
        observe.all_runs(
            outcome=query.outcome,
            queue=query.queue,
            task=query.task,
            since=query.since,
            before=(before[0], before[1]) if before else None,
            limit=query.limit + 1,
        )
    )
    more, rows = len(found) > query.limit, found[: query.limit]
    return Page[Run](
        items=[Run.of(row) for row in rows],
        next=cursor_of(rows[-1]["job_id"], rows[-1]["attempt"]) if more else None,
    )


@ROUTES.add("GET", "/v1/dead-letters", scope="read")
async def list_dead_letters(ask: Ask, query: DeadQuery) -> Page[DeadLetter]:
    """List jobs that ended dead, the last first. POST /v1/jobs/{id}/redrive runs one again."""
    before = cursor_ids(query.cursor, 2)
    found = await ask.run(
        observe.dead_letters(
            queue=query.queue,
            task=query.task,
            before=(_EPOCH + before[0] * _TICK, before[1]) if before else None,
            limit=query.limit + 1,
        )
    )
    more, rows = len(found) > query.limit, found[: query.limit]
    return Page[DeadLetter](
        items=[DeadLetter.of(row) for row in rows],
        next=cursor_of((rows[-1]["ended_at"] - _EPOCH) // _TICK, rows[-1]["id"]) if more else None,
    )
