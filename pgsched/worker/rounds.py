"""A thread of a supervisor that does one round after the other on a connection of its own."""

from __future__ import annotations

import logging
import random
import threading
import time
from abc import abstractmethod
from typing import Any

import psycopg

from .. import db
from ..errors import PgschedError
from .idle import until_next

log = logging.getLogger("pgsched.worker")
# For so long after jobs were run there is something to do: their roll-up, and what they leave.
_BUSY_S = 20.0


class Rounds(threading.Thread):
    """Goes round until closed; after an error, on a new connection, when it has rested."""

    def __init__(self, dsn: str, what: str, rest_s: float, idle_s: float = 0.0) -> None:
        super().__init__(name=f"pgsched-{what}", daemon=True)
        self._dsn, self._what, self._rest_s, self._idle_s = dsn, what, rest_s, idle_s
        self._closing = threading.Event()
        self._busy_until, self._woken = 0.0, threading.Event()

    def close(self) -> None:
        """End the thread; a round under way is not waited for long."""
        self._closing.set()
        self._woken.set()
        self.join(timeout=1)

    def stir(self) -> None:
        """Jobs are run: in the idle mode, do not rest for long in the next while."""
        self._busy_until = time.monotonic() + _BUSY_S
        self._woken.set()

    def run(self) -> None:
        """Round after round."""
        while not self._closing.is_set():
            try:
                with db.connect(self._dsn, application_name=f"pgsched {self._what}") as conn:
                    self._begin(conn)
                    while not self._closing.is_set():
                        self._round(conn)
            except (psycopg.Error, PgschedError, OSError) as error:
                log.debug("%s pauses: %s", self._what, str(error).strip())
                self._rest()
            except Exception:  # nobody would start this thread again
                log.warning("%s pauses", self._what, exc_info=True)
                self._rest()

    def _rest(self) -> None:
        """Half of `rest_s` to one and a half, so that workers spread out; idle, much longer."""
        self._woken.clear()
        idle = self._idle_s and time.monotonic() > self._busy_until
        if idle and not self._closing.is_set():
            self._woken.wait(until_next(self._idle_s))
            return
        self._closing.wait(self._rest_s * (0.5 + random.random()))

    def _begin(self, conn: psycopg.Connection[Any]) -> None:
        """What a new connection needs before its first round."""

    @abstractmethod
    def _round(self, conn: psycopg.Connection[Any]) -> None:
        """One round, and the rest after it."""
