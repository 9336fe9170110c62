"""Tasks with schedules and subscriptions; DECLARING in the environment says which."""

from __future__ import annotations

import os
from typing import Any

from pgsched import task

FIRST = os.environ.get("DECLARING") != "later"


@task(
    name="report",
    schedule={"cron": "0 6 * * *", "priority": 1} if FIRST else {"cron": "0 7 * * *"},
    on="order.created" if FIRST else None,
)
async def report(**args: Any) -> None:
    """Made by the clock, and by orders."""


@task(schedule={"every": "1 hour", "condition": "no.such_function"} if FIRST else None)
async def refused() -> None:
    """Postgres does not know its condition."""
