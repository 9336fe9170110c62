"""
A sketch of the bare hot path: batch claims in one row each, partitioned facts and history, and a
loop that overlaps a trip with running the batch before.

No retries, leases, fences on single jobs, wake-ups, cursors or policies: what pgsched adds to this
is what its promises cost.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import uuid
from pathlib import Path
from typing import Any, LiteralString

import orjson
import psycopg
import uvloop

from bench import work
from bench.server import Connection, Database

BATCH = 500


class Sketch:
    """The hot path without the promises."""

    name = "sketch"
    history: LiteralString = """\
        select count(*), extract(epoch from max(finished_at) - min(started_at)) from sketch.run"""

    def install(self, conn: Connection) -> None:
        conn.execute(Path(__file__).with_suffix(".sql").read_bytes())

    def enqueue(self, conn: Connection, jobs: int) -> None:
        for start in range(0, jobs, 5000):
            conn.execute(
                "insert into sketch.job (id, queue, task, priority, args)"
                " select sketch.new_id(), 'bench', 'noop', 0, jsonb_build_object('i', g)"
                " from generate_series(1, %s) as g",
                (min(5000, jobs - start),),
            )

    def start(self, database: Database, processes: int) -> list[subprocess.Popen]:
        return [work.start(database, __name__) for _ in range(processes)]


async def noop(i: int) -> None:
    """What each job does."""


async def drain(dsn: str) -> None:
    """Claim, run each job as a task, finish; the next trip is under way meanwhile."""
    conn = await psycopg.AsyncConnection.connect(dsn, autocommit=True, prepare_threshold=0)
    worker, done = uuid.uuid4(), list[int]()
    claims, answers = conn.cursor(binary=True), conn.cursor(binary=True)

    async def trip() -> list[tuple[Any, ...]]:
        nonlocal done
        async with conn.pipeline():
            if done:
                finished, done = done, []
                await answers.execute("select sketch.finish(%s, %s)", (worker, finished))
            await claims.execute("select * from sketch.claim(%s, 'bench', %s)", (worker, BATCH))
        return await claims.fetchall()

    async def run(row: tuple[Any, ...]) -> None:
        await noop(**orjson.loads(row[3]))

    rows = await trip()
    while rows:
        coming = asyncio.ensure_future(trip())
        await asyncio.sleep(0)
        for job in [asyncio.ensure_future(run(row)) for row in rows]:
            await job
        done.append(rows[0][0])
        rows = await coming
    await trip()
    await conn.close()


if __name__ == "__main__":
    uvloop.run(drain(os.environ["PGSCHED_DSN"]))
