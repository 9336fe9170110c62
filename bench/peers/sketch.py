# /// script
# dependencies = []
# [tool.bench]
# name = "sketch"
# keeps = "one row a run: worker, start, end, outcome"
# acknowledges = "a batch at a time, by the next trip; no leases: a crash loses what was claimed"
# settings = "500 a claim"
# drain = 150000
# bulk = 200000
# batch = 5000
# ///
"""
A sketch of the bare hot path: batch claims in one row each, partitioned facts and history, and a
loop that overlaps a trip with running the batch before.

No retries, leases, fences on single jobs, wake-ups, cursors or policies: what pgsched adds to this
is what its promises cost.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import psycopg
import uvloop
from program import Args, program, ran

BATCH = 500
_INSERT = """\
insert into sketch.job (id, queue, task, priority, args)
select sketch.new_id(), 'bench', 'noop', 0, jsonb_array_elements(%s::jsonb)
"""
_LEFT = """\
select (select count(*) from sketch.ready)
     + (select coalesce(sum(cardinality(ids)), 0) from sketch.claim)
"""
_EMPTY_S = 0.001


class Client:
    """Bare INSERTs, with their id."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self._conn = conn

    def one(self, args: Args) -> None:
        self.many([args])

    def many(self, args: list[Args]) -> None:
        self._conn.execute(_INSERT, (json.dumps(args),))

    def left(self) -> int:
        return self._conn.execute(_LEFT).fetchall()[0][0]


def setup() -> None:
    with psycopg.connect(autocommit=True) as conn:
        conn.execute(Path(__file__).with_suffix(".sql").read_bytes())


@asynccontextmanager
async def client() -> AsyncGenerator[Client]:
    with psycopg.connect(autocommit=True, prepare_threshold=0) as conn:
        yield Client(conn)


async def noop(**args: Any) -> None:
    """What each job does."""
    ran(**args)


async def work(processes: int) -> None:
    """Claim, run each job as a task, finish; the next trip is under way meanwhile."""
    conn = await psycopg.AsyncConnection.connect("", autocommit=True, prepare_threshold=0)
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
    while True:
        coming = asyncio.ensure_future(trip())
        await asyncio.sleep(0)
        if rows:
            for job in [asyncio.ensure_future(run(row)) for row in rows]:
                await job
            done.append(rows[0][0])
        else:
            await asyncio.sleep(_EMPTY_S)
        rows = await coming


program(setup=setup, client=client, work=work, run=uvloop.run)
