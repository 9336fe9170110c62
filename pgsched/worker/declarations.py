"""What code declares beside its tasks is written when a worker starts."""

from __future__ import annotations

import logging
from collections.abc import Collection
from contextlib import suppress
from typing import Any, TypeVar

import psycopg

from .. import calls, db
from ..errors import PgschedError, VersionChanged
from ..registry import Task

log = logging.getLogger("pgsched.worker")

T = TypeVar("T")

_TRIES = 3  # where somebody else changes a schedule at the same moment


async def write(conn: psycopg.AsyncConnection[Any], tasks: Collection[Task]) -> None:
    """
    Write the schedules and subscriptions of these tasks, and end those that they have no more.

    One that the database refuses is logged, and stands in nobody's way.
    Raises psycopg.OperationalError where the database is gone.
    """
    declared = [each for task in tasks for each in task.declarations]
    for kind in ("schedule", "subscription"):
        names = [each.name for each in declared if each.kind == kind]
        call = calls.retire_declarations(kind, [task.name for task in tasks], names)
        for name in await _run(conn, call, f"no {kind} is ended") or ():
            log.info("%s %s is ended: no task declares it any more", kind, name)
    for each in declared:
        scheduled = each.kind == "schedule"
        declare = calls.declare_schedule if scheduled else calls.declare_subscription
        otherwise = f"task {each.task}: {each.kind} {each.name} is not written"
        await _run(conn, declare(each), otherwise)


async def _run(conn: psycopg.AsyncConnection[Any], call: calls.Call[T], otherwise: str) -> T | None:
    try:
        for _ in range(_TRIES - 1):
            with suppress(VersionChanged):
                return await db.run_async(conn, call)
        return await db.run_async(conn, call)
    except psycopg.OperationalError:
        raise
    except (PgschedError, psycopg.Error) as error:
        log.error("%s: %s", otherwise, error)
        return None
