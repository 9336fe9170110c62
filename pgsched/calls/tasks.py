"""The catalogue of tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..jsontext import dump_object
from ..models import Policy
from .base import Call, Row, nothing, scalar


def declare_task(name: str, policy: Policy) -> Call[int]:
    """Write into the catalogue what code says of a task; reads the version that holds."""
    fields = asdict(policy) | {
        "retry": dump_object("retry", policy.retry),
        "labels": dump_object("labels", policy.labels),
    }
    return Call(
        "select pgsched.declare_task(name => %s, queue => %s, priority => %s::int,"
        " max_attempts => %s::int, retry => %s::jsonb, timeout_s => %s::float8, isolation => %s,"
        " transactional => %s, description => %s, category => %s, labels => %s::jsonb,"
        " enabled => %s, handler => %s)",
        [name, *fields.values()],
        scalar,
    )


def change_task(task: str, changes: Mapping[str, Any], version: int | None = None) -> Call[int]:
    """Set fields of a policy in place of what code declares; reads the new version."""
    return Call(
        "select pgsched.change_task(%s, %s::jsonb, %s::int)",
        [task, dump_object("changes", changes), version],
        scalar,
    )


def reset_task(task: str, fields: Sequence[str] | None = None) -> Call[int]:
    """Take back what was set: these fields, or all; reads the version that holds."""
    return Call(
        "select pgsched.reset_task(%s, %s::text[])",
        [task, None if fields is None else list(fields)],
        scalar,
    )


def pause_task(task: str) -> Call[None]:
    """Hold the jobs of a task."""
    return Call("select pgsched.pause_task(%s)", [task], nothing)


def resume_task(task: str) -> Call[int]:
    """Let the jobs of a task run again; reads how many that waited are ready at once."""
    return Call("select pgsched.resume_task(%s)", [task], scalar)


def in_force(tasks: Sequence[str]) -> Call[list[tuple[str, float | None, str]]]:
    """(name, timeout_s, isolation) of these tasks, as they hold now."""

    def read(rows: list[Row]) -> list[tuple[str, float | None, str]]:
        return [(name, timeout_s, isolation) for name, timeout_s, isolation in rows]

    return Call(
        "select t.name, t.timeout_s, t.isolation from pgsched.task as t where t.name = any(%s)",
        [list(tasks)],
        read,
    )
