"""Business calendars and blackouts over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from pgsched import calendars, calls, observe
from pgsched.errors import CalendarNotFound, ConditionRequired, VersionChanged

from .ask import Ask
from .moved import TIME_S, Dry, DryQuery, Effect, moving
from .route import Routes
from .shapes import (
    Answered,
    Asked,
    LongText,
    Moment,
    Name,
    Page,
    PageQuery,
    PlanDay,
    PlanMoment,
    Text,
)
from .versions import Restore, Restored, Version

ROUTES = Routes("calendars", "Days and times at which schedules make no jobs.")
_CHANGING = (CalendarNotFound, ConditionRequired, VersionChanged)
Weekday = Annotated[int, Field(ge=1, le=7)]


class CalendarBody(Asked):
    """A calendar. It is exactly so: days that are not given are no holidays."""

    weekend: Annotated[
        list[Weekday], Field(max_length=6, description="Days from 1 (Monday) to 7 (Sunday).")
    ] = Field(default_factory=lambda: [6, 7])
    about: LongText | None = None
    holidays: Annotated[
        dict[PlanDay, Text], Field(max_length=10_000, examples=[{"2026-12-24": "Christmas Eve"}])
    ] = Field(default_factory=dict[PlanDay, Text])


class Calendar(Answered):
    """A calendar as it stands."""

    name: str
    weekend: list[int]
    about: str | None
    version: int
    holidays: dict[str, str]


class CalendarListed(Answered):
    """A calendar, and how far its holidays reach."""

    name: str
    weekend: list[int]
    about: str | None
    version: int
    holidays: Annotated[int | None, Field(description="How many.")]
    first_day: date | None
    last_day: date | None


class CalendarChanged(Effect):
    """What days it has now and had not, or by another name; and had and has not."""

    version: int
    added: dict[date, str]
    removed: dict[date, str]


class CalendarVersion(Version):
    """What a calendar was."""

    calendar: str


class RemovedQuery(DryQuery):
    """How."""

    force: Annotated[
        bool, Field(strict=False, description="Though schedules heed it: these fire no more.")
    ] = False


class Window(Answered):
    """A blackout window."""

    name: str
    starts_at: datetime
    ends_at: datetime
    reason: str


class NewWindow(Asked):
    """A window in which schedules that name it make no jobs. Several may have one name."""

    name: Name
    starts_at: PlanMoment
    ends_at: PlanMoment
    reason: Text = "blackout"
    dry_run: Dry = False


class WindowsQuery(DryQuery):
    """Which of its windows."""

    starts_at: Annotated[Moment | None, Field(description="Left out: all.")] = None


class WindowsRemoved(Effect):
    """How many windows are removed."""

    windows: int


@ROUTES.add("GET", "/v1/calendars", scope="read")
async def list_calendars(ask: Ask, query: PageQuery) -> Page[CalendarListed]:
    """List business calendars, by name."""
    return await ask.page(CalendarListed, observe.calendars(), query)


@ROUTES.add("GET", "/v1/calendars/{name}", scope="read", refusals=(CalendarNotFound,))
async def get_calendar(ask: Ask, name: Name) -> Calendar:
    """Show a calendar with its holidays; its ETag is for changes."""
    return ask.shown(Calendar, await ask.run(observe.calendar(name)))


@ROUTES.add("PUT", "/v1/calendars/{name}", scope="admin", refusals=_CHANGING, time_s=TIME_S)
async def put_calendar(
    ask: Ask, name: Name, query: DryQuery, body: CalendarBody
) -> CalendarChanged:
    """
    Let there be a calendar that is exactly so; of one that there is, only `about` may stay.

    Without If-Match it makes one, and changes none that there is.
    """
    expected = ask.expected() if "if-match" in ask.request.headers else 0
    change = calendars.putting(name, **body.model_dump(), expected=expected)
    try:
        async with moving(ask, calendars.users(name), dry_run=query.dry_run) as effect:
            done = await ask.steps(change)
    except VersionChanged:
        if not expected:
            ask.expected()  # which says that it is missing
        raise
    if not query.dry_run:
        ask.headers["etag"] = f'"{done.version}"'
    return CalendarChanged.of({**done._asdict(), **effect})


@ROUTES.add("DELETE", "/v1/calendars/{name}", scope="admin", refusals=_CHANGING, time_s=TIME_S)
async def remove_calendar(ask: Ask, name: Name, query: RemovedQuery) -> Effect:
    """Remove a calendar that no schedule heeds, with its holidays; its versions stay."""
    change = calendars.removing(name, force=query.force, expected=ask.expected())
    async with moving(ask, calendars.users(name), dry_run=query.dry_run) as effect:
        await ask.steps(change)
    return Effect.of(effect)


@ROUTES.add("GET", "/v1/calendars/{name}/versions", scope="read")
async def list_calendar_versions(ask: Ask, name: Name, query: PageQuery) -> Page[CalendarVersion]:
    """List what a calendar was, newest first; also of one that is removed."""
    return await ask.page(CalendarVersion, observe.calendar_versions(name), query)


@ROUTES.add("POST", "/v1/calendars/{name}/restore", scope="admin", time_s=TIME_S)
async def restore_calendar(ask: Ask, name: Name, body: Restore) -> Restored:
    """Let a calendar be as it was at a version, also if it is removed; that makes a new one."""
    async with moving(ask, calendars.users(name), dry_run=body.dry_run) as effect:
        version = await ask.run(calls.restore_calendar(name, body.version))
    return Restored.of({"version": version, **effect})


@ROUTES.add("GET", "/v1/blackouts", scope="read")
async def list_blackouts(ask: Ask, query: PageQuery) -> Page[Window]:
    """List blackout windows, by name and time."""
    return await ask.page(Window, observe.blackouts(), query)


@ROUTES.add("POST", "/v1/blackouts", scope="admin", time_s=TIME_S)
async def add_blackout(ask: Ask, body: NewWindow) -> Effect:
    """Add a window; those of a name that touch count as one."""
    change = calendars.blacking_out(body.name, body.starts_at, body.ends_at, body.reason)
    async with moving(ask, calendars.blacked_out(body.name), dry_run=body.dry_run) as effect:
        await ask.steps(change)
    return Effect.of(effect)


@ROUTES.add("DELETE", "/v1/blackouts/{name}", scope="admin", time_s=TIME_S)
async def remove_blackouts(ask: Ask, name: Name, query: WindowsQuery) -> WindowsRemoved:
    """Remove all windows of a name, or the one that starts then."""
    async with moving(ask, calendars.blacked_out(name), dry_run=query.dry_run) as effect:
        windows = await ask.steps(calendars.clearing(name, query.starts_at))
    return WindowsRemoved.of({"windows": windows, **effect})
