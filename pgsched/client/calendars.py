"""`scheduler.calendars`: keep business calendars, and see what a change of one moves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias, Unpack

from .. import calendars, calls, observe
from ..calendars import Changed
from ..models import CalendarColumns
from ..moves import Moves
from ..observe import Record
from ..time import Calendar
from .connections import Async, Sync

if TYPE_CHECKING:
    from .scheduler import Scheduler

Records: TypeAlias = list[Record]


class Calendars:
    """
    The business calendars of a database; what schedules heed them is planned anew.

    Each method has its twin for asyncio, with an a before its name. With `conn`, what is done is
    done if and only if that one's transaction commits; the twins of set, preview and drop, which
    take several steps, do so on a thread and a connection of its own. psycopg.Error passes through.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._on = scheduler

    def set(self, name: str, *, conn: Sync = None, **columns: Unpack[CalendarColumns]) -> Changed:
        """
        Make a calendar, or change what is given of it; what that came to.

        A new one has Saturday and Sunday, and no holidays.
        """
        with self._on.connection(conn) as found:
            return calendars.put(found, name, **columns)

    async def aset(self, name: str, **columns: Unpack[CalendarColumns]) -> Changed:
        """As `set`, for asyncio."""
        return await asyncio.to_thread(self.set, name, **columns)

    def preview(self, name: str, *, conn: Sync = None, **columns: Unpack[CalendarColumns]) -> Moves:
        """
        The coming runs that `set` with these columns would move; nothing is changed.

        Each has its `schedule`, `was` and `now`, as `schedules.forecast` has them, or None where
        there is none. Of each schedule it looks up to a year and 500 occasions ahead.
        """
        with (
            self._on.connection(conn) as found,
            calendars.moving(found, name, dry_run=True) as moved,
        ):
            calendars.put(found, name, **columns)
        return moved

    async def apreview(self, name: str, **columns: Unpack[CalendarColumns]) -> Moves:
        """As `preview`, for asyncio."""
        return await asyncio.to_thread(self.preview, name, **columns)

    def get(self, name: str, *, conn: Sync = None) -> Calendar:
        """Its `name`, `weekend` and `holidays`. Raises CalendarNotFound."""
        return calendars.found(self._on.run(calls.calendars(), conn), name)

    async def aget(self, name: str, *, conn: Async = None) -> Calendar:
        """As `get`, for asyncio."""
        return calendars.found(await self._on.run_async(calls.calendars(), conn), name)

    def list(self, *, conn: Sync = None) -> Records:
        """Every calendar by name: how many holidays it has, the first and the last."""
        return self._on.run(observe.calendars().all, conn)

    async def alist(self, *, conn: Async = None) -> Records:
        """As `list`, for asyncio."""
        return await self._on.run_async(observe.calendars().all, conn)

    def drop(self, name: str, *, force: bool = False, conn: Sync = None) -> None:
        """
        Remove it; its versions stay. With `force`, though schedules heed it: they fire no more.

        Raises CalendarNotFound; InvalidValue if schedules heed it.
        """
        with self._on.connection(conn) as found:
            calendars.remove(found, name, force=force)

    async def adrop(self, name: str, *, force: bool = False) -> None:
        """As `drop`, for asyncio."""
        await asyncio.to_thread(self.drop, name, force=force)

    def history(self, name: str, limit: int = 20, *, conn: Sync = None) -> Records:
        """Its versions, newest first: dicts of the columns of `pgsched.calendar_version`."""
        return self._on.run(observe.calendar_versions(name).page(limit), conn)

    async def ahistory(self, name: str, limit: int = 20, *, conn: Async = None) -> Records:
        """As `history`, for asyncio."""
        return await self._on.run_async(observe.calendar_versions(name).page(limit), conn)

    def restore(self, name: str, version: int, *, conn: Sync = None) -> int:
        """Let it be as it was at a version, also if removed. Its new one. Raises InvalidValue."""
        return self._on.run(calls.restore_calendar(name, version), conn)

    async def arestore(self, name: str, version: int, *, conn: Async = None) -> int:
        """As `restore`, for asyncio."""
        return await self._on.run_async(calls.restore_calendar(name, version), conn)
