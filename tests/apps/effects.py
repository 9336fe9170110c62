"""Tasks that write to the test's own tables: `effect`, a row each time, and `gate`, to wait for."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import psycopg

from pgsched import Context, task

AT_ONCE = {"kind": "fixed", "base_s": 0}


@task
async def wait_for_row(ctx: Context, n: int) -> int:
    """Say that it runs, and go on until the test lets it: a row in `gate` with its n."""
    ctx.log("running")
    async with await psycopg.AsyncConnection.connect(_dsn(), autocommit=True) as conn:
        look = "select 1 from gate where n = %s"
        while not await (await conn.execute(look, (n,))).fetchone():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return n


@task(transactional=True, retry=AT_ONCE, max_attempts=2)
def transfer(ctx: Context, n: int, how: str = "commit") -> None:
    """One row in `effect`, in the transaction that completes the job."""
    with _Connection() as conn:
        ctx.log("working")
        conn.execute("insert into effect (n, attempt) values (%s, %s)", (n, ctx.attempt))
        ctx.complete(conn, {"n": n})
        if how == "twice":
            ctx.complete(conn)
        elif how == "roll back" and ctx.attempt == 1:
            conn.rollback()
        elif how == "fail before commit" and ctx.attempt == 1:
            raise ValueError("before the commit")
        conn.commit()
        if how == "fail after commit":
            raise ValueError("after the commit")


@task(transactional=True, retry=AT_ONCE, max_attempts=2)
async def transfer_async(ctx: Context, n: int) -> None:
    """As `transfer`, on an async connection."""
    async with await psycopg.AsyncConnection.connect(_dsn()) as conn:
        await conn.execute("insert into effect (n, attempt) values (%s, %s)", (n, ctx.attempt))
        await ctx.complete(conn, n)


@task(transactional=True, isolation="process", retry=AT_ONCE, max_attempts=2)
def transfer_apart(ctx: Context, n: int) -> None:
    """As `transfer`, in another process."""
    with _Connection() as conn:
        conn.execute("insert into effect (n, attempt) values (%s, %s)", (n, ctx.attempt))
        ctx.complete(conn, n)


@task(transactional=True, max_attempts=1)
def forget_to_complete(n: int) -> int:
    """A transactional task may also just return."""
    return n


@task(max_attempts=1)
def complete_without_leave(ctx: Context) -> None:
    """Not declared as transactional."""
    with _Connection() as conn:
        ctx.complete(conn)


@task(retry=AT_ONCE)
async def leave_a_mark(n: int) -> None:
    """One row in `effect` with each run; also of a worker that has no database."""
    dsn = os.environ.get("TEST_DIRECT_DSN") or _dsn()
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
        await conn.execute("insert into effect (n, attempt) values (%s, 0)", (n,))


@task
async def witness(ctx: Context) -> str:
    """At the first attempt, wait to be stopped, and note whether the lease still held then."""
    if ctx.attempt > 1:
        return f"attempt {ctx.attempt}"
    # now already: between the order to stop and the end of the lease is no time to connect
    with psycopg.connect(os.environ["TEST_DIRECT_DSN"], autocommit=True) as conn:
        ctx.log("ready")
        try:
            await asyncio.Event().wait()
        finally:
            conn.execute(
                "insert into effect (n, attempt) select 1, count(*) from pgsched._worker as w"
                " where w.id = %s and w.lease_until > clock_timestamp()",
                (ctx.worker,),
            )
    return ""


_spare: list[psycopg.Connection[Any]] = []


def _dsn() -> str:
    return os.environ["PGSCHED_DSN"]


class _Connection:
    """A connection of this process's own little pool, in a transaction."""

    def __enter__(self) -> psycopg.Connection[Any]:
        try:
            self.conn = _spare.pop()
        except IndexError:
            self.conn = psycopg.connect(_dsn(), prepare_threshold=None)  # a pooler may be there
        return self.conn

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if self.conn.closed or self.conn.broken:
            return
        if kind is None:
            self.conn.commit()
        else:
            self.conn.rollback()
        _spare.append(self.conn)
