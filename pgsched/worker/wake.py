"""Hears notifications on a connection of its own. They are hints: without them the worker polls."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable

import psycopg
from psycopg import pq

from .. import db
from .idle import until_next

log = logging.getLogger("pgsched.worker")
_PROBE_S = 3.0


class Listener:
    """
    Calls `on_jobs` when jobs may be ready, `on_cancel` when a running job shall stop, `on_policy`
    when the policy of some task has changed.
    """

    def __init__(
        self,
        dsn: str,
        worker: str,
        on_jobs: Callable[[], None],
        on_cancel: Callable[[], None],
        on_policy: Callable[[], None],
        *,
        idle_s: float = 0.0,
    ) -> None:
        self._dsn, self._worker, self._idle_s = dsn, worker, idle_s
        self._on_jobs, self._on_cancel, self._on_policy = on_jobs, on_cancel, on_policy
        self._heard = asyncio.Event()
        self._listening = asyncio.Event()

    async def run(self) -> None:
        """Listen for ever, reconnecting with growing pauses."""
        pause = 0.1
        while True:
            try:
                async with await db.connect_async(
                    self._dsn, application_name="pgsched listener"
                ) as conn:
                    await conn.execute("listen pgsched")
                    await conn.execute("listen pgsched_cancel")
                    await conn.execute("listen pgsched_task")
                    pause = 0.1
                    self._listening.set()
                    self._on_jobs()  # what was sent before LISTEN is lost
                    self._on_cancel()
                    self._on_policy()
                    await self._hear(conn.pgconn)
            except (psycopg.Error, OSError) as error:
                self._listening.clear()
                log.debug("the listening connection is lost: %s", error)
            if self._idle_s:  # the database may have gone to sleep, and would be woken
                await asyncio.sleep(until_next(self._idle_s))
                continue
            await asyncio.sleep(pause * (0.5 + random.random()))
            pause = min(pause * 2, 5.0)

    async def _hear(self, pgconn: pq.abc.PGconn) -> None:
        """
        Heed notifications until the connection breaks. Raises psycopg.Error then.

        By a reader of its own: psycopg's `notifies()` takes 0.3 ms more to hand one over.
        """
        loop = asyncio.get_running_loop()
        broken: asyncio.Future[None] = loop.create_future()

        def heed() -> None:
            try:
                pgconn.consume_input()
                while note := pgconn.notifies():
                    self._heed(note)
            except psycopg.Error as error:
                if not broken.done():
                    broken.set_exception(error)

        socket = pgconn.socket  # it tells no more once the connection is lost
        loop.add_reader(socket, heed)
        try:
            await broken
        finally:
            loop.remove_reader(socket)

    def _heed(self, note: pq.PGnotify) -> None:
        if note.relname == b"pgsched":
            self._on_jobs()
        elif note.relname == b"pgsched_task":
            self._on_policy()
        elif note.extra == self._worker.encode():
            self._heard.set()
            self._on_cancel()

    async def probe(self) -> bool | None:
        """
        Notify itself from another connection; returns whether that arrives, None if it cannot tell.

        It does not through a transaction pooler: then the worker has to poll faster.
        """
        try:
            await asyncio.wait_for(self._listening.wait(), _PROBE_S)
            async with await db.connect_async(self._dsn) as conn:
                await conn.execute("select pg_notify('pgsched_cancel', %s)", [self._worker])
            await asyncio.wait_for(self._heard.wait(), _PROBE_S)
            return True
        except TimeoutError:
            log.warning(
                "notifications do not arrive (a transaction pooler is in between?): polling "
                "several times a second instead; a direct connection reacts within milliseconds"
            )
            return False
        except (psycopg.Error, OSError) as error:
            log.debug("the notification probe failed: %s", error)
            return None
