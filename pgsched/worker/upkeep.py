"""The upkeep thread of a supervisor: housekeeping, one short step at a time."""

from __future__ import annotations

import logging
import random
import threading
from typing import Any

import psycopg
from psycopg import sql

from .. import calls, db
from ..errors import PgschedError

log = logging.getLogger("pgsched.worker")
_PAUSE_S = 2.0


class Upkeep(threading.Thread):
    """Calls upkeep() while it finds something to do, and vacuums what it says; needs no leader."""

    def __init__(self, dsn: str) -> None:
        super().__init__(name="pgsched-upkeep", daemon=True)
        self._dsn = dsn
        self._closing = threading.Event()

    def close(self) -> None:
        """End the thread; a step under way is not waited for long."""
        self._closing.set()
        self.join(timeout=1)

    def run(self) -> None:
        while not self._closing.is_set():
            try:
                with db.connect(self._dsn, application_name="pgsched upkeep") as conn:
                    while not self._closing.is_set():
                        self._round(conn)
                        self._closing.wait(_PAUSE_S * (0.5 + random.random()))
            except (psycopg.Error, PgschedError, OSError) as error:
                log.debug("upkeep pauses: %s", str(error).strip())
                self._closing.wait(_PAUSE_S * (0.5 + random.random()))

    def _round(self, conn: psycopg.Connection[Any]) -> None:
        more = True
        while more and not self._closing.is_set():
            step, done, more = db.run(conn, calls.upkeep())
            if step is not None:
                log.debug("upkeep: %s: %s", step, done)
        for table in db.run(conn, calls.vacuum_due()):
            conn.execute(
                sql.SQL("vacuum (skip_locked) {}").format(sql.Identifier(*table.split(".")))
            )
