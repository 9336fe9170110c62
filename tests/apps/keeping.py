"""Tasks that keep something of their job, and make others: on the database, and over HTTP."""

from __future__ import annotations

from typing import Any

from pgsched import Context, Retry, task


@task
async def page_on(ctx: Context) -> Any:
    """Go one page further in each of three attempts."""
    page = await ctx.acheckpointed() or 0
    await ctx.acheckpoint(page + 1)
    if page < 2:
        raise Retry("more", after=0)
    return await ctx.acheckpointed()


@task(isolation="process")
def page_on_apart(ctx: Context) -> Any:
    """The same, in a process of its own."""
    page = ctx.checkpointed() or 0
    ctx.checkpoint(page + 1)
    if page < 2:
        raise Retry("more", after=0)
    return ctx.checkpointed()


@task
def pass_on(ctx: Context) -> None:
    """Make a job and an event."""
    ctx.enqueue("add", {"a": 1}, queue="elsewhere", delay=60)
    ctx.emit("thing.done", {"n": 1})


@task(max_attempts=1)
async def pass_on_async(ctx: Context) -> None:
    """Make a job, then ask for what takes a database."""
    await ctx.aenqueue("add", {"a": 1}, queue="elsewhere")
    ctx.require_database()


@task
def double(n: int) -> int:
    """What `gather` has others do."""
    return 2 * n


@task
async def gather(ctx: Context) -> Any:
    """Make many jobs, and wait for their results."""
    jobs = await ctx.scheduler.aenqueue_many("double", [{"n": n} for n in (1, 2, 3)])
    return [await job.aresult(30) for job in jobs]


@task
def gather_in_thread(ctx: Context) -> Any:
    """The same, without asyncio."""
    jobs = ctx.scheduler.enqueue_many("double", [{"n": n} for n in (1, 2, 3)])
    return [job.result(30) for job in jobs]


@task(max_attempts=1, transactional=True)
async def complete_it(ctx: Context) -> None:
    """End the job in a transaction."""
    ctx.complete(None)  # type: ignore[arg-type]
