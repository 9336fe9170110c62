"""`client.schedules`: make, change and foresee jobs that come by the clock, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack

from ..client import schedules as client
from ..client.scheduler import Job
from ..jsontext import dump_object
from ..models import ScheduleColumns
from ..moves import Moves
from ..registry import Task, name_of
from ..time import Occasion
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
    json_of,
    name_in,
    nothing,
    plain,
    post,
    record,
    records,
    restored,
    the_id,
    the_version,
    versions,
    with_tag,
)
from .moves import MOVES_S, moves_of, occasion_of

if TYPE_CHECKING:
    from .client import Client

Records: TypeAlias = list[Json]
Occasions: TypeAlias = list[Occasion]

_ONE = "/v1/schedules/{}"
_RULES = ("cron", "rrule", "every", "at", "after_s", "business")
_SET = (
    "task", "args", "timezone", "calendar", "roll", "blackout", "blackout_policy", "starts_at",
    "ends_at", "max_runs", "jitter_s", "splay_s", "grace_s", "overlap", "misfire", "misfire_limit",
    "condition", "priority", "queue", "labels", "paused",
)  # fmt: skip


class Schedules(Twin):
    """
    The schedules of a server, as `Scheduler.schedules` has them.

    Each method has its twin for asyncio, with an a before its name.
    """

    _twin = client.Schedules

    def __init__(self, client: Client) -> None:
        self._on = client

    def add(self, name: str, task: str | Task, **columns: Unpack[ScheduleColumns]) -> None:
        """
        Make a schedule, with exactly one of cron, rrule, every, at, after and business.

        Raises InvalidValue, which says exactly what is wrong; ScheduleExists.
        """
        self._on.run(_add(name, name_of(task), columns))

    async def aadd(self, name: str, task: str | Task, **columns: Unpack[ScheduleColumns]) -> None:
        """As `add`, for asyncio."""
        await self._on.run_async(_add(name, name_of(task), columns))

    def change(
        self, name: str, *, version: int | None = None, **columns: Unpack[ScheduleColumns]
    ) -> int:
        """
        Change what is given; a rule replaces the one there is. Returns the new version.

        With `version`, only if it still has that one. Raises InvalidValue, ScheduleNotFound,
        VersionChanged.
        """
        return self._on.run_steps(_change(name, version, columns))

    async def achange(
        self, name: str, *, version: int | None = None, **columns: Unpack[ScheduleColumns]
    ) -> int:
        """As `change`, for asyncio."""
        return await self._on.run_steps_async(_change(name, version, columns))

    def preview(self, name: str, **columns: Unpack[ScheduleColumns]) -> Moves:
        """
        The coming runs that `change` with these columns would move; nothing is changed.

        Each has `was` and `now`, as `forecast` has them, or None where there is none. It looks up
        to a year and 500 occasions ahead. Raises as `change`.
        """
        return self._on.run_steps(_preview(name, columns))

    async def apreview(self, name: str, **columns: Unpack[ScheduleColumns]) -> Moves:
        """As `preview`, for asyncio."""
        return await self._on.run_steps_async(_preview(name, columns))

    def history(self, name: str, limit: int = 20) -> Records:
        """Its versions, newest first: dicts of the columns of `pgsched.schedule_version`."""
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

    def pause(self, name: str) -> None:
        """Let it make no jobs; what it misses is not made up for. Raises ScheduleNotFound."""
        self._on.run(post(name_in(_ONE + "/pause", name), nothing))

    async def apause(self, name: str) -> None:
        """As `pause`, for asyncio."""
        await self._on.run_async(post(name_in(_ONE + "/pause", name), nothing))

    def resume(self, name: str) -> None:
        """Let it go on, from now. Raises ScheduleNotFound."""
        self._on.run(post(name_in(_ONE + "/resume", name), nothing))

    async def aresume(self, name: str) -> None:
        """As `resume`, for asyncio."""
        await self._on.run_async(post(name_in(_ONE + "/resume", name), nothing))

    def trigger(self, name: str, args: Mapping[str, Any] | None = None) -> Job:
        """Make its job now, with its args or these; no slot moves. Raises ScheduleNotFound."""
        return self._on.job(self._on.run(_trigger(name, args)))

    async def atrigger(self, name: str, args: Mapping[str, Any] | None = None) -> Job:
        """As `trigger`, for asyncio."""
        return self._on.job(await self._on.run_async(_trigger(name, args)))

    def remove(self, name: str) -> None:
        """End it; its slots and jobs stay. Raises ScheduleNotFound."""
        self._on.run_steps(_remove(name))

    async def aremove(self, name: str) -> None:
        """As `remove`, for asyncio."""
        await self._on.run_steps_async(_remove(name))

    def forecast(self, name: str, n: int = 10) -> Occasions:
        """
        Its next `n` (1..500) occasions, in order; fewer where it ends.

        Each has `nominal` and `due_at` (UTC), `skipped`, and `notes`: why it is moved or skipped.
        Raises ScheduleNotFound, InvalidValue where its rule is wrong.
        """
        return self._on.run(get(name_in(_ONE + "/forecast", name), _occasions, n=str(n)))

    async def aforecast(self, name: str, n: int = 10) -> Occasions:
        """As `forecast`, for asyncio."""
        return await self._on.run_async(
            get(name_in(_ONE + "/forecast", name), _occasions, n=str(n))
        )

    def slots(self, name: str, limit: int = 20) -> Records:
        """
        Its last slots (1..500), newest first: planned, held, fired, skipped, missed, with the
        reason.
        """
        return self._on.run(_slots(name, limit))

    async def aslots(self, name: str, limit: int = 20) -> Records:
        """As `slots`, for asyncio."""
        return await self._on.run_async(_slots(name, limit))

    def get(self, name: str) -> Json:
        """A dict of the columns of the view `pgsched.schedule`. Raises ScheduleNotFound."""
        return self._on.run(get(name_in(_ONE, name), _schedule))

    async def aget(self, name: str) -> Json:
        """As `get`, for asyncio."""
        return await self._on.run_async(get(name_in(_ONE, name), _schedule))

    def list(self) -> Records:
        """Every schedule, as `get` has it, by name."""
        return self._on.run_steps(everything("/v1/schedules"))

    async def alist(self) -> Records:
        """As `list`, for asyncio."""
        return await self._on.run_steps_async(everything("/v1/schedules"))


def _add(name: str, task: str, columns: ScheduleColumns) -> Request[None]:
    return post("/v1/schedules", nothing, json_of({"name": name, "task": task, **plain(columns)}))


def _change(name: str, version: int | None, columns: ScheduleColumns) -> Steps[int]:
    """The API takes a schedule as a whole."""
    path, given = name_in(_ONE, name), plain(columns)

    def changed(found: tuple[Json, str | None]) -> Request[int]:
        schedule, tag = found
        tag = tag if version is None else f'"{version}"'
        return change("PUT", path, the_version, tag, _whole(schedule, given))

    return changing(get(path, with_tag), changed, *([] if version is None else [1]))


def _whole(schedule: Json, given: Json) -> Json:
    """A schedule with what is given in place of what it has."""
    replaced = _RULES if any(rule in given for rule in _RULES) else ()
    kept = {
        each: schedule[each]
        for each in (*_RULES, *_SET)
        if schedule.get(each) is not None and each not in replaced
    }
    return kept | given


def _preview(name: str, columns: ScheduleColumns) -> Steps[Moves]:
    schedule: Json = yield get(name_in(_ONE, name), Answer.json)
    body = json_of(_whole(schedule, plain(columns)))
    path = name_in(_ONE + "/preview", name)
    return (yield post(path, moves_of, body, wait_s=MOVES_S))


def _remove(name: str) -> Steps[None]:
    path = name_in(_ONE, name)
    return changing(get(path, with_tag), lambda found: change("DELETE", path, nothing, found[1]))


def _trigger(name: str, args: Mapping[str, Any] | None) -> Request[int]:
    content = "{}" if args is None else f'{{"args":{dump_object("args", args)}}}'
    return post(name_in(_ONE + "/trigger", name), the_id, content.encode())


def _schedule(answer: Answer) -> Json:
    return record(answer.json())


def _slots(name: str, limit: int) -> Request[Records]:
    def read(answer: Answer) -> Records:
        return [{"schedule": name, **each} for each in records(answer)]

    return get(name_in(_ONE + "/slots", name), read, limit=str(limit))


def _occasions(answer: Answer) -> Occasions:
    return [occasion_of(each) for each in answer.json()["items"]]
