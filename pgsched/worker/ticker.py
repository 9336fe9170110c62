"""The ticker thread of a supervisor: plans slots of schedules, and ticks when one is due."""

from __future__ import annotations

import logging
import time
from typing import Any

import psycopg

from .. import calls, db
from .planner import plan_round
from .rounds import Rounds

log = logging.getLogger("pgsched.worker")
_REST_S = 1.0
_A_TICK = 2000  # schedules
# How often it looks where no slot is near: for schedules that were changed, if notifications do
# not arrive, and for slots that wait for the end of a job. And how often it plans, at least.
_POLL_S = 1.0
# A slot may be due and wait for somebody: another worker's tick or plan.
_LEAST_S = 0.005
_CONDITION_S = 1.0
"""How long a schedule's condition may take."""


class Ticker(Rounds):
    """Any number of workers may tick: a slot fires once all the same."""

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn, "ticker", _REST_S)
        self._planned_at = float("-inf")

    def _begin(self, conn: psycopg.Connection[Any]) -> None:
        conn.execute("listen pgsched_schedule")

    def _round(self, conn: psycopg.Connection[Any]) -> None:
        for _ in conn.notifies(timeout=self._work(conn), stop_after=1):
            pass

    def _work(self, conn: psycopg.Connection[Any]) -> float:
        """Tick while slots are due, plan while schedules lack slots; how long it may sleep then."""
        decided, next_in_s, apart = db.run(conn, calls.tick(_A_TICK))
        if apart:
            decided += _tick_apart(conn)
        if decided:
            log.debug("schedules: %s slots decided", decided)
            if time.monotonic() < self._planned_at + _POLL_S:
                return 0.0
        if plan_round(conn):
            return 0.0
        self._planned_at = time.monotonic()
        if decided:
            return 0.0
        return max(min(next_in_s, _POLL_S), _LEAST_S) if next_in_s is not None else _POLL_S


def _tick_apart(conn: psycopg.Connection[Any]) -> int:
    with conn.transaction():
        db.run(conn, calls.limit_statement(_CONDITION_S))
        return db.run(conn, calls.tick_apart())
