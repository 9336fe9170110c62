"""The ticker thread of a supervisor: plans slots of schedules, and ticks when one is due."""

from __future__ import annotations

import logging
import random
import threading
from typing import Any

import psycopg

from .. import calls, db
from ..errors import PgschedError
from .planner import plan_round

log = logging.getLogger("pgsched.worker")
_A_TICK = 2000  # schedules
# How often it looks where no slot is near: for schedules that were changed, if notifications do
# not arrive, and for slots that wait for the end of a job.
_POLL_S = 1.0
# A slot may be due and wait for somebody: another worker's tick or plan.
_LEAST_S = 0.005


class Ticker(threading.Thread):
    """Any number of workers may tick: a slot fires once all the same."""

    def __init__(self, dsn: str) -> None:
        super().__init__(name="pgsched-ticker", daemon=True)
        self._dsn = dsn
        self._closing = threading.Event()

    def close(self) -> None:
        """End the thread; a tick under way is not waited for long."""
        self._closing.set()
        self.join(timeout=1)

    def run(self) -> None:
        """Tick and plan until closed, on one connection after the other."""
        while not self._closing.is_set():
            try:
                with db.connect(self._dsn, application_name="pgsched ticker") as conn:
                    conn.execute("listen pgsched_schedule")
                    while not self._closing.is_set():
                        sleep_s = self._round(conn)
                        for _ in conn.notifies(timeout=sleep_s, stop_after=1):
                            pass
            except (psycopg.Error, PgschedError, OSError) as error:
                log.debug("schedules pause: %s", str(error).strip())
                self._closing.wait(0.5 + random.random())

    def _round(self, conn: psycopg.Connection[Any]) -> float:
        """Tick while slots are due, plan while schedules lack slots; how long it may sleep then."""
        decided, next_in_s = db.run(conn, calls.tick(_A_TICK))
        if decided:
            log.debug("schedules: %s slots decided", decided)
            return 0.0
        if plan_round(conn):
            return 0.0
        return max(min(next_in_s, _POLL_S), _LEAST_S) if next_in_s is not None else _POLL_S
