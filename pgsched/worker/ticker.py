"""The ticker thread of a supervisor: plans slots of schedules, and ticks when one is due."""

from __future__ import annotations

import logging
import time
from typing import Any

import psycopg

from .. import calls, db
from ..errors import PgschedError
from .idle import until_next
from .planner import A_ROUND, AHEAD_S, plan_round
from .rounds import Rounds

log = logging.getLogger("pgsched.worker")
_REST_S = 1.0
_A_TICK = 2000  # schedules
# How often it looks where no slot is near: for schedules that were changed, if notifications do
# not arrive, and for slots that wait for the end of a job. And how often it plans, at least.
_POLL_S = 1.0
# A slot may be due and wait for somebody: another worker's tick or plan, or a transaction of
# somebody who changes its schedule, and may take his time. Until then, slots of other schedules may
# come as late as the longest of these, too.
_LEAST_S, _MOST_S = 0.005, 0.08
# One schedule that fires each second takes 2 ms to plan, one that fires each day 0.15 ms.
_PLAN_S, _A_ROUND_MIN = 0.05, 10
_CONDITION_S = 1.0
"""How long a schedule's condition may take."""


class Ticker(Rounds):
    """Any number of workers may tick: a slot fires once all the same."""

    def __init__(self, dsn: str, idle_s: float = 0.0) -> None:
        super().__init__(dsn, "ticker", _REST_S, idle_s)
        self._planned_at = float("-inf")
        self._least_s = _LEAST_S
        self._a_round = _A_ROUND_MIN

    def _begin(self, conn: psycopg.Connection[Any]) -> None:
        conn.execute("listen pgsched_schedule")

    def _round(self, conn: psycopg.Connection[Any]) -> None:
        rest_s = self._work(conn)
        if self._idle_s and rest_s >= _POLL_S:
            rest_s = db.run(conn, calls.quiet_for(until_next(self._idle_s), AHEAD_S)) or rest_s
        for _ in conn.notifies(timeout=rest_s, stop_after=1):
            pass

    def _work(self, conn: psycopg.Connection[Any]) -> float:
        """Tick while slots are due, plan while schedules lack slots; how long it may sleep then."""
        decided, next_in_s, apart = db.run(conn, calls.tick(_A_TICK))
        if apart:
            decided += _tick_apart(conn)
        if decided:
            self._least_s = _LEAST_S
            log.debug("schedules: %s slots decided", decided)
            if time.monotonic() < self._planned_at + _POLL_S:
                return 0.0
        if self._plan(conn):
            return 0.0
        self._planned_at = time.monotonic()
        if decided:
            return 0.0
        return _POLL_S if next_in_s is None else self._until_due(next_in_s)

    def _plan(self, conn: psycopg.Connection[Any]) -> int:
        """Plan as many schedules as take some 50 ms, since slots of others are due meanwhile."""
        begun = time.monotonic()
        planned = plan_round(conn, self._a_round)
        if planned == self._a_round:
            times = _PLAN_S / max(time.monotonic() - begun, 0.001)
            self._a_round = round(min(max(planned * min(times, 2.0), _A_ROUND_MIN), A_ROUND))
        return planned

    def _until_due(self, next_in_s: float) -> float:
        if next_in_s > 0:
            self._least_s = _LEAST_S
            return max(min(next_in_s, _POLL_S), _LEAST_S)
        rest_s, self._least_s = self._least_s, min(2 * self._least_s, _MOST_S)
        return rest_s


def _tick_apart(conn: psycopg.Connection[Any]) -> int:
    """How many slots of one schedule it decided. Where it fails, the others are planned anyway."""
    try:
        with conn.transaction():
            db.run(conn, calls.limit_statement(_CONDITION_S))
            return db.run(conn, calls.tick_apart())
    except (psycopg.Error, PgschedError) as error:
        if conn.closed:
            raise
        log.warning("a schedule cannot be ticked: %s", str(error).strip())
        return 0
