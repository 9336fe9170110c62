"""Endpoints: what people set, what pushers ask, and what endpoints say of jobs that they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..jsontext import dump_object
from ..models import Held
from .base import Call, nothing, scalar, text


class PushRow(NamedTuple):
    """
    An endpoint as a pusher needs it: one row of `pgsched.push_state()`.

    `wait_s`: for how long it is paused, 0 if not, None until resumed. `due_in_s`: when its next job
    is due, None if none waits. `lapses_in_s`: when the first lease of a job that it works on ends.
    `now_s`: this moment by the database's clock, in seconds since 1970.
    """

    name: str
    url: str
    headers: dict[str, str]
    secrets: list[str]
    timeout_s: float
    free: int
    wait_s: float | None
    due_in_s: float | None
    lapses_in_s: float | None
    now_s: float


def add_endpoint(
    name: str,
    url: str,
    *,
    concurrency: int = 10,
    timeout_s: float = 30,
    lease_s: float = 300,
    headers: Mapping[str, str] | None = None,
    tasks: Sequence[str] = (),
) -> Call[str]:
    """Make an endpoint; reads its secret, this once."""
    return Call(
        "select pgsched.add_endpoint(%s, %s, %s::int, %s::float8, %s::float8, %s::jsonb,"
        " %s::text[])",
        [
            text("name", name),
            text("url", url),
            concurrency,
            timeout_s,
            lease_s,
            dump_object("headers", headers or {}),
            list(tasks),
        ],
        scalar,
    )


def change_endpoint(name: str, changes: Mapping[str, Any], version: int | None = None) -> Call[int]:
    """Set fields of an endpoint; reads the new version."""
    return Call(
        "select pgsched.change_endpoint(%s, %s::jsonb, %s::int)",
        [name, dump_object("changes", changes), version],
        scalar,
    )


def rotate_endpoint(name: str) -> Call[str]:
    """Give an endpoint a new secret; reads it, this once."""
    return Call("select pgsched.rotate_endpoint(%s)", [name], scalar)


def pause_endpoint(name: str) -> Call[None]:
    """Send an endpoint no jobs."""
    return Call("select pgsched.pause_endpoint(%s)", [name], nothing)


def resume_endpoint(name: str) -> Call[None]:
    """Send an endpoint its jobs again."""
    return Call("select pgsched.resume_endpoint(%s)", [name], nothing)


def remove_endpoint(name: str, version: int | None = None) -> Call[None]:
    """Forget an endpoint; its tasks are for workers again. With a version, only if it has it."""
    return Call("select pgsched.remove_endpoint(%s, %s::int)", [name, version], nothing)


def push_state() -> Call[list[PushRow]]:
    """Every endpoint, as a pusher needs it."""
    return Call(
        "select name, url, headers, secrets, timeout_s, free, wait_s, due_in_s, lapses_in_s, now_s"
        " from pgsched.push_state()",
        [],
        lambda rows: [PushRow._make(row) for row in rows],
    )


def claim_push(worker: str, endpoint: str, limit: int) -> Call[list[Held]]:
    """Take up to `limit` due jobs of an endpoint; as many as it has room for."""
    return Call(
        "select claim, id, attempt, task, args, timeout_s, cursor"
        " from pgsched.claim_push(%s, %s, %s)",
        [worker, endpoint, limit],
        lambda rows: [Held._make(row) for row in rows],
    )


def hold_endpoint(endpoint: str, for_s: float | None, problem: str) -> Call[None]:
    """Send an endpoint no jobs for so long; None: until it is resumed."""
    params = [endpoint, for_s, problem]
    return Call("select pgsched.hold_endpoint(%s, %s::float8, %s)", params, nothing)


def hand_over(worker: str, job: Held, endpoint: str, to: str, token: bytes) -> Call[bool]:
    """Let an endpoint go on with a job, as worker `to`; reads whether `worker` still held it."""
    return Call(
        "select pgsched.hand_over(%s, %s::bigint, %s::bigint, %s::int, %s, %s, %s::bytea)",
        [worker, job.claim, job.id, job.attempt, endpoint, to, token],
        scalar,
    )


def lapse(worker: str) -> Call[int]:
    """Time out jobs whose endpoints let their lease end; reads how many."""
    return Call("select pgsched.lapse(%s)", [worker], scalar)


def call_back_heartbeat(worker: str, token: bytes, id: int) -> Call[tuple[float, bool]]:
    """Renew the lease of an endpoint on a job; reads how long it is, and whether to stop."""
    return Call(
        "select lease_s, cancelled from pgsched._call_back_heartbeat(%s, %s::bytea, %s::bigint)",
        [worker, token, id],
        lambda rows: (rows[0][0], rows[0][1]),
    )


def call_back_finish(
    worker: str,
    token: bytes,
    id: int,
    *,
    outcome: str,
    result: str | None,
    error: str | None,
    after_s: float | None,
    final: bool,
) -> Call[str]:
    """End a job that an endpoint holds; reads the outcome that was recorded."""
    return Call(
        "select pgsched._call_back_finish(%s, %s::bytea, %s::bigint, %s, %s, %s, %s::float8,"
        " %s::bool)",
        [worker, token, id, outcome, result, text("error", error), after_s, final],
        scalar,
    )


def backlog(queue: str, *, running: bool = False) -> Call[int]:
    """How many jobs of a queue are due, up to 10,000; `running`: and those that are being run."""
    return Call("select pgsched.backlog(%s, %s)", [text("queue", queue), running], scalar)
