"""Whether the process lives, the database answers, and jobs get done."""

from __future__ import annotations

from typing import Literal

from pgsched import calls
from pgsched.errors import Busy

from .ask import Ask
from .route import Routes
from .shapes import Answered

ROUTES = Routes("health", "For load balancers and probes.")


class Health(Answered):
    """It is well."""

    status: Literal["ok"] = "ok"


@ROUTES.add("GET", "/health/live", scope=None)
async def live(ask: Ask) -> Health:
    """Say that the process answers."""
    return Health()


@ROUTES.add("GET", "/health/ready", scope=None, refusals=(Busy,))
async def ready(ask: Ask) -> Health:
    """Say that the database answers, with the schema that this needs."""
    await ask.run(calls.due_in(0))
    return Health()
