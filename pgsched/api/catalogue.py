"""Tasks, queues and workers over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from pgsched import calls, observe
from pgsched.errors import (
    ConditionRequired,
    EndpointNotFound,
    Forbidden,
    TaskNotFound,
    VersionChanged,
)

from .ask import Ask
from .jobs import Labels, Priority, Retry
from .route import Routes
from .shapes import Answered, Asked, Name, Page, PageQuery

ROUTES = Routes("catalogue", "What can be done, where, and by whom.")
_CHANGING = (TaskNotFound, EndpointNotFound, ConditionRequired, VersionChanged)


class Task(Answered):
    """What can be done, and the policy as it holds."""

    name: str
    description: str | None
    category: str | None
    queue: str
    priority: int
    max_attempts: int
    retry: dict[str, Any] | None
    timeout_s: float | None
    isolation: str
    transactional: bool
    enabled: bool
    paused: bool
    labels: Labels | None
    handler: str | None
    version: int
    overrides: Annotated[dict[str, Any], Field(description="What an operator has set.")]
    updated_at: datetime
    endpoint: Annotated[str | None, Field(description="Where its jobs are sent.")]


class TaskChange(Asked):
    """What to set in place of what code declares; what is left out stays."""

    description: str | None = None
    category: Name | None = None
    queue: Name | None = None
    priority: Priority | None = None
    max_attempts: Annotated[int, Field(ge=1, le=1000)] | None = None
    retry: Retry | None = None
    timeout_s: Annotated[float, Field(gt=0, le=31_536_000)] | None = None
    isolation: Literal["none", "process"] | None = None
    enabled: bool | None = None
    labels: Labels | None = None
    endpoint: Annotated[
        Name | None, Field(description="Where its jobs are sent; null: workers run them.")
    ] = None


class Backlog(Answered):
    """How much there is to do."""

    queue: str
    backlog: Annotated[int, Field(description="Up to 10,000, and what is being run.")]


class BacklogQuery(Asked):
    """What is counted."""

    running: Annotated[bool, Field(strict=False, description="Also jobs that are being run.")] = (
        False
    )


class Queue(Answered):
    """
    A queue: what waits in it, and how fast it flows (of the last five minutes).

    Users, who see only jobs of their own, get its name alone: the numbers are of all.
    """

    queue: str
    paused: bool
    ready: int | None
    scheduled: int | None
    blocked: int | None
    running: int | None
    dead: int | None
    capped: Annotated[bool | None, Field(description="Counts stopped at 10,000: there are more.")]
    oldest_due_s: float | None
    succeeded_per_s: float | None
    failed_per_s: float | None
    wait_ms_p50: int | None
    wait_ms_p95: int | None
    run_ms_p50: int | None
    run_ms_p95: int | None


class Worker(Answered):
    """A process that is registered."""

    id: UUID
    name: str
    host: str
    pid: int
    role: str
    queues: list[str]
    concurrency: int
    running: int
    live: bool
    idle: bool
    started_at: datetime
    seen_ago_s: float
    lease_left_s: float
    tasks: list[str] | None


@ROUTES.add("GET", "/v1/tasks", scope="read")
async def list_tasks(ask: Ask, query: PageQuery) -> Page[Task]:
    """List tasks, by name."""
    return await ask.page(Task, observe.policies(), query)


@ROUTES.add("GET", "/v1/tasks/{name}", scope="read", refusals=(TaskNotFound,))
async def get_task(ask: Ask, name: Name) -> Task:
    """Show a task; its ETag is for changes."""
    return await _task(ask, name)


@ROUTES.add("PATCH", "/v1/tasks/{name}", scope="admin", refusals=_CHANGING)
async def change_task(ask: Ask, name: Name, body: TaskChange) -> Task:
    """Set parts of a task's policy in place of what code declares, across deploys."""
    changes = body.model_dump(exclude_unset=True)
    await ask.run(calls.change_task(name, changes, ask.expected()))
    return await _task(ask, name)


@ROUTES.add("POST", "/v1/tasks/{name}/reset", scope="admin", refusals=(TaskNotFound,))
async def reset_task(ask: Ask, name: Name) -> Task:
    """Take back all that was set: what code declares holds again."""
    await ask.run(calls.reset_task(name))
    return await _task(ask, name)


@ROUTES.add("POST", "/v1/tasks/{name}/pause", scope="admin", refusals=(TaskNotFound,))
async def pause_task(ask: Ask, name: Name) -> Task:
    """Hold the jobs of a task; what runs, goes on."""
    await ask.run(calls.pause_task(name))
    return await _task(ask, name)


@ROUTES.add("POST", "/v1/tasks/{name}/resume", scope="admin", refusals=(TaskNotFound,))
async def resume_task(ask: Ask, name: Name) -> Task:
    """Let the jobs of a task run again."""
    await ask.run(calls.resume_task(name))
    return await _task(ask, name)


async def _task(ask: Ask, name: str) -> Task:
    return ask.shown(Task, await ask.run(observe.task(name)))


@ROUTES.add("GET", "/v1/queues", scope="read")
async def list_queues(ask: Ask, query: PageQuery) -> Page[Queue]:
    """List queues, by name."""
    return await ask.page(Queue, observe.queues(), query)


@ROUTES.add("POST", "/v1/queues/{name}/pause", scope="admin")
async def pause_queue(ask: Ask, name: Name) -> None:
    """Let nobody claim from a queue; what runs, goes on."""
    await ask.run(calls.pause_queue(name))


@ROUTES.add("POST", "/v1/queues/{name}/resume", scope="admin")
async def resume_queue(ask: Ask, name: Name) -> None:
    """Let workers claim from a queue again."""
    await ask.run(calls.resume_queue(name))


@ROUTES.add("GET", "/v1/queues/{name}/backlog", scope="read", refusals=(Forbidden,))
async def backlog(ask: Ask, name: Name, query: BacklogQuery) -> Backlog:
    """
    Count the jobs of a queue that are due and wait: for autoscalers.

    0 while the queue, or its endpoint, is paused. Users, who see only jobs of their own, may not.
    """
    jobs = await ask.run(calls.backlog(name, running=query.running))
    return Backlog(queue=name, backlog=jobs)


@ROUTES.add("GET", "/v1/workers", scope="read")
async def list_workers(ask: Ask, query: PageQuery) -> Page[Worker]:
    """List processes that are registered, by name and id."""
    return await ask.page(Worker, observe.workers(), query)
