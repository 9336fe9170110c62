"""Tasks that this worker does not know: for how long their jobs are handed back."""

from __future__ import annotations

import logging
import time

from ..models import Held

log = logging.getLogger("pgsched.worker")

# For so long, doubled each time up to a limit.
_FIRST_S, _MAX_S = 5.0, 60.0


class UnknownTasks:
    """Remembers, for each, when its jobs come back."""

    def __init__(self) -> None:
        self._rounds: dict[str, tuple[float, float]] = {}

    def delay_s(self, held: Held) -> float:
        """For how long to hand back this job; says so in the log once a round."""
        now = time.monotonic()
        delay, until = self._rounds.get(held.task, (_FIRST_S / 2, 0.0))
        if now >= until:  # once a round, however many jobs come in it
            delay = min(delay * 2, _MAX_S)
            self._rounds[held.task] = (delay, now + delay)
            log.warning(
                "task %s is unknown to this worker: job %s and its like are handed back for %g s; "
                "import its module with --app, or keep such tasks on another queue",
                held.task,
                held.id,
                delay,
                extra={"job_id": held.id, "task": held.task},
            )
        return delay
