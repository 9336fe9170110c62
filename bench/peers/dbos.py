# /// script
# dependencies = ["dbos==3.4.0", "sqlalchemy==2.1.9", "psycopg[binary]==3.3.9"]
# [tool.bench]
# name = "dbos"
# keeps = "the workflow's row with its args, result, executor and times"
# acknowledges = "each by itself; what a dead process held runs again when its executor id is back"
# settings = "threads, worker concurrency 400, its queue polled each 0.02 s (1 as it comes)"
# drain = 1200
# bulk = 1500
# ///
"""
dbos: workflows of no steps on a durable queue.

Plain functions, each in a thread of its own, ran 1.5 times as fast as coroutines; more at once than
400, a larger pool of connections, and polling from 0.1 to 0.01 s made no difference to the drain.
Queues are polled only: its LISTEN/NOTIFY is for messages and events between workflows.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions
from program import URL, Args, program, ran

CONCURRENCY = 400
POLLING_S = 0.02
_NAME = "bench"
_COUNTING = threading.Lock()
_OPTIONS: EnqueueOptions = {"workflow_name": "noop", "queue_name": "bench"}
_LEFT = """\
select count(*) from dbos.workflow_status where status in ('ENQUEUED', 'PENDING', 'DELAYED')
"""


@DBOS.workflow(name="noop")
def noop(**args: Any) -> None:
    with _COUNTING:
        ran(**args)


class Client:
    """Its client: `enqueue`, and `enqueue_in_transaction`, of as many as one likes."""

    def __init__(self, made: DBOSClient, engine: sa.Engine) -> None:
        self._client, self._engine = made, engine

    def one(self, args: Args) -> None:
        self._client.enqueue(_OPTIONS, **args)

    def many(self, args: list[Args]) -> None:
        with self._engine.begin() as conn:
            for each in args:
                self._client.enqueue_in_transaction(conn, _OPTIONS, **each)

    def left(self) -> int:
        with self._engine.connect() as conn:
            return conn.execute(sa.text(_LEFT)).scalar_one()


def launch() -> None:
    """Each process needs an executor id of its own, or it would run what another runs."""
    config: DBOSConfig = {
        "name": _NAME,
        "system_database_url": URL,
        "executor_id": f"{_NAME}-{os.getpid()}",
        "log_level": "WARNING",
    }
    DBOS(config=config)
    DBOS.launch()
    DBOS.register_queue("bench", worker_concurrency=CONCURRENCY, polling_interval_sec=POLLING_S)


def setup() -> None:
    launch()
    DBOS.destroy()


@asynccontextmanager
async def client() -> AsyncGenerator[Client]:
    made = await asyncio.to_thread(DBOSClient, system_database_url=URL, application_name=_NAME)
    engine = sa.create_engine(URL.replace("postgresql:", "postgresql+psycopg:", 1))
    try:
        yield Client(made, engine)
    finally:
        engine.dispose()
        made.destroy()


def work(processes: int) -> None:
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    launch()
    stopped.wait()
    DBOS.destroy()


program(setup=setup, client=client, work=work)
