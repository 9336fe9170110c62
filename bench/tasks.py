"""The tasks that the measured workers run."""

from __future__ import annotations

import asyncio
from typing import Any

from pgsched import Context, task

from .drive.program import ran


@task(queue="bench")
async def noop(**args: Any) -> None:
    """Count itself, as the handlers of all peers do: what is left is the cost of pgsched."""
    ran(**args)


@task(queue="bench")
async def rest(ms: float) -> None:
    """Take so long, without work."""
    await asyncio.sleep(ms / 1000)


@task(queue="bench", retry={"kind": "fixed", "base_s": 0})
async def flaky(ctx: Context, fails: bool) -> None:
    """Fail at the first attempt if the job says so; the next comes at once."""
    ran()
    if fails and ctx.attempt == 1:
        raise RuntimeError("the first attempt fails")


@task(queue="bench")
async def nothing() -> None:
    """Nothing at all: where the history counts."""
