"""The tasks that the tests of workers run."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from typing import Any

from pgsched import Context, Retry, Snooze, task
from tests.apps import effects, emitting, poison

__all__ = ["effects", "emitting", "poison"]  # their tasks are known to whoever imports this module

AT_ONCE = {"kind": "fixed", "base_s": 0}


@task
async def add(a: int, b: int = 0) -> int:
    """Add two numbers."""
    return a + b


@task
def add_in_thread(a: int, b: int = 0) -> int:
    """Add two numbers."""
    return a + b


@task(isolation="process")
def add_apart(ctx: Context, a: int, b: int = 0) -> dict[str, int]:
    """Add two numbers, and say where."""
    return {"sum": a + b, "pid": os.getpid(), "parent": os.getppid(), "attempt": ctx.attempt}


@task(isolation="process")
async def add_apart_async(a: int) -> int:
    """Add one."""
    await asyncio.sleep(0)
    return a + 1


@task
async def nothing(**args: Any) -> None:
    """Do nothing with whatever it is given."""


@task
async def echo(value: Any) -> Any:
    """Give back what it was given."""
    return value


@task
def describe(value: Any) -> str:
    """Say what it was given, in a form that no JSON changes."""
    return repr(value)


@task(retry=AT_ONCE, max_attempts=3)
async def succeed_at(ctx: Context, attempt: int) -> int:
    """Fail until that attempt."""
    if ctx.attempt < attempt:
        raise Retry(f"attempt {ctx.attempt}", after=0)
    return ctx.attempt


@task(retry=AT_ONCE, max_attempts=2)
async def snooze_until(ctx: Context, attempt: int) -> int:
    """Snooze until that attempt: more often than max_attempts."""
    if ctx.attempt < attempt:
        raise Snooze(0)
    return ctx.attempt


@task(timeout_s=0.2, max_attempts=1)
async def oversleep() -> None:
    """Run into the timeout."""
    await asyncio.Event().wait()


@task(max_attempts=1)
def watch_the_clock(ctx: Context) -> float:
    """A thread that ends by itself when it is told; it says how much time it had."""
    assert ctx.deadline is not None
    left = ctx.deadline - time.monotonic()
    assert ctx.cancelled.wait(60)
    raise RuntimeError(f"told to stop, had {left:.0f} s")


@task(timeout_s=0.2, max_attempts=1, isolation="process")
def never_return() -> None:
    """Keep a processor busy for ever, deaf to all but a kill."""
    while True:
        pass


@task(timeout_s=0.1, max_attempts=2, retry=AT_ONCE)
def ignore_the_timeout(ctx: Context) -> str:
    """The first attempt goes on for longer than it is waited for; the second is quick."""
    if ctx.attempt == 1:
        _sleep(7)
    return f"attempt {ctx.attempt}"


@task
async def wait_for_cancel() -> None:
    """Run until somebody ends it."""
    await asyncio.Event().wait()


@task
def wait_in_thread(ctx: Context) -> None:
    """Run until told to stop."""
    ctx.cancelled.wait(60)
    raise RuntimeError("told to stop")


@task(isolation="process")
def wait_apart(ctx: Context) -> None:
    """Run until killed, with a child of its own."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    ctx.log(f"child {child.pid}")
    child.wait()


@task
async def talk(ctx: Context, text: Any) -> None:
    """Keep lines and progress."""
    ctx.log("begun", level="debug")
    ctx.progress(0.5, "half way")
    ctx.progress(1)
    ctx.log(text)
    ctx.logger.info("to the log, not to the job")


@task(isolation="process")
def talk_apart(ctx: Context, text: Any) -> None:
    """Keep lines and progress, from another process."""
    ctx.log(text)
    ctx.progress(0.25)
    print("to stdout, which is nobody's protocol")


@task
async def bad_progress(ctx: Context) -> None:
    """Refused at once."""
    ctx.progress(2)


@task(max_attempts=5)
async def die(ctx: Context, by: int = 9) -> None:
    """Take the whole child process along."""
    os._exit(by)


@task(isolation="process", max_attempts=1)
def die_apart() -> None:
    """End its own process only."""
    os._exit(7)


@task
async def hog(seconds: float) -> None:
    """Hold the interpreter's lock: no Python code runs in this process meanwhile."""
    import ctypes

    ctypes.PyDLL(None).usleep(int(seconds * 1_000_000))


@task
def deaf() -> None:
    """A thread that hears nothing."""
    _sleep(600)


@task
async def nap(seconds: float = 0.01) -> None:
    """Take a moment."""
    await asyncio.sleep(seconds)


_sleep = time.sleep  # handlers may; tests may not
