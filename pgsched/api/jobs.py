"""Jobs over HTTP: make, find, wait for, change."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, cast

from pydantic import AwareDatetime, Field, model_validator

from pgsched import calls, observe
from pgsched.errors import JobNotFound, JobStateConflict
from pgsched.models import JobOptions, RetryPolicy, State

from .ask import Ask
from .route import Routes
from .shapes import Answered, Asked, Id, Name, Page, PageQuery, Text, cursor_ids, cursor_of

ROUTES = Routes("jobs", "A job is one request to do a task, with its args.")
WAIT_S_MAX = 60
_BULK_BYTES_MAX = 256 * 1024 * 1024
_BULK_STEP = 5000

Priority = Annotated[int, Field(ge=-100, le=100, description="Higher runs first.")]
Seconds = Annotated[float, Field(ge=0, le=31_536_000 * 100, allow_inf_nan=False)]
Labels = dict[str, Any]
Moment = Annotated[AwareDatetime, Field(strict=False)]


class Retry(Asked):
    """How long to wait after the nth failure; left out: base_s 5, max_s 3600, multiplier 2."""

    kind: Literal["fixed", "linear", "exponential", "exponential_jitter"]
    base_s: Annotated[float, Field(ge=0, le=31_536_000)] | None = None
    max_s: Annotated[float, Field(ge=0, le=31_536_000)] | None = None
    multiplier: Annotated[float, Field(ge=1, le=100)] | None = None


class NewJob(Asked):
    """What is left out, or null, comes from the task's policy."""

    task: Name
    args: Annotated[dict[str, Any], Field(examples=[{"name": "Ada"}])] = Field(
        default_factory=dict[str, Any]
    )
    queue: Name | None = None
    priority: Priority | None = None
    due_at: AwareDatetime | None = None
    delay_s: Annotated[Seconds | None, Field(description="From now, instead of due_at.")] = None
    max_attempts: Annotated[int, Field(ge=1, le=1000)] | None = None
    timeout_s: Annotated[float, Field(gt=0, le=31_536_000)] | None = None
    retry: Retry | None = None
    key: Text | None = None
    labels: Labels | None = None
    trace: Text | None = None
    parent_id: Id | None = None

    @model_validator(mode="after")
    def one_time(self) -> NewJob:
        """A job is due at a time, or after a time."""
        if self.due_at is not None and self.delay_s is not None:
            raise ValueError("give either due_at or delay_s")
        return self

    def options(self) -> JobOptions:
        """As `calls` takes them."""
        return JobOptions(
            queue=self.queue,
            priority=self.priority,
            due_at=self.due_at,
            delay_s=self.delay_s,
            max_attempts=self.max_attempts,
            timeout_s=self.timeout_s,
            retry=cast(RetryPolicy | None, self.retry and self.retry.model_dump(exclude_none=True)),
            key=self.key,
            labels=self.labels,
            trace=self.trace,
            parent_id=self.parent_id,
        )


class Made(Answered):
    """The id of what was made."""

    id: Id


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
        float, Field(ge=0, le=WAIT_S_MAX, strict=False, description="Seconds, until it ends.")
    ] = 0


class JobsQuery(PageQuery):
    """Which jobs: those that match all that is given."""

    state: State | None = None
    queue: Name | None = None
    task: Name | None = None
    since: Annotated[Moment | None, Field(description="Made then or later.")] = None
    until: Annotated[Moment | None, Field(description="Made before then.")] = None
    label: Annotated[
        str | None, Field(pattern=r"^[^=]+=.*$", max_length=500, description="name=value")
    ] = None


@ROUTES.add("POST", "/v1/jobs", scope="write", status=201)
async def create_job(ask: Ask, body: NewJob) -> Made:
    """Make one job."""
    id = await ask.run(calls.enqueue(body.task, body.args, body.options()))
    ask.made(f"/v1/jobs/{id}")
    return Made(id=id)


@ROUTES.add("GET", "/v1/jobs", scope="read")
async def list_jobs(ask: Ask, query: JobsQuery) -> Page[Job]:
    """List jobs, newest first."""
    before = cursor_ids(query.cursor)
    name, _, value = (query.label or "").partition("=")
    found = await ask.run(
        observe.jobs(
            state=query.state,
            queue=query.queue,
            task=query.task,
            since=query.since,
            until=query.until,
            labels={name: value} if query.label else None,
            before=before[0] if before else None,
            limit=query.limit + 1,
        )
    )
    more = len(found) > query.limit
    rows = found[: query.limit]
    return Page[Job](
        items=[Job.of(row) for row in rows],
        next=cursor_of(rows[-1]["id"]) if more else None,
    )


@ROUTES.add("GET", "/v1/jobs/{id}", scope="read", refusals=(JobNotFound,), time_s=WAIT_S_MAX + 30.0)
async def get_job(ask: Ask, id: Id, query: WaitQuery) -> JobWithResult:
    """
    Show a job; with `wait`, once it has ended, or as it is after that many seconds.
    """
    if query.wait:
        await ask.hub.wait(id, query.wait, ask.who.actor)
    async with ask.transaction():
        row = await ask.run(observe.job(id))
        outcome = await ask.run(calls.outcome(id))
    return JobWithResult.of(
        {**row, "state": outcome.state, "result": outcome.result, "error": outcome.error}
    )


class JobChange(Asked):
    """Where and when a waiting job shall run; what is left out, or null, stays."""

    due_at: AwareDatetime | None = None
    delay_s: Annotated[Seconds | None, Field(description="From now, instead of due_at.")] = None
    priority: Priority | None = None
    queue: Name | None = None

    @model_validator(mode="after")
    def one_time(self) -> JobChange:
        """Something changes, and it is due at a time or after a time."""
        if self.due_at is not None and self.delay_s is not None:
            raise ValueError("give either due_at or delay_s")
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


class Count(Answered):
    """How many."""

    count: int


@ROUTES.add(
    "POST",
    "/v1/jobs/bulk",
    scope="write",
    status=201,
    lines_of=NewJob,
    body_bytes_max=_BULK_BYTES_MAX,
    time_s=600,
)
async def create_bulk(ask: Ask, lines: list[bytes]) -> Count:
    """
    Make many jobs, one a line: all or none.

    A line is as the body of POST /v1/jobs. What is wrong is told with its line, the first being 0.
    """
    async with ask.transaction():
        for start in range(0, len(lines), _BULK_STEP):
            await ask.run(calls.enqueue_rows(lines[start : start + _BULK_STEP]))
    return Count(count=len(lines))


@ROUTES.add("PATCH", "/v1/jobs/{id}", scope="write", refusals=(JobNotFound, JobStateConflict))
async def change_job(ask: Ask, id: Id, body: JobChange) -> Job:
    """Move a job that waits to another time, priority or queue."""
    async with ask.transaction():
        due_at = body.due_at
        if body.delay_s is not None:
            due_at = await ask.run(calls.due_in(body.delay_s))
        await ask.run(calls.reschedule(id, due_at, body.priority, body.queue))
        row = await ask.run(observe.job(id))
    return Job.of(row)
