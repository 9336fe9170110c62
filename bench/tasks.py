"""The tasks that the measured workers run."""

from __future__ import annotations

import asyncio
import time

from pgsched import task


@task(queue="bench")
async def noop(i: int) -> None:
    """Do nothing: what is left is the cost of pgsched."""


@task(queue="bench")
async def rest(ms: float) -> None:
    """Take so long, without work."""
    await asyncio.sleep(ms / 1000)


@task(queue="bench")
async def stamp() -> float:
    """When the handler started, by the clock of this machine."""
    return time.time()
