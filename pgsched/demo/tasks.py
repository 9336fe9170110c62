"""What the demo's worker runs: `pgsched worker --app pgsched.demo.tasks`."""

from __future__ import annotations

from functools import cache
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from pgsched import Context, task
from pgsched.settings import Settings

from . import library, store


@task(
    queue=store.QUEUE,
    max_attempts=library.ATTEMPTS,
    retry={"kind": "fixed", "base_s": 0.5},
    transactional=True,
)
def measure_file(ctx: Context, path: str, fail_first: int = 0) -> None:
    """Measure one file, and store a row in the transaction that completes the job."""
    if ctx.attempt <= fail_first:
        raise OSError(f"{path}: made to fail, attempt {ctx.attempt}")
    found = library.measure(path)
    with _pool().connection() as conn:  # commits at its end
        store.keep(conn, ctx.id, ctx.attempt, path, found)
        ctx.complete(conn)


@cache
def _pool() -> ConnectionPool[psycopg.Connection[Any]]:
    """One for each child process; the demo names the database in the worker's environment."""
    dsn = Settings.from_env().dsn or ""
    return ConnectionPool(dsn, min_size=1, max_size=store.CONCURRENCY, open=True)
