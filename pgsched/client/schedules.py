"""`scheduler.schedules`: make, change and foresee jobs that come by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack

from .. import calls, moves, observe, timetable
from ..models import ScheduleColumns
from ..moves import Moves
from ..observe import Record
from ..registry import Task, name_of
from ..time import Occasion
from .connections import Async, Sync

if TYPE_CHECKING:
    from .scheduler import Job, Scheduler

Records: TypeAlias = list[Record]
Occasions: TypeAlias = list[Occasion]


class Schedules:
    """
    The schedules of a database.

    Each method has its twin for asyncio, with an a before its name. With `conn`, what is done is
    done if and only if that one's transaction commits; the twins of add, change, preview and
    forecast, which work rules out, do so on a thread and a connection of its own. psycopg.Error
    passes through.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._on = scheduler

    def add(
        self, name: str, task: str | Task, *, conn: Sync = None, **columns: Unpack[ScheduleColumns]
    ) -> None:
        """
        Make a schedule, with exactly one of cron, rrule, every, at, after and business.

        Raises InvalidValue, which says exactly what is wrong; ScheduleExists.
        """
        with self._on.connection(conn) as found:
            timetable.add(found, name, name_of(task), columns)

    async def aadd(self, name: str, task: str | Task, **columns: Unpack[ScheduleColumns]) -> None:
        """As `add`, for asyncio."""
        await asyncio.to_thread(self.add, name, task, **columns)

    def change(
        self,
        name: str,
        *,
        version: int | None = None,
        conn: Sync = None,
        **columns: Unpack[ScheduleColumns],
    ) -> int:
        """
        Change what is given; a rule replaces the one there is. Returns the new version.

        With `version`, only if it still has that one. Raises InvalidValue, ScheduleNotFound,
        VersionChanged.
        """
        with self._on.connection(conn) as found:
            return timetable.change(found, name, columns, version)

    async def achange(
        self, name: str, *, version: int | None = None, **columns: Unpack[ScheduleColumns]
    ) -> int:
        """As `change`, for asyncio."""
        return await asyncio.to_thread(self.change, name, version=version, **columns)

    def preview(self, name: str, *, conn: Sync = None, **columns: Unpack[ScheduleColumns]) -> Moves:
        """
        The coming runs that `change` with these columns would move; nothing is changed.

        Each has `was` and `now`, as `forecast` has them, or None where there is none. It looks up
        to a year and 500 occasions ahead. Raises as `change`.
        """
        with self._on.connection(conn) as found, moves.moves(found, [name], dry_run=True) as moved:
            timetable.change(found, name, columns)
        return moved

    async def apreview(self, name: str, **columns: Unpack[ScheduleColumns]) -> Moves:
        """As `preview`, for asyncio."""
        return await asyncio.to_thread(self.preview, name, **columns)

    def history(self, name: str, limit: int = 20, *, conn: Sync = None) -> Records:
        """Its versions, newest first: dicts of the columns of `pgsched.schedule_version`."""
        return self._on.run(observe.schedule_versions(name).page(limit), conn)

    async def ahistory(self, name: str, limit: int = 20, *, conn: Async = None) -> Records:
        """As `history`, for asyncio."""
        return await self._on.run_async(observe.schedule_versions(name).page(limit), conn)

    def restore(self, name: str, version: int, *, conn: Sync = None) -> int:
        """Let it be as it was at a version, also if removed. Its new one. Raises InvalidValue."""
        return self._on.run(calls.restore_schedule(name, version), conn)

    async def arestore(self, name: str, version: int, *, conn: Async = None) -> int:
        """As `restore`, for asyncio."""
        return await self._on.run_async(calls.restore_schedule(name, version), conn)

    def pause(self, name: str, *, conn: Sync = None) -> None:
        """Let it make no jobs; what it misses is not made up for. Raises ScheduleNotFound."""
        self._on.run(calls.pause_schedule(name), conn)

    async def apause(self, name: str, *, conn: Async = None) -> None:
        """As `pause`, for asyncio."""
        await self._on.run_async(calls.pause_schedule(name), conn)

    def resume(self, name: str, *, conn: Sync = None) -> None:
        """Let it go on, from now. Raises ScheduleNotFound."""
        self._on.run(calls.resume_schedule(name), conn)

    async def aresume(self, name: str, *, conn: Async = None) -> None:
        """As `resume`, for asyncio."""
        await self._on.run_async(calls.resume_schedule(name), conn)

    def trigger(
        self, name: str, args: Mapping[str, Any] | None = None, *, conn: Sync = None
    ) -> Job:
        """Make its job now, with its args or these; no slot moves. Raises ScheduleNotFound."""
        return self._on.job(self._on.run(calls.trigger_schedule(name, args), conn))

    async def atrigger(
        self, name: str, args: Mapping[str, Any] | None = None, *, conn: Async = None
    ) -> Job:
        """As `trigger`, for asyncio."""
        return self._on.job(await self._on.run_async(calls.trigger_schedule(name, args), conn))

    def remove(self, name: str, *, conn: Sync = None) -> None:
        """End it; its slots and jobs stay. Raises ScheduleNotFound."""
        self._on.run(calls.remove_schedule(name), conn)

    async def aremove(self, name: str, *, conn: Async = None) -> None:
        """As `remove`, for asyncio."""
        await self._on.run_async(calls.remove_schedule(name), conn)

    def forecast(self, name: str, n: int = 10, *, conn: Sync = None) -> Occasions:
        """
        Its next `n` occasions, in order; fewer where it ends.

        Each has `nominal` and `due_at` (UTC), `skipped`, and `notes`: why it is moved or skipped.
        Raises ScheduleNotFound, InvalidValue where its rule is wrong.
        """
        with self._on.connection(conn) as found:
            return timetable.forecast(found, name, n)

    async def aforecast(self, name: str, n: int = 10) -> Occasions:
        """As `forecast`, for asyncio."""
        return await asyncio.to_thread(self.forecast, name, n)

    def slots(self, name: str, limit: int = 20, *, conn: Sync = None) -> Records:
        """Its slots, newest first: planned, held, fired, skipped, missed, with the reason."""
        return self._on.run(observe.slots(name).page(limit), conn)

    async def aslots(self, name: str, limit: int = 20, *, conn: Async = None) -> Records:
        """As `slots`, for asyncio."""
        return await self._on.run_async(observe.slots(name).page(limit), conn)

    def get(self, name: str, *, conn: Sync = None) -> Record:
        """A dict of the columns of the view `pgsched.schedule`. Raises ScheduleNotFound."""
        return self._on.run(observe.schedule(name), conn)

    async def aget(self, name: str, *, conn: Async = None) -> Record:
        """As `get`, for asyncio."""
        return await self._on.run_async(observe.schedule(name), conn)

    def list(self, *, conn: Sync = None) -> Records:
        """Every schedule, as `get` has it, by name."""
        return self._on.run(observe.schedules().all, conn)

    async def alist(self, *, conn: Async = None) -> Records:
        """As `list`, for asyncio."""
        return await self._on.run_async(observe.schedules().all, conn)
