"""One LISTEN for all who wait: the ends of jobs, told to whoever asked to be told."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql

from pgsched import db
from pgsched.calls import Call
from pgsched.client import waiting
from pgsched.models import Outcome

from .database import Database

log = logging.getLogger("pgsched.api")
_DONE = "pgsched_done"
_AGAIN_S = 5.0


class Hub:
    """Listens on a connection of its own, anew where that is lost, until it is left."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._told = asyncio.Condition()
        self._heard: dict[str, list[Callable[[], None]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Hub:
        self._task = asyncio.create_task(self._listen(), name="listen")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def on(self, channel: str, heard: Callable[[], None]) -> None:
        """Call that for each notification of a channel, and whenever some may have been missed."""
        self._heard.setdefault(channel, []).append(heard)

    async def wait(self, id: int, timeout_s: float, actor: str) -> Outcome:
        """
        What came of a job, once it has ended; of one that has not within the time, how it stands.

        Raises JobNotFound.
        """
        steps = waiting.steps(id, timeout_s)
        step: Call[Any] | float = next(steps)
        try:
            while True:
                if isinstance(step, Call):
                    step = steps.send(await self._database.run(step, actor))
                else:
                    await self.sleep(step)
                    step = steps.send(None)
        except StopIteration as done:
            return done.value

    async def sleep(self, seconds: float) -> None:
        """Until a job has ended that somebody waits for, or for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._told:
                await self._told.wait()

    async def _listen(self) -> None:
        while True:
            try:
                async with await db.connect_async(
                    self._database.dsn, application_name="pgsched api, listening"
                ) as conn:
                    for channel in (_DONE, *self._heard):
                        await conn.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
                    await self._missed()
                    async for note in conn.notifies():
                        if note.channel == _DONE:
                            await self._tell()
                        else:
                            for heard in self._heard[note.channel]:
                                heard()
            except psycopg.Error as error:
                log.warning("listening: %s", " ".join(str(error).split()))
            await asyncio.sleep(_AGAIN_S)

    async def _missed(self) -> None:
        for heard in (each for some in self._heard.values() for each in some):
            heard()
        await self._tell()

    async def _tell(self) -> None:
        async with self._told:
            self._told.notify_all()
