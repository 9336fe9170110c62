"""Calls of workers that start: write what code declares beside its tasks."""

from __future__ import annotations

from collections.abc import Sequence

from ..jsontext import dump_value
from ..models import Declaration
from .base import Call, nothing, scalar, text


def declare_schedule(declared: Declaration) -> Call[None]:
    """Write a schedule, but for what an operator has changed."""
    return Call("select pgsched.declare_schedule(%s, %s, %s::jsonb)", _params(declared), nothing)


def declare_subscription(declared: Declaration) -> Call[None]:
    """Write a subscription, but for what an operator has changed."""
    return Call(
        "select pgsched.declare_subscription(%s, %s, %s::jsonb)", _params(declared), nothing
    )


def retire_declarations(kind: str, tasks: Sequence[str], names: Sequence[str]) -> Call[list[str]]:
    """End what code once declared of these tasks, all but `names`; reads what that was."""
    return Call(
        "select pgsched.retire_declarations(%s, %s::text[], %s::text[])",
        [kind, list(tasks), list(names)],
        scalar,
    )


def restore_declared(kind: str, name: str) -> Call[None]:
    """Let a schedule or subscription be as code declares it again."""
    return Call("select pgsched.restore_declared(%s, %s)", [kind, text("name", name)], nothing)


def _params(declared: Declaration) -> list[str | None]:
    columns = dump_value("columns", declared.columns)
    return [text("name", declared.name), text("task", declared.task), columns]
