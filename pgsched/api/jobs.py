"""Jobs over HTTP: make, find, wait for, change."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from pgsched import calls, observe
from pgsched.errors import (
    ConditionRequired,
    JobNotFound,
    JobStateConflict,
    TooManyStreams,
    VersionChanged,
)
from pgsched.models import State

from .ask import Ask
from .bodies import Lines, Rows
from .route import Routes
from .shapes import (
    AS_IN_JSON,
    Answered,
    Asked,
    Due,
    Id,
    Moment,
    Name,
    Page,
    PageQuery,
    Text,
    without_nul,
)

ROUTES = Routes("jobs", "A job is one request to do a task, with its args.")
WAIT_S_MAX = 60
_BULK_BYTES_MAX = 256 * 1024 * 1024
_CHANGING = (JobNotFound, JobStateConflict, ConditionRequired, VersionChanged)
_BULK_STEP = 2000  # of 100 bytes each, what a socket takes at once

Priority = Annotated[int, Field(ge=-100, le=100, description="Higher runs first.")]
Labels = dict[str, Any]


class Retry(Asked):
    """How long to wait after the nth failure; left out: base_s 5, max_s 3600, multiplier 2."""

    kind: Literal["fixed", "linear", "exponential", "exponential_jitter"]
    base_s: Annotated[float, Field(ge=0, le=31_536_000)] | None = None
    max_s: Annotated[float, Field(ge=0, le=31_536_000)] | None = None
    multiplier: Annotated[float, Field(ge=1, le=100)] | None = None


class NewJob(Due):
    """What is left out, or null, comes from the task's policy."""

    task: Name
    args: Annotated[dict[str, Any], Field(examples=[{"name": "Ada"}])] = Field(
        default_factory=dict[str, Any]
    )
    queue: Name | None = None
    priority: Priority | None = None
    max_attempts: Annotated[int, Field(ge=1, le=1000)] | None = None
    timeout_s: Annotated[float, Field(gt=0, le=31_536_000)] | None = None
    retry: Retry | None = None
    key: Text | None = None
    labels: Labels | None = None
    trace: Text | None = None
    parent_id: Id | None = None


class Made(Answered):
    """The id of what was made."""

    id: Id


class MadeMany(Answered):
    """The ids of what was made, in the order in which it was asked for."""

    ids: list[Id]


class Job(Answered):
    """A job as it stands."""

    id: Id
    task: str
    queue: str
    priority: int
    state: State
    attempt: Annotated[int | None, Field(description="Claims so far; null once succeeded.")]
    max_attempts: int
    due_at: datetime
    created_at: datetime
    args: dict[str, Any]
    key: str | None
    labels: Labels | None
    timeout_s: float | None
    retry: dict[str, Any] | None
    parent_id: Id | None
    trace: str | None
    task_version: int | None


class JobWithResult(Job):
    """A job with what came of it."""

    result: Annotated[Any, Field(description="What its handler returned; null unless succeeded.")]
    error: Annotated[str | None, Field(description="Of its last attempt; null unless dead.")]


class WaitQuery(Asked):
    """For how long to wait for its end."""

    wait: Annotated[
        float,
        Field(ge=0, le=WAIT_S_MAX, strict=False, description="Seconds, until it ends."),
        AS_IN_JSON,
    ] = 0


Label = Annotated[
    str,
    Field(pattern=r"^[^=]+=.*$", max_length=500, description="name=value"),
    AfterValidator(without_nul),
]


def labels_of(label: str | None) -> Labels | None:
    """The labels that a job must have."""
    name, _, value = (label or "").partition("=")
    return {name: value} if label else None


class JobsQuery(PageQuery):
    """Which jobs: those that match all that is given."""

    state: State | None = None
    queue: Name | None = None
    task: Name | None = None
    since: Annotated[Moment | None, Field(description="Made then or later.")] = None
    until: Annotated[Moment | None, Field(description="Made before then.")] = None
    label: Label | None = None


@ROUTES.add("POST", "/v1/jobs", scope="write", status=201, array_of=NewJob)
async def create_job(ask: Ask, body: Rows) -> Made | MadeMany:
    """
    Make one job; or those of an array, 1 to 5000, all or none.

    What is wrong with one of an array is told with its place, the first being 0: `body/3/task`.
    """
    if body.many:
        return MadeMany(ids=await ask.run(calls.enqueue_rows(body.text)))
    id = await ask.make(body.text)
    ask.made("/v1/jobs", id)
    return Made(id=id)


@ROUTES.add("GET", "/v1/jobs", scope="read")
async def list_jobs(ask: Ask, query: JobsQuery) -> Page[Job]:
    """List jobs, newest first."""
    found = observe.jobs(
        state=query.state,
        queue=query.queue,
        task=query.task,
        since=query.since,
        until=query.until,
        labels=labels_of(query.label),
    )
    return await ask.page(Job, found, query)


@ROUTES.add(
    "GET",
    "/v1/jobs/{id}",
    scope="read",
    refusals=(JobNotFound, TooManyStreams),
    time_s=WAIT_S_MAX + 30.0,
)
async def get_job(ask: Ask, id: Id, query: WaitQuery) -> JobWithResult:
    """
    Show a job; with `wait`, once it has ended, or as it is after that many seconds.

    Its ETag is for changes.
    """
    if query.wait:
        with ask.streams.waits.place(ask.who.actor):
            await ask.while_there(ask.hub.wait(id, query.wait, ask.who.actor))
        await ask.may_still()
    async with ask.transaction():
        row = await ask.run(observe.job(id))
        outcome = await ask.run(calls.outcome(id))
    told = {"state": outcome.state, "result": outcome.result, "error": outcome.error}
    return ask.shown(JobWithResult, row | told)


class JobChange(Due):
    """Where and when a waiting job shall run; what is left out, or null, stays."""

    priority: Priority | None = None
    queue: Name | None = None

    @model_validator(mode="after")
    def something(self) -> JobChange:
        """Nothing to change is a mistake."""
        if not self.model_fields_set:
            raise ValueError("give due_at, delay_s, priority or queue")
        return self


class Cancelled(Answered):
    """What came of it."""

    id: Id
    state: Annotated[str, Field(description="cancelled; cancelling: it runs, and was told.")]


@ROUTES.add("POST", "/v1/jobs/{id}/cancel", scope="write", refusals=(JobNotFound,))
async def cancel_job(ask: Ask, id: Id) -> Cancelled:
    """
    Cancel a job: at once if it waits; one that runs is told to stop.

    One that has ended stays as it is; its state is the answer.
    """
    return Cancelled(id=id, state=await ask.run(calls.cancel(id)))


@ROUTES.add(
    "POST", "/v1/jobs/{id}/redrive", scope="write", refusals=(JobNotFound, JobStateConflict)
)
async def redrive_job(ask: Ask, id: Id) -> Made:
    """Run a dead, cancelled or expired job again, now, with a fresh budget of attempts."""
    await ask.run(calls.redrive(id))
    return Made(id=id)


@ROUTES.add(
    "POST",
    "/v1/jobs/bulk",
    scope="write",
    status=201,
    lines_of=NewJob,
    body_bytes_max=_BULK_BYTES_MAX,
    time_s=600,
)
async def create_bulk(ask: Ask, lines: Lines) -> MadeMany:
    """
    Make many jobs, one a line: all or none.

    A line is as the body of POST /v1/jobs. What is wrong is told with its line, the first being 0.
    """
    making = (calls.enqueue_rows(rows) for rows in lines.slices(_BULK_STEP))
    async with ask.transaction():
        return MadeMany(ids=await ask.run_ahead(making))


@ROUTES.add("PATCH", "/v1/jobs/{id}", scope="write", refusals=_CHANGING)
async def change_job(ask: Ask, id: Id, body: JobChange) -> Job:
    """
    Move a job that waits to another time, priority or queue.

    Its ETag changes with these, with each attempt, and when it ends.
    """
    expected = ask.expected()
    async with ask.transaction():
        due_at = await due(ask, body)
        await ask.run(calls.reschedule(id, due_at, body.priority, body.queue, expected))
        return ask.shown(Job, await ask.run(observe.job(id)))


async def due(ask: Ask, when: Due) -> datetime | None:
    """When a job is due, by the database's clock; None: nothing was said of it."""
    return when.due_at if when.delay_s is None else await ask.run(calls.due_in(when.delay_s))
