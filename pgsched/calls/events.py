"""Calls about events: tell of them, subscribe to them, make up for jobs that they did not make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ..errors import InvalidValue
from ..jsontext import dump_object, dump_value
from ..values import require_id
from .base import Call, nothing, scalar, text


class Emitted(NamedTuple):
    """An event; `known`: it had been told of before, by its source and id."""

    id: int
    known: bool


def emit(
    type: str, data: Any, source: str, subject: str | None, id: str | None, cause: int | None
) -> Call[int]:
    """
    Make an event and the jobs that come of it; reads its id.

    Raises InvalidValue for data that is no JSON, and for NUL in a text.
    """
    if cause is not None:
        require_id("cause", cause)
    return Call(
        "select pgsched.emit(type => %s, data => %s::jsonb, source => %s, subject => %s, id => %s,"
        " cause_job => %s::bigint)",
        [
            text("type", type),
            dump_value("data", data),
            text("source", source),
            text("subject", subject),
            text("id", id),
            cause,
        ],
        scalar,
    )


def emit_many(events: Sequence[Mapping[str, Any]]) -> Call[list[Emitted]]:
    """
    Make an event of each of 1..10000 (type, data, source, subject, id, time, attributes); reads
    them in order.

    Raises InvalidValue for data that is no JSON, and for NUL in a text.
    """
    return Call(
        "select id, known from pgsched.emit_many(%s::jsonb)",
        [dump_value("an event", list(events))],
        lambda rows: [Emitted._make(row) for row in rows],
    )


def cause(job: int) -> Call[None]:
    """Let what becomes an event in the rest of this transaction be caused by a job."""
    return Call("select set_config('pgsched.cause_job', %s, true)", [str(job)], nothing)


def subscribe(
    name: str,
    event_type: str,
    task: str,
    *,
    filter: str | None = None,
    args: Any = None,
    queue: str | None = None,
    priority: int | None = None,
    delay_s: float = 0,
    key: str | None = None,
    enabled: bool | None = None,
    expected: int | None = None,
) -> Call[int]:
    """
    Make a subscription, or change the one of this name to be exactly so; reads its version.

    `delay_s` from 0 to 250000000000. `enabled` None: as it is, true for a new one. `expected`: only
    if it has this version; 0: only if there is none; None: whatever.
    """
    if not 0 <= delay_s <= 250_000_000_000:
        raise InvalidValue("delay must be from 0 to 7000 years", detail=f"got {delay_s} seconds")
    return Call(
        "select pgsched.subscribe(name => %s, event_type => %s, task => %s, filter => %s,"
        " args => %s::jsonb, queue => %s, priority => %s, delay => %s, key => %s, enabled => %s,"
        " expected => %s::int)",
        [
            text("name", name),
            text("event_type", event_type),
            text("task", task),
            text("filter", filter),
            dump_object("args", args),
            text("queue", queue),
            priority,
            timedelta(seconds=delay_s),
            text("key", key),
            enabled,
            expected,
        ],
        scalar,
    )


def unsubscribe(name: str, expected: int | None = None) -> Call[None]:
    """End a subscription; the jobs that it made stay. `expected`: only if it has this version."""
    return Call("select pgsched.unsubscribe(%s, %s::int)", [text("name", name), expected], nothing)


def enable_subscription(name: str, enabled: bool) -> Call[None]:
    """Let a subscription make jobs of the events to come, or none."""
    return Call(
        "select pgsched.enable_subscription(%s, %s)", [text("name", name), enabled], nothing
    )


def replay(subscription: str, since: datetime, until: datetime, max_jobs: int) -> Call[int]:
    """
    Make the jobs that a subscription has not made of events from `since` to below `until`.

    Reads how many; call it again while that is `max_jobs` (1..100000).
    """
    return Call(
        "select pgsched.replay(%s, %s, %s, %s)",
        [text("subscription", subscription), since, until, max_jobs],
        scalar,
    )


def watch(
    table: str, operations: str, type: str, columns: Sequence[str] | None, when: str | None
) -> Call[None]:
    """Let rows of a table (its name as in SQL) become events; the caller is its owner."""
    return Call(
        "select pgsched.watch(%s::regclass, %s, %s, %s::text[], %s)",
        [table, operations, type, None if columns is None else list(columns), when],
        nothing,
    )


def unwatch(table: str, type: str) -> Call[None]:
    """Let rows of a table become events of this type no more."""
    return Call("select pgsched.unwatch(%s::regclass, %s)", [table, type], nothing)
