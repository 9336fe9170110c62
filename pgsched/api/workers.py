"""Workers over HTTP: register, take jobs, say how they ended, keep the lease, leave."""

from __future__ import annotations

import logging
import time
import uuid
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import psycopg
from pydantic import Field

from pgsched import calls
from pgsched.errors import LeaseLost, PgschedError
from pgsched.models import Hold

from .ask import Ask
from .claiming import WAIT_S_MAX, Desks, Taken, Wanted, require_queues
from .finishing import Attempt, Finish, Finished, finish
from .route import Routes
from .shapes import IN_DIGITS, Answered, Asked, Encoded, Id, Name, Page, Text

ROUTES = Routes("workers", "Programs that run jobs, and need nothing but HTTP for it.")
_FINISH_BYTES_MAX = 128 * 1024 * 1024
# For so long a heartbeat may take over from the dead: whoever sends it waits for the answer.
_REAP_S = 1.0
log = logging.getLogger("pgsched.api")


class NewWorker(Asked):
    """Who will run jobs. A process that starts anew registers anew."""

    id: Annotated[UUID | None, Field(description="Never used before; left out: a new one.")] = None
    name: Name = "http"
    host: Text = "unknown"
    pid: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    role: Annotated[
        Literal["child", "suspect", "supervisor"],
        Field(description="child runs jobs; suspect those whose workers died; supervisor none."),
    ] = "child"
    concurrency: Annotated[int, Field(ge=0, le=10_000, description="Jobs at once.")] = 1
    queues: Annotated[
        list[Name] | None,
        Field(
            min_length=1,
            max_length=1000,
            description="Left out: those that the key is limited to, else default.",
        ),
    ] = None
    tasks: Annotated[list[Name], Field(max_length=10_000)] = Field(default_factory=list[str])
    lease_s: Annotated[
        float, Field(ge=1, le=3600, description="Without a heartbeat for so long, it is dead.")
    ] = 30


class Registered(Answered):
    """Heartbeats renew the lease: three times in that time is good."""

    id: UUID
    lease_s: float
    lease_until: datetime


class Beat(Answered):
    """The lease is renewed."""

    lease_s: float
    cancelled: Annotated[list[Id], Field(description="Jobs of this worker that shall stop.")]
    suspects: Annotated[int, Field(description="Due jobs whose workers died, on its queues.")]


class InForce(Answered):
    """How a task is run, as the catalogue has it."""

    name: str
    timeout_s: float | None
    isolation: str


class Leave(Asked):
    """What becomes of what it held."""

    evict: Annotated[
        bool,
        Field(strict=False, description="It stopped in good order: its jobs have lost nothing."),
    ] = False


class CheckpointOf(Asked):
    """By what a worker shows that it holds a job."""

    claim: Id
    attempt: Annotated[Attempt, Field(strict=False), IN_DIGITS]


class NewCheckpoint(Asked):
    """What is kept of a job for its later attempts, and by what a worker shows that it holds it."""

    claim: Id
    attempt: Attempt
    value: Any


class Checkpoint(Answered):
    """What was kept last; null if nothing was."""

    value: Any


def _desks(ask: Ask) -> Desks:
    return ask.request.app.state.desks


@ROUTES.add("POST", "/v1/workers", scope="worker", status=201)
async def register_worker(ask: Ask, body: NewWorker) -> Registered:
    """
    Register a worker.

    It is its user's: who has another's key, or one for fewer queues, may not act as it.
    """
    queues = body.queues or sorted(ask.who.queues or ("default",))
    require_queues(ask.who, queues)
    id = body.id or uuid.uuid4()
    lease_until = await ask.run(calls.due_in(body.lease_s))  # no later than it is
    await ask.run(
        calls.register(
            str(id),
            body.name,
            body.host,
            body.pid,
            body.role,
            body.concurrency,
            queues,
            body.tasks,
            body.lease_s,
        )
    )
    return Registered(id=id, lease_s=body.lease_s, lease_until=lease_until)


@ROUTES.add(
    "POST",
    "/v1/workers/{id}/claim",
    scope="worker",
    refusals=(LeaseLost,),
    repeat="harmless",
    time_s=WAIT_S_MAX + 30.0,
)
async def claim_jobs(ask: Ask, id: UUID, body: Wanted) -> Encoded[Taken]:
    """
    Take jobs to run; with `wait_s`, as soon as there are some.

    It also ends when a job of this worker shall stop. Who goes away while it waits has taken none.
    """
    return Encoded(await _desks(ask).serve(ask, str(id), body))


@ROUTES.add(
    "POST",
    "/v1/workers/{id}/finish",
    scope="worker",
    refusals=(LeaseLost,),
    repeat="harmless",
    body_bytes_max=_FINISH_BYTES_MAX,
)
async def finish_jobs(ask: Ask, id: UUID, body: Finish) -> Finished:
    """
    Say how runs ended, what they said, and which jobs come next.

    Each is fenced: what this worker holds no more is left alone, and told. Safe to repeat: what was
    done is found done, and the jobs of `next` are made once.
    """
    return await finish(ask, str(id), body, _desks(ask).result_bytes_max)


@ROUTES.add(
    "POST", "/v1/workers/{id}/heartbeat", scope="worker", refusals=(LeaseLost,), repeat="harmless"
)
async def keep_lease(ask: Ask, id: UUID) -> Beat:
    """Renew the lease; what dead workers held is given back meanwhile."""
    worker = str(id)
    own = await ask.run(calls.own_worker(worker, ask.who.queues))
    alive, cancelled, suspects = await ask.together(
        [calls.heartbeat([worker]), calls.cancels(worker), calls.suspects_due(own.queues)]
    )
    if not alive:
        raise LeaseLost("the worker is not registered any more", detail=f"worker {worker}")
    await _reap(ask, worker)
    return Beat(lease_s=own.lease_s, cancelled=cancelled, suspects=suspects)


@ROUTES.add("GET", "/v1/workers/{id}/tasks", scope="worker", refusals=(LeaseLost,))
async def list_own_tasks(ask: Ask, id: UUID) -> Page[InForce]:
    """
    List those of its tasks that the catalogue has, and how they are to be run.

    One page has them all: at most the 10,000 that it registered with.
    """
    own = await ask.run(calls.own_worker(str(id), ask.who.queues))
    found = await ask.run(calls.in_force(own.tasks))
    return Page[InForce](
        items=[InForce(name=name, timeout_s=t, isolation=how) for name, t, how in found]
    )


@ROUTES.add("DELETE", "/v1/workers/{id}", scope="worker", status=204, refusals=(LeaseLost,))
async def remove_worker(ask: Ask, id: UUID, query: Leave) -> None:
    """Leave: what it still held is given back."""
    worker = str(id)
    evicted = [calls.evict(worker)] if query.evict else []
    await ask.as_worker(worker, *evicted, calls.leave([worker]))
    _desks(ask).forget(worker)
    await _reap(ask, worker)


async def _reap(ask: Ask, worker: str) -> None:
    """
    Give back what the dead held, a step a transaction; what is left is for the next to come.

    Where it fails, the lease is renewed all the same, and has to be said to be.
    """
    ends = time.monotonic() + _REAP_S
    try:
        while await ask.run(calls.reap(worker)) and time.monotonic() < ends:
            pass
    except (PgschedError, psycopg.Error) as error:
        log.warning("what dead workers held cannot be given back now: %s", str(error).strip())


@ROUTES.add("GET", "/v1/workers/{id}/checkpoints/{job}", scope="worker", refusals=(LeaseLost,))
async def get_checkpoint(ask: Ask, id: UUID, job: Id, query: CheckpointOf) -> Checkpoint:
    """Show what was kept of a job that this worker holds."""
    held = Hold(str(id), query.claim, job, query.attempt)
    [value] = await ask.as_worker(held.worker, calls.checkpoint(held))
    return Checkpoint(value=value)


@ROUTES.add(
    "PUT", "/v1/workers/{id}/checkpoints/{job}", scope="worker", status=204, refusals=(LeaseLost,)
)
async def put_checkpoint(ask: Ask, id: UUID, job: Id, body: NewCheckpoint) -> None:
    """Keep a value of a job that this worker holds, for its later attempts."""
    held = Hold(str(id), body.claim, job, body.attempt)
    await ask.as_worker(held.worker, calls.save_checkpoint(held, body.value))
