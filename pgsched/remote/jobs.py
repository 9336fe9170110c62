"""Requests about jobs: make, wait for, change; and events, which make them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..calls.jobs import origin_of
from ..jsontext import dump_each, dump_object, dump_value
from ..models import FINAL_STATES, Hold, Origin, Outcome
from ..options import JobOptions
from ..values import require_id, require_move
from .base import (
    NDJSON,
    Answer,
    Json,
    Request,
    Steps,
    change,
    changing,
    get,
    json_of,
    moment,
    nothing,
    plain,
    post,
    the_id,
    with_tag,
)

_WAIT_S_MAX = 30.0
_BULK_S = 600.0


def enqueue(task: str, args: Any, options: JobOptions) -> Request[int]:
    """Make one job; reads its id."""
    text = f'{_beginning(task, options)},"args":{dump_object("args", args)}}}'
    return post("/v1/jobs", the_id, text.encode())


def enqueue_many(task: str, args: Sequence[Any], options: JobOptions) -> Request[list[int]]:
    """Make one job for each element of args, all or none; reads their ids, in that order."""
    options.require_common()
    beginning = f'{_beginning(task, options)},"args":'
    content = "".join([f"{beginning}{each}}}\n" for each in dump_each("args", args)]).encode()
    return post("/v1/jobs/bulk", _ids, content, media=NDJSON, wait_s=_BULK_S)


def _ids(answer: Answer) -> list[int]:
    return [int(id) for id in answer.json()["ids"]]


def _beginning(task: str, options: JobOptions) -> str:
    """The JSON of a job up to its args; what is not said is left out."""
    parent = options.parent_id
    given: Json = {
        "queue": options.queue,
        "priority": options.priority,
        "due_at": options.due_at and moment(options.due_at),
        "delay_s": options.delay_s,
        "max_attempts": options.max_attempts,
        "timeout_s": options.timeout_s,
        "key": options.key,
        "trace": options.trace,
        "parent_id": None if parent is None else str(parent),
    }
    texts = {"task": dump_value("task", task)}
    texts |= {name: dump_value(name, value) for name, value in given.items() if value is not None}
    for name, value in (("retry", options.retry), ("labels", options.labels)):
        if value is not None:
            texts[name] = str(dump_object(name, value))
    return "{" + ",".join(f'"{name}":{text}' for name, text in texts.items())


def outcome(id: int, wait_s: float = 0) -> Request[Outcome]:
    """What came of a job; with `wait_s`, once it has ended or that many seconds have passed."""
    require_id("id", id)
    query = {"wait": f"{wait_s:.3f}"} if wait_s > 0 else {}
    return Request(method="GET", path=f"/v1/jobs/{id}", read=_outcome, query=query, wait_s=wait_s)


def _outcome(answer: Answer) -> Outcome:
    told = answer.json()
    return Outcome(told["state"], told["result"], told["error"])


def origin(id: int) -> Request[Origin]:
    """Which slot or event made a job."""
    require_id("id", id)
    return get(f"/v1/jobs/{id}", lambda answer: origin_of(answer.json()["labels"]))


def waiting(id: int, timeout: float | None) -> Steps[Outcome]:
    """Wait for a job: its outcome, or how it stands where it has not ended within the time."""
    ends = None if timeout is None else time.monotonic() + timeout
    while True:
        left = _WAIT_S_MAX if ends is None else min(ends - time.monotonic(), _WAIT_S_MAX)
        came: Outcome = yield outcome(id, left)
        if came.state in FINAL_STATES or left <= 0:
            return came


def cancel(id: int) -> Request[str]:
    """Cancel a job; reads cancelled, cancelling or the final state it had."""
    require_id("id", id)
    return post(f"/v1/jobs/{id}/cancel", lambda answer: answer.json()["state"])


def redrive(id: int) -> Request[None]:
    """Run an ended job again."""
    require_id("id", id)
    return post(f"/v1/jobs/{id}/redrive", nothing)


def reschedule(
    id: int, due_at: datetime | None, priority: int | None, queue: str | None
) -> Steps[None]:
    """Move a waiting job to another time, priority or queue."""
    require_id("id", id)
    require_move(due_at, priority, queue)
    given = {"due_at": due_at, "priority": priority, "queue": queue}
    body = plain({name: value for name, value in given.items() if value is not None})
    path = f"/v1/jobs/{id}"

    def move(found: tuple[Json, str | None]) -> Request[None]:
        return change("PATCH", path, nothing, found[1], body)

    return changing(get(path, with_tag), move)


def checkpoint(held: Hold) -> Request[Any]:
    """What was kept of a job; None if nothing was."""
    fence = {"claim": str(held.claim), "attempt": str(held.attempt)}
    return get(_checkpoint(held), lambda answer: answer.json()["value"], **fence)


def save_checkpoint(held: Hold, value: Any) -> Request[None]:
    """Keep a value, which JSON can hold, for the later attempts of a job."""
    kept = dump_value("the checkpoint", value)
    content = f'{{"claim":"{held.claim}","attempt":{held.attempt},"value":{kept}}}'.encode()
    return Request(method="PUT", path=_checkpoint(held), read=nothing, content=content)


def _checkpoint(held: Hold) -> str:
    return f"/v1/workers/{held.worker}/checkpoints/{held.id}"


def emit(
    type: str, data: Any, source: str, subject: str | None, id: str | None, cause: int | None
) -> Request[int]:
    """Say that something happened; reads the event's id."""
    given = {"type": type, "data": data, "source": source, "subject": subject, "id": id}
    body: Json = {name: value for name, value in given.items() if value is not None}
    if cause is not None:
        require_id("cause", cause)
        body["cause_job"] = str(cause)
    return post("/v1/events", the_id, json_of(body))
