"""Tasks that emit events, and that ask what made them."""

from __future__ import annotations

from typing import Any

import psycopg

from pgsched import Context, task
from tests.apps.effects import _dsn

FED = "insert into fed default values"


@task
def emit(ctx: Context, type: str) -> int:
    """From a thread, twice: the same event."""
    first = ctx.emit(type, {"by": ctx.id}, id=f"job {ctx.id}")
    assert ctx.emit(type, id=f"job {ctx.id}") == first
    return first


@task
async def emit_async(ctx: Context, type: str) -> int:
    """From the event loop."""
    return await ctx.aemit(type, subject="x")


@task(isolation="process")
def emit_apart(ctx: Context, type: str) -> int:
    """From a process of its own."""
    return ctx.emit(type)


@task(isolation="process")
async def emit_apart_async(ctx: Context, type: str) -> int:
    """From an event loop in a process of its own."""
    return await ctx.aemit(type)


@task(transactional=True, max_attempts=2, retry={"kind": "fixed", "base_s": 0})
def emit_and_complete(ctx: Context, type: str) -> None:
    """In the transaction that completes the job, which rolls back the first time."""
    with psycopg.connect(_dsn()) as conn:
        ctx.emit(type, {"attempt": ctx.attempt}, conn=conn)
        ctx.complete(conn)
        if ctx.attempt == 1:
            raise RuntimeError("rolled back")


@task
def origin(ctx: Context, **args: Any) -> list[Any]:
    """What made it, from a thread."""
    found = ctx.origin()
    assert ctx.origin() is found
    return [str(each) for each in found]


@task
async def aorigin(ctx: Context, **args: Any) -> list[Any]:
    """What made it, from the event loop."""
    found = await ctx.aorigin()
    assert await ctx.aorigin() is found
    return [str(each) for each in found]


@task(retry={"kind": "fixed", "base_s": 0}, max_attempts=1)
def loop(ctx: Context, **args: Any) -> None:
    """Feed itself."""
    ctx.emit("again")


@task(max_attempts=1)
def loop_by_table(ctx: Context, **args: Any) -> None:
    """Feed itself by a watched table."""
    with psycopg.connect(_dsn()) as conn:
        ctx.causes(conn)
        conn.execute(FED)


@task(max_attempts=1)
async def loop_by_table_async(ctx: Context, **args: Any) -> None:
    """As `loop_by_table`, on an async connection that is in autocommit."""
    connecting = psycopg.AsyncConnection.connect(_dsn(), autocommit=True)
    async with await connecting as conn, conn.transaction():
        await ctx.acauses(conn)
        await conn.execute(FED)


@task
def loop_by_job(ctx: Context, **args: Any) -> None:
    """Feed itself by another job."""
    ctx.enqueue(loop)


@task
async def loop_by_job_async(ctx: Context, **args: Any) -> None:
    """As `loop_by_job`, from the event loop."""
    await ctx.aenqueue("loop")
