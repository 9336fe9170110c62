# /// script
# dependencies = ["pgqueuer==1.6.0", "asyncpg==0.32.0", "uvloop==0.23.0"]
# [tool.bench]
# name = "pgqueuer"
# keeps = "a log row for each status of a job (queued, successful, ...); not its payload"
# acknowledges = "in batches of 500, or after 0.1 s; what a dead worker held runs again after 30 s"
# settings = "batch_size 500 (10 as it comes), one asyncpg connection, uvloop, `pgq autovac`"
# drain = 16200
# bulk = 45000
# ///
"""
pgqueuer, by its guide to performance tuning.

Tables stay durable as they come: its faster levels leave the log, or all, out of the WAL.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
import uvloop
from pgqueuer import AsyncpgDriver, Job, PgQueuer, Queries, run
from program import Args, program, ran

BATCH = 500


class Client:
    """Its `enqueue`, of one job or of lists: a statement either way."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._queries = Queries(AsyncpgDriver(connection))

    async def one(self, args: Args) -> None:
        await self._queries.enqueue("noop", json.dumps(args).encode())

    async def many(self, args: list[Args]) -> None:
        payloads: list[bytes | None] = [json.dumps(each).encode() for each in args]
        await self._queries.enqueue(["noop"] * len(args), payloads, [0] * len(args))

    async def left(self) -> int:
        return await self._connection.fetchval("select count(*) from pgqueuer")


async def setup() -> None:
    async with connected() as connection:
        queries = Queries(AsyncpgDriver(connection))
        await queries.install()
        await queries.optimize_autovacuum()


@asynccontextmanager
async def connected() -> AsyncGenerator[asyncpg.Connection]:
    connection = await asyncpg.connect()
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def client() -> AsyncGenerator[Client]:
    async with connected() as connection:
        yield Client(connection)


@asynccontextmanager
async def worker() -> AsyncGenerator[PgQueuer]:
    """What the worker runs: the one handler."""
    async with connected() as connection:
        made = PgQueuer(AsyncpgDriver(connection))

        @made.entrypoint("noop")
        async def noop(job: Job) -> None:
            ran(**json.loads(job.payload or b"{}"))

        yield made


async def work(processes: int) -> None:
    """As its command `pgq run` does, which handles SIGTERM."""
    await run(worker, batch_size=BATCH)


program(setup=setup, client=client, work=work, run=uvloop.run)
