"""What is told of a job and of a queue while somebody watches."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from pgsched import calls, observe
from pgsched.errors import JobNotFound, TooManyStreams
from pgsched.models import FINAL_STATES, State

from .ask import Ask
from .catalogue import Queue
from .route import STREAM, Routes
from .runs import Line
from .shapes import Answered, Id, Name
from .streams import Stream, Told, come_back, said

ROUTES = Routes("watch", "Streams of server-sent events.")
_LOOK_S, _QUEUE_LOOK_S, _LINES, _AWAITED_S = 1.0, 2.0, 500, 60.0
_END = "end"
_EPOCH, _TICK = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Standing(Answered):
    """How a job stands."""

    id: Id
    state: State
    attempt: Annotated[int | None, Field(description="Claims so far; null once succeeded.")]
    queue: str
    priority: int
    due_at: datetime


class Ended(Answered):
    """What came of a job."""

    id: Id
    state: State
    result: Any
    error: str | None


@ROUTES.add(
    "GET",
    "/v1/jobs/{id}/events",
    scope="read",
    text=STREAM,
    refusals=(JobNotFound, TooManyStreams),
)
async def watch_job(ask: Ask, id: Id) -> Response:
    """
    Watch a job: its states, progress and log, until it ends.

    Events: `state` (id, state, attempt, queue, priority, due_at) at first and at each change;
    `progress` and `log` (attempt, logged_at, level, message, progress) of what its handler says;
    `end` (id, state, result, error), the last; `error` (a problem), the last if it goes wrong. Its
    end is told at once, all else within about a second. Whoever comes back with Last-Event-ID gets
    the lines after that; who has had the end gets status 204, after which browsers ask no more.
    """
    last = ask.request.headers.get("last-event-id")
    if last == _END:
        return Response(status_code=204)
    await ask.run(observe.job(id))
    ticks, told = come_back(last, 2) or (0, 0)
    return Stream(ask, lambda stream: _job(stream, id, ticks, told))


async def _job(stream: Stream, id: int, ticks: int, told: int) -> Told:
    """`ticks`, `told`: microseconds of the last line's time, and how many of it were told."""
    ask, waiter, awaited_until = stream.ask, str(uuid.uuid4()), 0.0
    shown: Standing | None = None
    while True:
        now = Standing.of(await ask.run(observe.job(id)))  # before the lines: none comes after it
        lines = await ask.run(observe.log_since(id, _EPOCH + ticks * _TICK, told, limit=_LINES))
        for row in lines:
            at = (row["logged_at"] - _EPOCH) // _TICK
            ticks, told = at, told + 1 if at == ticks else 1
            kind = "log" if row["progress"] is None else "progress"
            yield said(kind, Line.of(row), f"{ticks}.{told}")
        if len(lines) == _LINES:
            continue
        if now != shown:
            yield said("state", now, f"{ticks}.{told}")
            shown = now
        if now.state in FINAL_STATES:
            break
        if time.monotonic() > awaited_until:
            await ask.run(calls.await_(waiter, id, 2 * _AWAITED_S))
            awaited_until = time.monotonic() + _AWAITED_S
        if not await stream.goes_on(_LOOK_S):
            return
    if awaited_until:
        await ask.run(calls.forgo(waiter))
    outcome = await ask.run(calls.outcome(id))
    came = Ended(id=id, state=now.state, result=outcome.result, error=outcome.error)
    yield said(_END, came, _END)


@ROUTES.add(
    "GET", "/v1/queues/{name}/events", scope="read", text=STREAM, refusals=(TooManyStreams,)
)
async def watch_queue(ask: Ask, name: Name) -> Response:
    """
    Watch a queue: how much waits and runs in it, and how fast it flows.

    Events: `queue`, as an item of GET /v1/queues, at first and every two seconds in which something
    changed; zeros while there is no such queue. Not for users, for these are numbers of all jobs.
    """
    ask.require_all()
    return Stream(ask, lambda stream: _queue(stream, name))


async def _queue(stream: Stream, name: str) -> Told:
    shown: Queue | None = None
    while True:
        stream.ask.require_all()
        found = await stream.ask.streams.queues(stream.ask)
        now = next((Queue.of(row) for row in found if row["queue"] == name), _empty(name))
        if now != shown:
            yield said("queue", now)
            shown = now
        if not await stream.goes_on(_QUEUE_LOOK_S):
            return


def _empty(name: str) -> Queue:
    """A queue that has had no job yet."""
    counts = dict.fromkeys(("ready", "scheduled", "blocked", "running", "dead"), 0)
    rates = dict.fromkeys(("succeeded_per_s", "failed_per_s"), 0.0)
    times = dict.fromkeys(("wait_ms_p50", "wait_ms_p95", "run_ms_p50", "run_ms_p95"), None)
    rest = {"queue": name, "paused": False, "capped": False, "oldest_due_s": None}
    return Queue.of({**rest, **counts, **rates, **times})
