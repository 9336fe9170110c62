"""A job whose handler runs."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from ..context import Context
from ..models import Held
from ..registry import Task

Why = Literal["timeout", "cancel", "shutdown"]
COUNTED = ("succeeded", "failed", "timed_out", "cancelled", "snoozed", "released", "unknown")


class Running:
    """
    A job whose handler runs, under the policy that held when it began; `why` says who told it to
    stop.
    """

    __slots__ = (
        "abandoned", "args", "ctx", "held", "isolated", "task", "timeout_s", "timer", "why", "work",
    )  # fmt: skip

    def __init__(self, held: Held, task: Task, args: dict[str, Any]) -> None:
        self.held, self.task, self.args = held, task, args
        self.timeout_s = held.timeout_s if held.timeout_s is not None else task.timeout_s
        self.isolated = task.isolation == "process"
        self.ctx: Context | None = None
        self.work: asyncio.Task[None] | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.why: Why | None = None
        self.abandoned = False
