"""The client of one database; `enqueue` and its kin use one that the process shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..registry import Task
from .scheduler import Job, Scheduler

__all__ = ["Job", "Scheduler", "aenqueue", "aenqueue_many", "enqueue", "enqueue_many"]

_default: Scheduler | None = None


def _scheduler() -> Scheduler:
    global _default
    if _default is None:
        _default = Scheduler()
    return _default


def enqueue(task: str | Task, args: Mapping[str, Any] | None = None, **options: Any) -> Job:
    """`Scheduler().enqueue(...)` on a scheduler shared by the process."""
    return _scheduler().enqueue(task, args, **options)


async def aenqueue(task: str | Task, args: Mapping[str, Any] | None = None, **options: Any) -> Job:
    """`Scheduler().aenqueue(...)` on a scheduler shared by the process."""
    return await _scheduler().aenqueue(task, args, **options)


def enqueue_many(task: str | Task, args: Sequence[Mapping[str, Any]], **options: Any) -> list[Job]:
    """`Scheduler().enqueue_many(...)` on a scheduler shared by the process."""
    return _scheduler().enqueue_many(task, args, **options)


async def aenqueue_many(
    task: str | Task, args: Sequence[Mapping[str, Any]], **options: Any
) -> list[Job]:
    """`Scheduler().aenqueue_many(...)` on a scheduler shared by the process."""
    return await _scheduler().aenqueue_many(task, args, **options)
