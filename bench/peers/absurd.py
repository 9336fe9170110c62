# /// script
# dependencies = ["absurd-sdk==0.5.1", "absurdctl==0.5.1", "psycopg[binary]==3.3.9"]
# [tool.bench]
# name = "absurd"
# keeps = "every task with args and result, every run with worker, claim, end and outcome"
# acknowledges = "one by one, a commit each, fenced; what a dead worker held runs again after 120 s"
# settings = "claims of 100, run in turn; polls each 10 ms; bulk by its SQL function over a set"
# drain = 1500
# bulk = 10000
# ///
"""
absurd: durable execution in SQL functions that thin clients call; here tasks without steps.

Its worker runs the tasks of a claim one after the other, and scales by processes. Two of them
drained 2,000 tasks at 900/s with claims of 10, at 1,700/s with claims of 100 or 300. Nothing wakes
it: its default poll of 250 ms would be its idle latency. It has no bulk call, but documents its SQL
function for calls from within the database: one statement over a set of args gave 16,000/s, calls
of `spawn` in a transaction 4,000/s.
"""

from __future__ import annotations

import json
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import absurdctl
import psycopg
from absurd_sdk import Absurd, TaskContext
from program import URL, Args, program, ran

QUEUE, TASK = "bench", "noop"
CLAIM, POLL_S = 100, 0.01
_MANY = """\
select count(*)
from jsonb_array_elements(%s::jsonb) as made (args), absurd.spawn_task(%s, %s, made.args)
"""
_LEFT = "select count(*) from absurd.t_bench where state in ('pending', 'sleeping', 'running')"


class Client:
    """Its synchronous client, and its schema's own function for sets."""

    def __init__(self, app: Absurd, conn: psycopg.Connection[Any]) -> None:
        self._app, self._conn = app, conn

    def one(self, args: Args) -> None:
        self._app.spawn(TASK, args, queue=QUEUE)

    def many(self, args: list[Args]) -> None:
        self._conn.execute(_MANY, (json.dumps(args), QUEUE, TASK))

    def left(self) -> int:
        return self._conn.execute(_LEFT).fetchall()[0][0]


def setup() -> None:
    """Its command `absurdctl init` gives this same SQL to psql, which may not be installed."""
    with psycopg.connect(URL, autocommit=True) as conn:
        conn.execute(absurdctl.BUNDLED_SCHEMA_SQL.encode())
        Absurd(conn, queue_name=QUEUE).create_queue()


@asynccontextmanager
async def client() -> AsyncGenerator[Client]:
    with psycopg.connect(URL, autocommit=True) as conn:
        yield Client(Absurd(conn, queue_name=QUEUE), conn)


def work(processes: int) -> None:
    app = Absurd(URL, queue_name=QUEUE)
    signal.signal(signal.SIGTERM, lambda *_: app.stop_worker())

    @app.register_task(name=TASK)
    def noop(params: Args, context: TaskContext) -> None:
        ran(**params)

    app.start_worker(batch_size=CLAIM, poll_interval=POLL_S)
    app.close()


program(setup=setup, client=client, work=work)
