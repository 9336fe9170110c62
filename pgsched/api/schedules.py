"""Schedules over HTTP."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from pgsched import calls, observe, timetable
from pgsched.errors import (
    ConditionRequired,
    ScheduleExists,
    ScheduleNotFound,
    VersionChanged,
)
from pgsched.observe import Record
from pgsched.time import Occasion

from .ask import Ask
from .jobs import Labels, Made, Priority
from .route import Routes
from .shapes import (
    Answered,
    Asked,
    Id,
    Limit,
    Name,
    Page,
    PageQuery,
    PlanMoment,
)

ROUTES = Routes("schedules", "A schedule says when jobs of a task come into being by the clock.")
_RULES = ("cron", "rrule", "every", "at", "after_s", "business")
_LENGTHS = ("after", "jitter", "splay", "grace")
_CHANGING = (ScheduleNotFound, ConditionRequired, VersionChanged)
Rule = Annotated[str, Field(min_length=1, max_length=10_000)]
Day = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class ScheduleBody(Asked):
    """
    A schedule with exactly one rule: cron, rrule, every, at, after_s or business.

    `$nominal` and `$schedule` as values in args become the slot's time and the schedule's name.
    """

    task: Name
    args: Annotated[dict[str, Any], Field(examples=[{"day": "$nominal"}])] = Field(
        default_factory=dict[str, Any]
    )
    cron: Annotated[Rule | None, Field(examples=["0 6 * * mon-fri"])] = None
    rrule: Rule | None = None
    every: Annotated[Rule | None, Field(description="15 minutes; day at 18:00")] = None
    at: PlanMoment | None = None
    after_s: Annotated[float | None, Field(ge=0, le=10**10, allow_inf_nan=False)] = None
    business: Annotated[Rule | None, Field(description="last business day of month at 18:00")] = (
        None
    )
    timezone: Name = "UTC"
    calendar: Rule | None = None
    roll: Literal["skip", "following", "preceding", "modified_following"] = "skip"
    blackout: Name | None = None
    blackout_policy: Literal["skip", "hold", "before"] = "skip"
    starts_at: PlanMoment | None = None
    ends_at: PlanMoment | None = None
    max_runs: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    jitter_s: Day = 0
    splay_s: Day = 0
    grace_s: Day = 60
    overlap: Literal["allow", "skip", "queue", "cancel"] = "allow"
    misfire: Literal["skip", "once", "all"] = "once"
    misfire_limit: Annotated[int, Field(ge=1, le=10_000)] = 100
    condition: Name | None = None
    priority: Priority | None = None
    queue: Name | None = None
    labels: Labels | None = None
    paused: bool = False

    @model_validator(mode="after")
    def one_rule(self) -> ScheduleBody:
        """Exactly one rule says when."""
        if sum(getattr(self, name) is not None for name in _RULES) != 1:
            raise ValueError(f"give exactly one of {', '.join(_RULES)}")
        return self

    def columns(self) -> dict[str, Any]:
        """As the view `pgsched.schedule` has them: one rule, and all else."""
        given = self.model_dump()
        for name in _RULES:
            if given[name] is None:
                del given[name]
        for name in _LENGTHS:
            if f"{name}_s" in given:
                given[name] = timedelta(seconds=given.pop(f"{name}_s"))
        return given


class NewSchedule(ScheduleBody):
    """A schedule and its name."""

    name: Name


class Schedule(Answered):
    """A schedule as it stands."""

    name: str
    task: str
    args: dict[str, Any]
    cron: str | None
    rrule: str | None
    every: str | None
    at: datetime | None
    business: str | None
    timezone: str
    calendar: str | None
    roll: str | None
    blackout: str | None
    blackout_policy: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    max_runs: int | None
    jitter_s: float | None
    splay_s: float | None
    grace_s: float | None
    overlap: str
    misfire: str
    misfire_limit: int | None
    condition: str | None
    priority: int | None
    queue: str | None
    labels: Labels | None
    paused: bool
    version: int
    next_at: Annotated[datetime | None, Field(description="When its next slot is due.")]
    runs: int
    last_job: Id | None
    problem: Annotated[str | None, Field(description="What the planner refuses of it.")]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: Record) -> Self:
        """Of a row, with its lengths of time in seconds."""
        lengths = {
            f"{name}_s": row[name].total_seconds() if row[name] is not None else None
            for name in _LENGTHS
            if name in row
        }
        return super().of(row | lengths)


class Note(Answered):
    """Why an occasion is where it is: `code` for programs, `text` for people."""

    code: str
    text: str


class Occurrence(Answered):
    """An occasion that is to come."""

    nominal: datetime
    due_at: datetime
    skipped: bool
    notes: Annotated[list[Note], Field(description="Why it is moved or skipped.")]

    @classmethod
    def seen(cls, found: Occasion) -> Self:
        """As the planner foresees it."""
        return cls(
            nominal=found.nominal,
            due_at=found.due_at,
            skipped=found.skipped,
            notes=[Note(code=note.code, text=note.text) for note in found.notes],
        )


class Occurrences(Answered):
    """Occasions that are to come, in order."""

    items: list[Occurrence]


class ForecastQuery(Asked):
    """How many."""

    n: Limit = 10


class Slot(Answered):
    """What became of an occasion: planned, held, fired, skipped or missed."""

    nominal: datetime
    outcome: str
    reason: str | None
    job_id: Id | None
    at: datetime


class Trigger(Asked):
    """With which args; left out: its own."""

    args: dict[str, Any] | None = None


@ROUTES.add("POST", "/v1/schedules", scope="write", status=201, refusals=(ScheduleExists,))
async def create_schedule(ask: Ask, body: NewSchedule) -> Schedule:
    """Make a schedule. What is wrong with its rule is said at once."""
    async with ask.transaction():
        await ask.run(calls.add_schedule({"name": body.name, **body.columns()}))
        await foreseen(ask, body.name, 1)
        ask.made("/v1/schedules", body.name)
        return await _shown(ask, body.name)


@ROUTES.add("GET", "/v1/schedules", scope="read")
async def list_schedules(ask: Ask, query: PageQuery) -> Page[Schedule]:
    """List schedules, by name."""
    return await ask.page(Schedule, observe.schedules(), query)


@ROUTES.add("GET", "/v1/schedules/{name}", scope="read", refusals=(ScheduleNotFound,))
async def get_schedule(ask: Ask, name: Name) -> Schedule:
    """Show a schedule; its ETag is for changes."""
    return await _shown(ask, name)


@ROUTES.add("PUT", "/v1/schedules/{name}", scope="write", refusals=_CHANGING)
async def put_schedule(ask: Ask, name: Name, body: ScheduleBody) -> Schedule:
    """Let a schedule be exactly so; what is left out becomes what it is by default."""
    expected = ask.expected()
    async with ask.transaction():
        await ask.run(calls.change_schedule(name, body.columns(), expected))
        await foreseen(ask, name, 1)
        return await _shown(ask, name)


@ROUTES.add("DELETE", "/v1/schedules/{name}", scope="write", status=204, refusals=_CHANGING)
async def remove_schedule(ask: Ask, name: Name) -> None:
    """End a schedule; its slots and jobs stay."""
    await ask.run(calls.remove_schedule(name, ask.expected()))


@ROUTES.add("POST", "/v1/schedules/{name}/pause", scope="write", refusals=(ScheduleNotFound,))
async def pause_schedule(ask: Ask, name: Name) -> Schedule:
    """Let a schedule make no jobs; what it misses is not made up for."""
    await ask.run(calls.pause_schedule(name))
    return await _shown(ask, name)


@ROUTES.add("POST", "/v1/schedules/{name}/resume", scope="write", refusals=(ScheduleNotFound,))
async def resume_schedule(ask: Ask, name: Name) -> Schedule:
    """Let a schedule go on, from now."""
    await ask.run(calls.resume_schedule(name))
    return await _shown(ask, name)


@ROUTES.add(
    "POST", "/v1/schedules/{name}/trigger", scope="write", status=201, refusals=(ScheduleNotFound,)
)
async def trigger_schedule(ask: Ask, name: Name, body: Trigger) -> Made:
    """Make its job now; no slot moves."""
    id = await ask.run(calls.trigger_schedule(name, body.args))
    ask.made("/v1/jobs", id)
    return Made(id=id)


@ROUTES.add("GET", "/v1/schedules/{name}/forecast", scope="read", refusals=(ScheduleNotFound,))
async def forecast_schedule(ask: Ask, name: Name, query: ForecastQuery) -> Occurrences:
    """Foresee the next occasions of a schedule: why each is there, moved or skipped."""
    return Occurrences(items=await foreseen(ask, name, query.n))


@ROUTES.add("GET", "/v1/schedules/{name}/slots", scope="read", refusals=(ScheduleNotFound,))
async def list_slots(ask: Ask, name: Name, query: PageQuery) -> Page[Slot]:
    """List slots of a schedule, newest first."""
    await ask.run(observe.schedule(name))
    return await ask.page(Slot, observe.slots(name), query)


async def _shown(ask: Ask, name: str) -> Schedule:
    return ask.shown(Schedule, await ask.run(observe.schedule(name)))


async def foreseen(ask: Ask, name: str, n: int) -> list[Occurrence]:
    """Its next occasions; in a thread, for a rule that hardly ever fires takes its time."""
    plan, now = await ask.steps(timetable.planning(name))
    found = await asyncio.to_thread(timetable.occasions, plan, now, n)
    return [Occurrence.seen(each) for each in found]
