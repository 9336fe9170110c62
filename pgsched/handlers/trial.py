"""Tasks that do nothing, for trying things out."""

# ruff: noqa: N803 - the names of these args are those that other schedulers' test tasks have
from __future__ import annotations

import asyncio
from typing import Any

from ..context import Context, Discard
from .offer import offer, require_range

_LEVELS = ("debug", "info", "warning", "error")


@offer("sleep")
async def sleep(seconds: float = 1) -> None:
    """Wait for so many seconds (0..604800); a cancel or timeout ends it."""
    require_range("seconds", seconds, 0, 7 * 86_400)
    await asyncio.sleep(seconds)


@offer("test.echo")
async def echo(**args: Any) -> dict[str, Any]:
    """Give its args back as its result, whatever they are."""
    return args


@offer("test.delay")
async def delay(
    ctx: Context,
    durationMs: float = 1000,
    shouldFail: bool = False,
    failMessage: str = "it was told to fail",
) -> dict[str, Any]:
    """
    Wait durationMs (0..3600000) with progress; then succeed, or where shouldFail is set, fail with
    failMessage.
    """
    require_range("durationMs", durationMs, 0, 3_600_000)
    for tenth in range(10 if durationMs >= 1000 else 1):
        ctx.progress(tenth / 10)
        await asyncio.sleep(durationMs / (10_000 if durationMs >= 1000 else 1000))
    if shouldFail:
        raise RuntimeError(failMessage)
    return {"durationMs": durationMs, "attempt": ctx.attempt}


@offer("test.log")
async def log(ctx: Context, message: str = "hello", level: str = "info", times: int = 1) -> None:
    """Keep a message with the job, times (1..1000) over; level: debug, info, warning or error."""
    require_range("times", times, 1, 1000)
    if level not in _LEVELS:
        raise Discard(f"level must be {', '.join(_LEVELS)}, got {level!r}")
    for _ in range(times):
        ctx.log(message, level=level)
