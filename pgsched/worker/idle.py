"""When a worker looks that nobody stirs; in the idle mode, once in minutes."""

from __future__ import annotations

import time

# How often a worker looks that hears no notifications.
DEAF_POLL_S = 0.25


def until_next(idle_s: float) -> float:
    """
    Seconds until all of this host that rest look again: at the same moments, every `idle_s`.

    So a database that sleeps when nobody asks it anything is woken once, not by each in turn.
    """
    return idle_s - time.monotonic() % idle_s


def until_look(poll_s: float, idle_s: float, *, hears: bool) -> float:
    """Seconds until a worker looks for jobs; `idle_s`: not 0 in the idle mode."""
    if idle_s:
        return max(until_next(idle_s), DEAF_POLL_S)
    return poll_s if hears else min(poll_s, DEAF_POLL_S)
