"""Calls about many jobs at once, by their ids or by what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ..jsontext import dump_object
from .base import Call, Row, text


class Found(NamedTuple):
    """Ids of jobs, and the id after which to look for more; None: there are no more."""

    ids: list[int]
    next: int | None


class Changed(NamedTuple):
    """What came of one of many jobs: `state` is what it was made, or what forbids to change it."""

    id: int
    done: bool
    state: str | None


def find_jobs(
    states: Sequence[str],
    *,
    queue: str | None,
    task: str | None,
    labels: Mapping[str, Any] | None,
    since: datetime | None,
    until: datetime | None,
    after: int,
    limit: int,
) -> Call[Found]:
    """Some jobs (`limit`: 1..1000) that match every filter given, lowest ids first."""
    return Call(
        "select ids, next from pgsched.find_jobs(%s::pgsched.job_state[], %s, %s, %s::jsonb,"
        " %s::timestamptz, %s::timestamptz, %s::bigint, %s::int)",
        [
            list(states),
            text("queue", queue),
            text("task", task),
            dump_object("labels", labels),
            since,
            until,
            after,
            limit,
        ],
        lambda rows: Found(*rows[0]),
    )


def cancel_jobs(ids: Sequence[int]) -> Call[list[Changed]]:
    """Cancel 1 to 1000 jobs; reads what came of those that there are."""
    return Call(
        "select id, done, state from pgsched.cancel_jobs(%s::bigint[])", [list(ids)], _changed
    )


def redrive_jobs(ids: Sequence[int]) -> Call[list[Changed]]:
    """Run 1 to 1000 ended jobs again; reads what came of those that there are."""
    return Call(
        "select id, done, state from pgsched.redrive_jobs(%s::bigint[])", [list(ids)], _changed
    )


def reschedule_jobs(
    ids: Sequence[int], due_at: datetime | None, priority: int | None, queue: str | None
) -> Call[list[Changed]]:
    """Move 1 to 1000 waiting jobs; reads what came of those that there are."""
    return Call(
        "select id, done, state"
        " from pgsched.reschedule_jobs(%s::bigint[], %s::timestamptz, %s::int, %s)",
        [list(ids), due_at, priority, text("queue", queue)],
        _changed,
    )


def _changed(rows: list[Row]) -> list[Changed]:
    return [Changed(*row) for row in rows]
