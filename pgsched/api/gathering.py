"""Jobs that are asked for at the same time are made at once: a statement and a commit for many."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import psycopg

from pgsched import calls
from pgsched.errors import Busy

from .database import Database

_AT_ONCE = 2  # statements of one user
_ROWS_MAX, _BYTES_MAX = 200, 256 * 1024  # of a statement that has more than one row


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A job that is asked for."""

    row: bytes
    id: asyncio.Future[int]


@dataclass(slots=True)
class _User:
    """What is made for one user."""

    running: int = 0
    waiting: deque[_Waiting] = field(default_factory=deque[_Waiting])


class Gathering:
    """
    Makes jobs that are asked for one by one.

    A user's first are made as they come. Those that come meanwhile wait for one of these to be
    made, and are then made by one INSERT. Where that is refused, its halves are made apart, and so
    on: what is wrong with one is told of none else. No statement may take longer than `time_s`.
    """

    def __init__(self, database: Database, time_s: float) -> None:
        self._database, self._time_s = database, time_s
        self._users: dict[str, _User] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def make(self, row: bytes, actor: str) -> int:
        """
        Make a job as a user, of a row as `calls.enqueue_rows` takes it; its id.

        Cut off while it waits, it is not made; later, what comes of it is waited for.
        """
        user = self._users.setdefault(actor, _User())
        if user.running < _AT_ONCE:
            user.running += 1
            try:
                return await self._alone(row, actor)
            finally:
                self._go_on(user, actor)
        one = _Waiting(row, asyncio.get_running_loop().create_future())
        user.waiting.append(one)
        try:
            return await asyncio.shield(one.id)
        except asyncio.CancelledError:
            if one not in user.waiting:
                return await one.id
            user.waiting.remove(one)
            raise

    def _go_on(self, user: _User, actor: str) -> None:
        """One of a user's statements has ended: that of those who wait begins."""
        batch = _taken(user.waiting)
        if batch:
            task = asyncio.create_task(self._make(batch, user, actor))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        user.running -= 1
        if not user.running:
            del self._users[actor]

    async def _make(self, batch: list[_Waiting], user: _User, actor: str) -> None:
        try:
            await self._settle(batch, actor)
        finally:
            self._go_on(user, actor)

    async def _settle(self, batch: list[_Waiting], actor: str) -> None:
        """Make them by one statement; where that is refused, each half of them by itself."""
        try:
            ids = await self._together((each.row for each in batch), actor)
        except (Busy, TimeoutError, psycopg.OperationalError) as error:  # of no row
            for one in batch:
                _tell(one, error)
        except Exception as error:
            if len(batch) == 1:
                _tell(batch[0], error)
                return
            middle = len(batch) // 2
            for half in (batch[:middle], batch[middle:]):
                await self._settle(half, actor)
        else:
            for one, id in zip(batch, ids, strict=True):
                _tell(one, id)

    async def _alone(self, row: bytes, actor: str) -> int:
        [id] = await self._together([row], actor)
        return id

    async def _together(self, rows: Iterable[bytes], actor: str) -> list[int]:
        call = calls.enqueue_rows(b"[" + b",".join(rows) + b"]")
        async with asyncio.timeout(self._time_s):
            return await self._database.run(call, actor)


def _taken(waiting: deque[_Waiting]) -> list[_Waiting]:
    """Take those who wait, as many as one statement may have."""
    batch: list[_Waiting] = []
    size = 0
    while waiting and len(batch) < _ROWS_MAX:
        size += len(waiting[0].row)
        if batch and size > _BYTES_MAX:
            break
        batch.append(waiting.popleft())
    return batch


def _tell(one: _Waiting, outcome: int | Exception) -> None:
    if one.id.done():  # cut off twice: nobody waits
        return
    if isinstance(outcome, Exception):
        one.id.set_exception(outcome)
    else:
        one.id.set_result(outcome)
