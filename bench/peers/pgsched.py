# /// script
# dependencies = []
# [tool.bench]
# name = "pgsched"
# keeps = "every attempt: worker, claim, start, end, outcome, result; the job's facts too"
# acknowledges = """\
# in batches by the next trip, fenced; what a dead worker held runs again elsewhere; a trip that \
# only claims commits asynchronously: if Postgres crashes then, its jobs are ready again"""
# settings = "its command `worker`, claims of up to 500, all else as it comes"
# drain = 120000
# bulk = 100000
# batch = 5000
# starts_processes = true
# ///
"""pgsched itself: its Python client, and its whole worker with supervisor, leases and upkeep."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import psycopg
from program import Args, program

from bench.tasks import noop
from pgsched import Scheduler

CONCURRENCY = os.environ.get("BENCH_CONCURRENCY", "1000")  # claims 500 at a time, as others do
QUEUES = os.environ.get("BENCH_QUEUES", "bench")
_LEFT = """\
select (select count(*) from pgsched._ready) + (select count(*) from pgsched._blocked)
     + (select coalesce(sum(cardinality(ids)), 0) from pgsched._claim)
"""


class Client:
    """What a user's program calls, without asyncio."""

    def __init__(self, scheduler: Scheduler, conn: psycopg.Connection) -> None:
        self._scheduler, self._conn = scheduler, conn

    def one(self, args: Args) -> None:
        self._scheduler.enqueue(noop, args)

    def many(self, args: list[Args]) -> None:
        self._scheduler.enqueue_many(noop, args)

    def left(self) -> int:
        return self._conn.execute(_LEFT).fetchall()[0][0]


def setup() -> None:
    """The database came with the schema."""


@asynccontextmanager
async def client() -> AsyncGenerator[Client]:
    with Scheduler() as scheduler, psycopg.connect(scheduler.dsn, autocommit=True) as conn:
        yield Client(scheduler, conn)


def work(processes: int) -> None:
    command = [sys.executable, "-m", "pgsched", "worker", "--app", "bench.tasks"]
    command += ["--queues", QUEUES, "--log-level", "warning"]
    command += ["--processes", str(processes), "--concurrency", CONCURRENCY]
    os.execv(sys.executable, command)


program(setup=setup, client=client, work=work)
