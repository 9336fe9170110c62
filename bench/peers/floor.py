# /// script
# dependencies = []
# [tool.bench]
# name = "floor"
# keeps = "one row a job: its id and when it ended"
# acknowledges = "deleted and recorded in one statement before anything runs: at most once"
# settings = "500 a statement; no payload read, no code run"
# drain = 300000
# bulk = 400000
# batch = 5000
# ///
"""
The raw floor: take rows under SKIP LOCKED and append them to a history, in one statement.

At most once, no payload read, no code run: no job system can be faster on this machine.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from program import Args, program, tick

BATCH = 500
_TABLES = """\
create table floor_job (id bigint generated always as identity primary key, args jsonb not null);
create table floor_run (id bigint primary key, finished_at timestamptz not null);
"""
_MANY = "insert into floor_job (args) select jsonb_array_elements(%s::jsonb)"
_TAKE = """\
with taken as (
  delete from floor_job where ctid = any(array(
    select ctid from floor_job order by id limit %s for update skip locked))
  returning id)
insert into floor_run select id, clock_timestamp() from taken returning id
"""
_EMPTY_S = 0.001


class Client:
    """Bare INSERTs."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self._conn = conn

    def one(self, args: Args) -> None:
        self._conn.execute("insert into floor_job (args) values (%s)", (json.dumps(args),))

    def many(self, args: list[Args]) -> None:
        self._conn.execute(_MANY, (json.dumps(args),))

    def left(self) -> int:
        return self._conn.execute("select count(*) from floor_job").fetchall()[0][0]


def setup() -> None:
    with psycopg.connect() as conn:
        conn.execute(_TABLES)


@asynccontextmanager
async def client() -> AsyncGenerator[Client]:
    with psycopg.connect(autocommit=True, prepare_threshold=0) as conn:
        yield Client(conn)


def work(processes: int) -> None:
    with psycopg.connect(autocommit=True) as conn:
        while True:
            taken = conn.execute(_TAKE, (BATCH,), prepare=True, binary=True).fetchall()
            if taken:
                tick(len(taken))
            else:
                time.sleep(_EMPTY_S)


program(setup=setup, client=client, work=work)
