"""The keeper thread of a supervisor: renews leases, buries dead children, reaps dead workers."""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any, Protocol

import psycopg

from .. import calls, db
from ..errors import PgschedError
from ..settings import Settings

log = logging.getLogger("pgsched.worker")


class Charge(Protocol):
    """What the keeper has to know of a child."""

    worker: str
    registered: bool

    def tell(self, line: str) -> None: ...


class Keeper(threading.Thread):
    """One heartbeat for the supervisor and all its children, three times a lease."""

    def __init__(
        self, settings: Settings, queues: list[str], children: Mapping[str, Charge]
    ) -> None:
        super().__init__(name="pgsched-keeper", daemon=True)
        self._dsn, self._lease_s = settings.dsn or "", settings.lease_s
        self._queues, self._children = queues, children
        self._id = str(uuid.uuid4())
        self._registered = False
        self.name = f"{socket.gethostname()}-{os.getpid()}"
        self._conn: psycopg.Connection[Any] | None = None
        self._graves: list[tuple[str, bool]] = []
        self._wake = threading.Event()
        self._closing = False
        self._renewed = time.monotonic()
        self._lapsed = False
        self.idle = True
        self.suspects = False

    def bury(self, worker: str, *, evict: bool) -> None:
        """Give back what a dead child held; `evict`: it was stopped, its jobs lose nothing."""
        self.idle = False
        self._graves.append((worker, evict))
        self._wake.set()

    def check_lapse(self) -> None:
        """Called often: children whose lease cannot be renewed in time end before it ends."""
        margin = min(5.0, self._lease_s / 5)
        late = time.monotonic() - self._renewed > self._lease_s - margin
        if late and not self._lapsed:
            log.error("the lease cannot be renewed: handlers are cancelled before it ends")
            for child in list(self._children.values()):
                child.tell("lapse")
        self._lapsed = late

    def close(self) -> None:
        """Leave, and end the thread."""
        self._closing = True
        self._wake.set()
        self.join(timeout=5)

    def run(self) -> None:
        pause = 0.1
        while not self._closing or self._graves:
            try:
                if self._conn is None:
                    self._conn = db.connect(self._dsn, application_name="pgsched keeper")
                self._round(self._conn)
                pause = 0.1
                self._wake.wait(self._lease_s / 3)
            except (psycopg.Error, PgschedError, OSError) as error:
                log.warning("no connection to the database: %s", str(error).strip())
                self._conn = None
                if self._closing:
                    return
                time.sleep(pause * (0.5 + random.random()))
                pause = min(pause * 2, 5.0, self._lease_s / 5)
            self._wake.clear()
        self._leave()

    def _round(self, conn: psycopg.Connection[Any]) -> None:
        self._heartbeat(conn)
        graves, self._graves = self._graves, []
        try:
            for worker, evict in graves:
                if evict:
                    db.run(conn, calls.evict(worker))
                db.run(conn, calls.leave([worker]))
        except (psycopg.Error, PgschedError):
            self._graves = graves + self._graves
            raise
        while db.run(conn, calls.reap(self._id)):
            pass
        self.suspects = db.run(conn, calls.suspects_due(self._queues)) > 0
        self.idle = not self._graves

    def _heartbeat(self, conn: psycopg.Connection[Any]) -> None:
        if not self._registered:
            self._register(conn)
        children = [child for child in list(self._children.values()) if child.registered]
        sent = time.monotonic()  # before the database's clock: never later than the lease itself
        alive = db.run(conn, calls.heartbeat([self._id, *(child.worker for child in children)]))
        self._renewed = sent
        for child in children:
            if child.worker in alive:
                child.tell(f"renew {sent + self._lease_s}")
            else:
                log.error("a child has lost its lease: it ends, and another takes its place")
                child.tell("lost")
        if self._id not in alive:
            self._id, self._registered = str(uuid.uuid4()), False

    def _register(self, conn: psycopg.Connection[Any]) -> None:
        host, pid = socket.gethostname(), os.getpid()
        call = calls.register(
            self._id, self.name, host, pid, "supervisor", 0, self._queues, [], self._lease_s
        )
        db.run(conn, call)
        self._registered = True

    def _leave(self) -> None:
        try:
            if self._conn is not None:
                db.run(self._conn, calls.leave([self._id]))
                self._conn.close()
        except psycopg.Error as error:
            log.debug("the supervisor could not say good-bye: %s", error)
