"""
The raw floor: take rows under SKIP LOCKED and append them to a history, in one statement.

At most once, no payload read, no code run: no job system can be faster on this machine.
"""

from __future__ import annotations

import os
import subprocess
from typing import LiteralString

import psycopg

from bench import work
from bench.server import Connection, Database

BATCH = 500
_TABLES = """\
create table floor_job (id bigint primary key, args jsonb not null);
create table floor_run (id bigint primary key, finished_at timestamptz not null);
"""
_TAKE = """\
with taken as (
  delete from floor_job where ctid = any(array(
    select ctid from floor_job order by id limit %s for update skip locked))
  returning id)
insert into floor_run select id, clock_timestamp() from taken returning id
"""


class Floor:
    """The fewest statements that insert a row, take it and keep a history."""

    name = "floor"
    history: LiteralString = """\
        select count(*), extract(epoch from max(finished_at) - min(finished_at)) from floor_run"""

    def install(self, conn: Connection) -> None:
        conn.execute(_TABLES)

    def enqueue(self, conn: Connection, jobs: int) -> None:
        for start in range(0, jobs, 5000):
            conn.execute(
                "insert into floor_job select g, jsonb_build_object('i', g)"
                " from generate_series(%s::int, %s) as g",
                (start + 1, min(start + 5000, jobs)),
            )

    def start(self, database: Database, processes: int) -> list[subprocess.Popen]:
        return [work.start(database, __name__) for _ in range(processes)]


def drain(dsn: str) -> None:
    """What each process does."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        while conn.execute(_TAKE, (BATCH,), prepare=True, binary=True).fetchall():
            pass


if __name__ == "__main__":
    drain(os.environ["PGSCHED_DSN"])
