"""What schedules were, and what they would do, over HTTP."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field

from pgsched import calls, observe
from pgsched.errors import ScheduleExists, ScheduleNotFound

from .ask import Ask
from .moved import TIME_S, Effect, moving
from .route import Routes
from .schedules import Occurrences, ScheduleBody, foreseen
from .shapes import Name, Page, PageQuery
from .versions import Restore, Restored, Version

ROUTES = Routes("schedules", "A schedule says when jobs of a task come into being by the clock.")


class Draft(ScheduleBody):
    """A schedule that is not made. Its name, where it has one, decides its splay."""

    name: Name | None = None
    n: Annotated[int, Field(ge=1, le=500, description="How many.")] = 10


class ScheduleVersion(Version):
    """What a schedule was."""

    schedule: str


@ROUTES.add("POST", "/v1/forecast", scope="write", refusals=(ScheduleExists,))
async def forecast_draft(ask: Ask, body: Draft) -> Occurrences:
    """Foresee what a schedule would do, without making it. What is wrong with it is said."""
    name = body.name or f"draft-{uuid.uuid4().hex}"
    columns = body.columns()
    del columns["n"]
    async with ask.transaction() as within, within.conn.transaction(force_rollback=True):
        await ask.run(calls.add_schedule({**columns, "name": name}))
        return Occurrences(items=await foreseen(ask, name, body.n))


@ROUTES.add(
    "POST",
    "/v1/schedules/{name}/preview",
    scope="write",
    refusals=(ScheduleNotFound,),
    time_s=TIME_S,
)
async def preview_schedule(ask: Ask, name: Name, body: ScheduleBody) -> Effect:
    """Tell which coming runs would move if a schedule were exactly so; nothing is changed."""
    async with moving(ask, [name], dry_run=True) as effect:
        await ask.run(calls.change_schedule(name, body.columns(), None))
        await foreseen(ask, name, 1)
    return Effect.of(effect)


@ROUTES.add("GET", "/v1/schedules/{name}/versions", scope="read")
async def list_schedule_versions(ask: Ask, name: Name, query: PageQuery) -> Page[ScheduleVersion]:
    """List what a schedule was, newest first, also of one that is removed; not for users."""
    ask.require_all()
    return await ask.page(ScheduleVersion, observe.schedule_versions(name), query)


@ROUTES.add(
    "POST",
    "/v1/schedules/{name}/restore",
    scope="admin",
    refusals=(ScheduleNotFound,),
    time_s=TIME_S,
)
async def restore_schedule(ask: Ask, name: Name, body: Restore) -> Restored:
    """Let a schedule be as it was at a version, also if it is removed; that makes a new one."""
    async with moving(ask, [name], dry_run=body.dry_run) as effect:
        version = await ask.run(calls.restore_schedule(name, body.version))
    return Restored.of({"version": version, **effect})
