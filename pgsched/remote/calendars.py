"""`client.calendars`: keep business calendars, and see what a change of one moves, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, TypeAlias, TypeVar, Unpack

from ..calendars import Changed
from ..client import calendars as client
from ..errors import CalendarNotFound
from ..models import CalendarColumns
from ..moves import Moves
from ..time import Calendar
from .base import (
    Answer,
    Json,
    Request,
    Steps,
    Twin,
    change,
    changing,
    everything,
    get,
    name_in,
    nothing,
    restored,
    versions,
    with_tag,
)
from .moves import MOVES_S, moves_of

if TYPE_CHECKING:
    from .client import Client

T = TypeVar("T")
Records: TypeAlias = list[Json]

_ONE = "/v1/calendars/{}"


class Calendars(Twin):
    """
    The business calendars of a server, as `Scheduler.calendars` has them.

    Each method has its twin for asyncio, with an a before its name.
    """

    _twin = client.Calendars

    def __init__(self, client: Client) -> None:
        self._on = client

    def set(self, name: str, **columns: Unpack[CalendarColumns]) -> Changed:
        """
        Make a calendar, or change what is given of it; what that came to.

        A new one has Saturday and Sunday, and no holidays.
        """
        return self._on.run_steps(_put(name, columns, _changed))

    async def aset(self, name: str, **columns: Unpack[CalendarColumns]) -> Changed:
        """As `set`, for asyncio."""
        return await self._on.run_steps_async(_put(name, columns, _changed))

    def preview(self, name: str, **columns: Unpack[CalendarColumns]) -> Moves:
        """
        The coming runs that `set` with these columns would move; nothing is changed.

        Each has its `schedule`, `was` and `now`, as `schedules.forecast` has them, or None where
        there is none. Of each schedule it looks up to a year and 500 occasions ahead.
        """
        return self._on.run_steps(_put(name, columns, moves_of, dry_run="true"))

    async def apreview(self, name: str, **columns: Unpack[CalendarColumns]) -> Moves:
        """As `preview`, for asyncio."""
        return await self._on.run_steps_async(_put(name, columns, moves_of, dry_run="true"))

    def get(self, name: str) -> Calendar:
        """Its `name`, `weekend` and `holidays`. Raises CalendarNotFound."""
        return self._on.run(get(name_in(_ONE, name), _calendar))

    async def aget(self, name: str) -> Calendar:
        """As `get`, for asyncio."""
        return await self._on.run_async(get(name_in(_ONE, name), _calendar))

    def list(self) -> Records:
        """Every calendar by name: how many holidays it has, the first and the last."""
        return self._on.run_steps(everything("/v1/calendars"))

    async def alist(self) -> Records:
        """As `list`, for asyncio."""
        return await self._on.run_steps_async(everything("/v1/calendars"))

    def drop(self, name: str, *, force: bool = False) -> None:
        """
        Remove it; its versions stay. With `force`, though schedules heed it: they fire no more.

        Raises CalendarNotFound; InvalidValue if schedules heed it.
        """
        self._on.run_steps(_drop(name, force))

    async def adrop(self, name: str, *, force: bool = False) -> None:
        """As `drop`, for asyncio."""
        await self._on.run_steps_async(_drop(name, force))

    def history(self, name: str, limit: int = 20) -> Records:
        """Its versions, newest first: dicts of the columns of `pgsched.calendar_version`."""
        return self._on.run(versions(name_in(_ONE, name), limit))

    async def ahistory(self, name: str, limit: int = 20) -> Records:
        """As `history`, for asyncio."""
        return await self._on.run_async(versions(name_in(_ONE, name), limit))

    def restore(self, name: str, version: int) -> int:
        """Let it be as it was at a version, also if removed. Its new one. Raises InvalidValue."""
        return self._on.run(restored(name_in(_ONE, name), version))

    async def arestore(self, name: str, version: int) -> int:
        """As `restore`, for asyncio."""
        return await self._on.run_async(restored(name_in(_ONE, name), version))


def _put(
    name: str, columns: CalendarColumns, read: Callable[[Answer], T], **query: str
) -> Steps[T]:
    """The API takes a calendar as a whole."""
    path = name_in(_ONE, name)
    given: Json = dict(columns)
    if "weekend" in given:
        given["weekend"] = sorted(given["weekend"])
    if "holidays" in given:
        given["holidays"] = _by_text(given["holidays"])

    def put(found: tuple[Json, str | None]) -> Request[T]:
        kept = {each: found[0][each] for each in ("weekend", "holidays") if found[0]}
        return change("PUT", path, read, found[1], kept | given, query=query, wait_s=MOVES_S)

    try:
        return (yield from changing(get(path, with_tag), put))
    except CalendarNotFound:
        return (yield put(({}, None)))


def _drop(name: str, force: bool) -> Steps[None]:
    path, query = name_in(_ONE, name), {"force": str(force)}
    return changing(
        get(path, with_tag),
        lambda found: change("DELETE", path, nothing, found[1], query=query),
    )


def _changed(answer: Answer) -> Changed:
    told = answer.json()
    return Changed(told["version"], _by_day(told["added"]), _by_day(told["removed"]))


def _calendar(answer: Answer) -> Calendar:
    told = answer.json()
    return Calendar(told["name"], frozenset(told["weekend"]), _by_day(told["holidays"]))


def _by_day(days: Mapping[str, str]) -> dict[date, str]:
    return {date.fromisoformat(day): title for day, title in days.items()}


def _by_text(days: Mapping[date, str]) -> dict[str, str]:
    return {day.isoformat(): title for day, title in days.items()}
