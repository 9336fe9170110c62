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
from typing import Protocol

import psycopg

from ..errors import Forbidden, MethodNotAllowed, NotAuthenticated, PgschedError, RouteNotFound
from ..settings import Settings
from .idle import until_next
from .side import Leases, leases_of

log = logging.getLogger("pgsched.worker")
_REFUSED = (NotAuthenticated, Forbidden, RouteNotFound, MethodNotAllowed)


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
        self._settings, self._lease_s = settings, settings.lease_s
        self._idle_s = settings.idle_s
        self._queues, self._children = queues, children
        self._id = str(uuid.uuid4())
        self._registered = False
        self.name = f"{socket.gethostname()}-{os.getpid()}"
        self._leases: Leases | None = None
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
                if self._leases is None:
                    self._leases = leases_of(self._settings)
                self._round(self._leases)
                pause = 0.1
                self._wake.wait(until_next(self._idle_s) if self._idle_s else self._lease_s / 3)
            except (psycopg.Error, PgschedError, OSError) as error:
                log.warning("leases cannot be renewed now: %s", str(error).strip())
                if isinstance(error, _REFUSED):  # nothing can be given back: others will reap it
                    self._graves, self.idle = [], True
                if self._leases is not None:
                    self._leases.close()
                    self._leases = None
                if self._closing:
                    return
                time.sleep(pause * (0.5 + random.random()))
                pause = min(pause * 2, 5.0, self._lease_s / 5)
            self._wake.clear()
        self._leave()

    def _round(self, leases: Leases) -> None:
        self._heartbeat(leases)
        graves, self._graves = self._graves, []
        try:
            for worker, evict in graves:
                leases.leave(worker, evict=evict)
        except (psycopg.Error, PgschedError, OSError):
            self._graves = graves + self._graves
            raise
        leases.reap(self._id)
        self.suspects = leases.suspects_due(self._queues) > 0
        self.idle = not self._graves

    def _heartbeat(self, leases: Leases) -> None:
        if not self._registered:
            leases.register(self._id, self.name, self._queues, self._lease_s)
            self._registered = True
        children = [child for child in list(self._children.values()) if child.registered]
        sent = time.monotonic()  # before the database's clock: never later than the lease itself
        alive = leases.heartbeat([self._id, *(child.worker for child in children)])
        self._renewed = sent
        for child in children:
            if child.worker in alive:
                child.tell(f"renew {sent + self._lease_s}")
            else:
                log.error("a child has lost its lease: it ends, and another takes its place")
                child.tell("lost")
        if self._id not in alive:
            self._id, self._registered = str(uuid.uuid4()), False

    def _leave(self) -> None:
        try:
            if self._leases is not None:
                self._leases.leave(self._id, evict=False)
                self._leases.close()
        except (psycopg.Error, PgschedError, OSError) as error:
            log.debug("the supervisor could not say good-bye: %s", error)
