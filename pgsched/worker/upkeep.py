"""The upkeep thread of a supervisor: housekeeping, one short step at a time."""

from __future__ import annotations

import logging
import time
from typing import Any

import psycopg
from psycopg import sql

from .. import calls, db
from .rounds import Rounds

log = logging.getLogger("pgsched.worker")
_REST_S = 2.0


class Upkeep(Rounds):
    """Calls upkeep() while it finds something to do, and vacuums what it says; needs no leader."""

    def __init__(self, dsn: str, idle_s: float = 0.0) -> None:
        super().__init__(dsn, "upkeep", _REST_S, idle_s)

    def _begin(self, conn: psycopg.Connection[Any]) -> None:
        conn.execute("set vacuum_cost_delay = '1ms'")  # jobs come first

    def _round(self, conn: psycopg.Connection[Any]) -> None:
        more = True
        while more and not self._closing.is_set():
            begun = time.monotonic()
            step, done, more = db.run(conn, calls.upkeep())
            if step is not None:
                log.debug("upkeep: %s: %s", step, done)
            # a quarter of a core at most
            self._closing.wait(3 * (time.monotonic() - begun))
        for table in db.run(conn, calls.vacuum_due()):
            conn.execute(
                sql.SQL("vacuum (skip_locked) {}").format(sql.Identifier(*table.split(".")))
            )
        self._rest()
