"""system.cleanup: the upkeep that workers do by themselves, now."""

from __future__ import annotations

from ..calls import upkeep
from ..context import Context
from .offer import offer, require_range


@offer("system.cleanup", timeout_s=3600)
def cleanup(ctx: Context, steps_max: int = 1000) -> dict[str, object]:
    """
    Do the upkeep until nothing is due, or steps_max (1..100000) steps are done.

    The result: steps, how many were done; more, whether something was left.
    """
    require_range("steps_max", steps_max, 1, 100_000)
    more, steps = True, 0
    while more and steps < steps_max and not ctx.cancelled.is_set():
        step, done, more = ctx.require_database().run(upkeep())
        if step is None:
            break
        steps += 1
        ctx.log(f"{step}: {done}")
    return {"steps": steps, "more": more}
