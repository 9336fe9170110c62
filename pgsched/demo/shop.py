"""What the worker of `pgsched demo --events` runs: work by the clock, and by what happens."""

from __future__ import annotations

from functools import cache
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from pgsched import Context, task
from pgsched.settings import Settings

QUEUE = "demo-events"
CONCURRENCY = 4
CREATED = "demo.order.created"
TASKS = ("demo-invoice", "demo-beat", "demo-closing")
LEAST = 100
"""Orders below are not invoiced: the subscription's filter leaves them out."""


@task(
    name=TASKS[0],
    queue=QUEUE,
    transactional=True,
    on={
        "type": CREATED,
        "filter": f"$.data.new.total >= {LEAST}",
        "args": {"order": "$.data.new.id"},
    },
)
def invoice(ctx: Context, order: int) -> None:
    """Write an invoice, in the transaction that completes the job."""
    with _pool().connection() as conn:
        conn.execute("insert into shop.invoice (order_id, job_id) values (%s, %s)", (order, ctx.id))
        ctx.complete(conn)


# Were the demo killed, the schedule would still come to its end.
@task(
    name=TASKS[1],
    queue=QUEUE,
    transactional=True,
    schedule={"every": "1 second", "args": {"nominal": "$nominal"}, "max_runs": 100},
)
def beat(ctx: Context, nominal: str) -> None:
    """Note when it ran, and when it should."""
    with _pool().connection() as conn:
        conn.execute("insert into shop.beat (nominal, job_id) values (%s, %s)", (nominal, ctx.id))
        ctx.complete(conn)


@task(
    name=TASKS[2],
    queue=QUEUE,
    schedule={
        "business": "last business day of month at 18:00",
        "calendar": "demo-us",
        "timezone": "America/New_York",
    },
)
def closing() -> None:
    """What the forecast is of."""


@cache
def _pool() -> ConnectionPool[psycopg.Connection[Any]]:
    """One for each child process; the demo names the database in the worker's environment."""
    dsn = Settings.from_env().dsn or ""
    return ConnectionPool(dsn, min_size=1, max_size=CONCURRENCY, open=True)
