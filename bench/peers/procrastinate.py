# /// script
# dependencies = ["procrastinate==3.10.0", "psycopg[binary]==3.3.9", "psycopg-pool==3.3.3"]
# [tool.bench]
# name = "procrastinate"
# keeps = "the job's row with its args, and a row for each event of it, with its time"
# acknowledges = "each job by itself; what a dead worker held stays so until a task retries it"
# settings = "concurrency 5 (1 as it comes), a pool of one connection more, as its guide says"
# drain = 370
# bulk = 10000
# ///
"""procrastinate: its psycopg connector with a pool, and its worker with subworkers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector
from program import Args, program, ran

CONCURRENCY = 5
_LEFT = "select count(*) from procrastinate_jobs where status in ('todo', 'doing')"

app = App(connector=PsycopgConnector(max_size=CONCURRENCY + 1))


@app.task(name="noop")
async def noop(**args: Any) -> None:
    ran(**args)


class Client:
    """Its `defer` and `batch_defer`."""

    def __init__(self, conn: psycopg.AsyncConnection[Any]) -> None:
        self._conn = conn

    async def one(self, args: Args) -> None:
        await noop.defer_async(**args)

    async def many(self, args: list[Args]) -> None:
        await noop.batch_defer_async(*args)

    async def left(self) -> int:
        cursor = await self._conn.execute(_LEFT)
        return (await cursor.fetchall())[0][0]


async def setup() -> None:
    async with app.open_async():
        await app.schema_manager.apply_schema_async()


@asynccontextmanager
async def client() -> AsyncGenerator[Client]:
    async with (
        app.open_async(),
        await psycopg.AsyncConnection.connect(autocommit=True) as conn,
    ):
        yield Client(conn)


async def work(processes: int) -> None:
    """Its worker handles SIGTERM itself."""
    async with app.open_async():
        await app.run_worker_async(concurrency=CONCURRENCY)


program(setup=setup, client=client, work=work)
