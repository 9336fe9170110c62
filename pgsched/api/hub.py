"""One LISTEN for all who wait: the ends of jobs, told to whoever asked to be told."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

import psycopg
from psycopg import sql

from pgsched import db
from pgsched.calls import Call
from pgsched.client import waiting
from pgsched.models import Outcome

from .database import Database

log = logging.getLogger("pgsched.api")
_LISTEN = sql.SQL("listen pgsched_done")
_AGAIN_S = 5.0


class Hub:
    """Listens on a connection of its own, anew where that is lost, until it is left."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._told = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Hub:
        self._task = asyncio.create_task(self._listen(), name="listen")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

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
                    await self._sleep(step)
                    step = steps.send(None)
        except StopIteration as done:
            return done.value

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._told:
                await self._told.wait()

    async def _listen(self) -> None:
        while True:
            try:
                async with await db.connect_async(
                    self._database.dsn, application_name="pgsched api, listening"
                ) as conn:
                    await conn.execute(_LISTEN)
                    await self._tell()
                    async for _ in conn.notifies():
                        await self._tell()
            except psycopg.Error as error:
                log.warning("listening: %s", " ".join(str(error).split()))
            await asyncio.sleep(_AGAIN_S)

    async def _tell(self) -> None:
        async with self._told:
            self._told.notify_all()
