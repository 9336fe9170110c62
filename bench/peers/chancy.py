# /// script
# dependencies = ["chancy==0.26.0", "psycopg[binary]==3.3.9"]
# [tool.bench]
# name = "chancy"
# keeps = "the job's row with its args, start, end and worker, for 24 hours"
# acknowledges = "each second, an UPDATE a job; what a dead worker held runs again after 90 s"
# settings = "asyncio executor, concurrency 500, eager polling, without metrics and workflows"
# drain = 11000
# bulk = 6500
# batch = 5000
# ///
"""
chancy: its asyncio executor, the fastest for what waits or does nothing.

Of the plugins that it comes with, Metrics and Workflow are left out: they do something for each
job, and halve what it acknowledges a second. It logs a line a job as it comes.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from chancy import Chancy, Job, Queue, Worker
from chancy.plugins.leadership import Leadership
from chancy.plugins.pruner import Pruner
from chancy.plugins.recovery import Recovery
from program import URL, Args, program, ran

CONCURRENCY = 500
_QUEUE = Queue(
    "default",
    executor=Chancy.Executor.Async,
    concurrency=CONCURRENCY,
    eager_polling=True,
)
_LEFT = "select count(*) from chancy_jobs where state not in ('succeeded', 'failed')"


async def noop(**args: Any) -> None:
    ran(**args)


class Client:
    """Its `push` and `push_many`: a statement for each job either way, a transaction for all."""

    def __init__(self, app: Chancy) -> None:
        self._app = app

    async def one(self, args: Args) -> None:
        await self._app.push(Job.from_func(noop, kwargs=args))

    async def many(self, args: list[Args]) -> None:
        jobs = [Job.from_func(noop, kwargs=each) for each in args]
        async for _ in self._app.push_many(jobs, batch_size=len(jobs)):
            pass

    async def left(self) -> int:
        async with self._app.pool.connection() as conn:
            return (await (await conn.execute(_LEFT)).fetchall())[0][0]


@asynccontextmanager
async def opened() -> AsyncGenerator[Chancy]:
    logger = logging.getLogger("chancy")
    logger.setLevel(logging.WARNING)
    plugins = [Leadership(), Pruner(), Recovery()]
    async with Chancy(URL, log=logger, plugins=plugins, no_default_plugins=True) as app:
        yield app


async def setup() -> None:
    async with opened() as app:
        await app.migrate()
        await app.declare(_QUEUE)


@asynccontextmanager
async def client() -> AsyncGenerator[Client]:
    async with opened() as app:
        yield Client(app)


async def work(processes: int) -> None:
    """Its worker handles SIGTERM itself."""
    async with opened() as app, Worker(app) as worker:
        await worker.wait_for_shutdown()


program(setup=setup, client=client, work=work)
