"""
The schema as pg_dump tells it, less what differs by day or by tool: `make schema` commits it.

`python -m tests.schema_dump` prints the dump of a fresh database on Postgres 18.
"""

from __future__ import annotations

import re
import subprocess

import psycopg

from pgsched import schema
from pgsched.embedded import bin_dir_of
from tests.servers import own_server

_HEAD = "-- Made by `make schema`: what the migrations and functions amount to. Do not edit.\n\n"
# The last: numbers that a server of 15.20 gives to columns, anew in each database.
_NOISE = re.compile(
    r"\\(un)?restrict |-- Dumped |-- PostgreSQL database dump|--$"
    r"|ALTER TABLE ONLY \S+ ALTER COLUMN \S+ SET \(pg_attver=\d+\);$"
)


def dump(dsn: str) -> str:
    """The schema `pgsched` of a database, without owners and without dated partitions."""
    with psycopg.connect(dsn) as conn:
        rows = conn.execute(
            "select oid::regclass::text from pg_class where relispartition and relkind = 'r'"
            " and relnamespace = 'pgsched'::regnamespace"
        ).fetchall()
    partitions = [f"--exclude-table={name}" for (name,) in rows]
    command = [str(bin_dir_of(18) / "pg_dump"), "--schema-only", "--schema=pgsched", "--no-owner"]
    done = subprocess.run(
        [*command, *partitions, f"--dbname={dsn}"], check=True, capture_output=True, text=True
    )
    lines = [line for line in done.stdout.splitlines() if not _NOISE.match(line)]
    return _HEAD + re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def fresh_dump() -> str:
    """`dump` of a new database, on a Postgres 18 of its own."""
    with own_server(bin_dir_of(18)) as dsn:
        with psycopg.connect(dsn, autocommit=True) as conn:
            schema.migrate(conn)
        return dump(dsn)


if __name__ == "__main__":
    print(fresh_dump(), end="")
