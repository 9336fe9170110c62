"""What every command begins with: the database that was named, and one connection to it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
import typer

from pgsched import db
from pgsched.calls import Call
from pgsched.cli.failure import usable_dsn
from pgsched.settings import Settings

T = TypeVar("T")


def dsn(ctx: typer.Context) -> str:
    """The database of --dsn, PGSCHED_DSN or DATABASE_URL; "" means libpq's own variables."""
    given: str | None = ctx.find_root().params.get("dsn")
    return usable_dsn(Settings.from_env(dsn=given).dsn)


@contextmanager
def connected(ctx: typer.Context) -> Generator[psycopg.Connection[Any]]:
    """One connection, in autocommit."""
    with db.connect(dsn(ctx), application_name="pgsched cli") as conn:
        yield conn


def ask(conn: psycopg.Connection[Any], call: Call[T]) -> T:
    """
    Read: without JIT, which costs seconds over many partitions, and for at most 30 s.

    Set for the transaction alone, so that nothing is left behind on a pooler's connection.
    """
    with conn.transaction():
        conn.execute(
            "select set_config('jit', 'off', true), set_config('statement_timeout', '30s', true)"
        )
        return db.run(conn, call)
