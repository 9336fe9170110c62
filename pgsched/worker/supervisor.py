"""
The process that answers for a worker: it never runs user code.

The main thread starts and restarts children and heeds signals; the keeper thread renews leases and
takes over from the dead. On a database, the upkeep thread does the housekeeping, the ticker thread
what schedules want. Each thread has one connection.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from .. import db, schema
from ..settings import Settings, parse_queues
from .keeper import Keeper
from .orders import EXIT_CANNOT_START, Orders
from .ticker import Ticker
from .upkeep import Upkeep

log = logging.getLogger("pgsched.worker")

_TICK_S = 0.2
_QUICK_DEATH_S = 5.0
_GIVE_UP = 3  # the last phase: what is left after it is not waited for
_KILL_S = 8.0  # after the handlers were told to end: a little longer than they are given


@dataclass(eq=False)
class Child:
    """A child process and what its supervisor knows of it."""

    worker: str
    role: str
    process: subprocess.Popen[bytes]
    control_fd: int
    report_fd: int
    started: float = field(default_factory=time.monotonic)
    registered: bool = False
    report: bytes = b""
    counts: dict[str, int] = field(default_factory=dict[str, int])

    def tell(self, line: str) -> None:
        """Write one line to its control pipe; it may have died meanwhile."""
        with contextlib.suppress(OSError):
            os.write(self.control_fd, line.encode() + b"\n")


class Supervisor:
    """Keeps `processes` children at work until told to stop, drained, or out of time."""

    def __init__(self, settings: Settings, *, drain: bool) -> None:
        self._settings, self._drain = settings, drain
        self._queues = list(parse_queues(settings.queues)) if settings.processes else []
        self.children: dict[str, Child] = {}
        self._selector = selectors.DefaultSelector()
        self._keeper = Keeper(settings, self._queues, self.children)
        # what takes a database, and is left to workers that have one
        dsn, idle_s = settings.dsn or "", settings.idle_s
        self._upkeep = None if settings.api else Upkeep(dsn, idle_s)
        self._housekeepers = [self._upkeep, Ticker(dsn, idle_s)] if self._upkeep else []
        self._declared = False
        self._stop_phase = 0
        self._phase_ends: float | None = None
        self._deaths: list[str] = []
        self._spawn_at = 0.0
        self._cannot_start: str | None = None
        self._counts: Counter[str] = Counter()
        self._next_due: str | None = None

    def run(self) -> int:
        """Work; 0 after an orderly end, 1 if a child cannot start."""
        if not self._settings.api:
            dsn = self._settings.dsn or ""
            with db.connect(dsn, application_name="pgsched supervisor") as conn:
                schema.check(conn)
        read, write = os.pipe()
        os.set_blocking(write, False)
        self._selector.register(read, selectors.EVENT_READ)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._keeper.start()
        for thread in self._housekeepers:
            thread.start()
        limit = self._settings.max_seconds
        ends = time.monotonic() + limit if limit is not None else None
        for _ in range(self._settings.processes):
            self._spawn("child")
        if self._settings.push:
            self._spawn("push")
        while self._tick(read):
            if ends is not None and time.monotonic() >= ends and not self._stop_phase:
                self._next_phase()
        for thread in self._housekeepers:
            thread.close()
        self._keeper.close()
        if self._drain or limit is not None:
            print(json.dumps({**self._counts, "next_due": self._next_due}), flush=True)
        if self._cannot_start:
            log.error("%s", self._cannot_start)
        return 1 if self._cannot_start else 0

    def _tick(self, signals_fd: int) -> bool:
        """Wait a moment for news and act on it; False when there is nothing left to do."""
        for key, _ in self._selector.select(_TICK_S):
            if key.fd == signals_fd:
                os.read(signals_fd, 4096)
            else:
                self._hear(key.data)
        for child in list(self.children.values()):
            if child.process.poll() is not None:
                self._ended(child)
        if self._phase_ends is not None and time.monotonic() >= self._phase_ends:
            self._next_phase()
        self._keeper.check_lapse()
        if not self._stop_phase:
            self._replace()
        if self.children:
            return True
        if self._stop_phase:  # without a database nothing can be given back: others will reap it
            return not self._keeper.idle and self._stop_phase <= _GIVE_UP
        keeper = self._keeper
        return not (self._drain and keeper.idle and not self._deaths and not keeper.suspects)

    def _replace(self) -> None:
        """Start children in the place of those that died, and one for suspects if there are any."""
        if not self._keeper.idle or time.monotonic() < self._spawn_at:
            return
        while self._deaths:
            self._spawn(self._deaths.pop())
        suspects = any(child.role == "suspect" for child in self.children.values())
        if self._keeper.suspects and not suspects:
            self._keeper.suspects = False
            self._spawn("suspect")

    def _spawn(self, role: str) -> None:
        settings = self._settings
        control_read, control_write = os.pipe()
        report_read, report_write = os.pipe()
        orders = Orders(
            worker=str(uuid.uuid4()),
            name=f"{self._keeper.name}/{len(self.children) + 1}",
            role=role,
            parent=os.getpid(),
            dsn=settings.dsn or "",
            api=settings.api,
            token=settings.token,
            app=settings.app if role != "push" else None,
            handlers=settings.handlers,
            queues=settings.queues,
            concurrency=1 if role == "suspect" else settings.concurrency,
            lease_s=settings.lease_s,
            poll_s=settings.poll_s,
            idle_s=settings.idle_s,
            pooler=settings.pooler,
            drain=self._drain,
            declare=role == "child" and not self._declared,
            log_format=settings.log_format,
            log_level=settings.log_level,
            result_bytes_max=settings.result_bytes_max,
            callback_url=settings.callback_url,
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "pgsched.worker.child", str(control_read), str(report_write)],
            pass_fds=(control_read, report_write),
        )
        os.close(control_read)
        os.close(report_write)
        os.set_blocking(control_write, False)
        os.set_blocking(report_read, False)  # what a handler forked may hold the other end open
        child = Child(orders.worker, role, process, control_write, report_read)
        child.tell(orders.line())
        self.children[child.worker] = child
        if self._stop_phase:  # a signal came while it was being started
            child.tell("stop")
        self._selector.register(report_read, selectors.EVENT_READ, child)

    def _hear(self, child: Child) -> None:
        """Read what a child reports."""
        try:
            news = os.read(child.report_fd, 65536)
        except BlockingIOError:
            return
        if not news:
            self._selector.unregister(child.report_fd)
            return
        *lines, child.report = (child.report + news).split(b"\n")
        for line in lines:
            self._heed(child, json.loads(line))

    def _heed(self, child: Child, what: dict[str, Any]) -> None:
        child.registered = child.registered or "registered" in what
        self._declared = self._declared or child.registered
        self._cannot_start = what.get("cannot_start", self._cannot_start)
        if "counts" in what:
            child.counts = what["counts"]
            if self._upkeep:
                self._upkeep.stir()
        if "next_due" in what:
            self._next_due = what["next_due"]

    def _ended(self, child: Child) -> None:
        """A child is gone: hear its last words, bury it, decide what follows."""
        if child.report_fd in self._selector.get_map():
            self._hear(child)
            if child.report_fd in self._selector.get_map():
                self._selector.unregister(child.report_fd)
        os.close(child.report_fd)
        self._counts.update(child.counts)
        del self.children[child.worker]
        os.close(child.control_fd)
        code = child.process.returncode
        if child.registered:  # else it holds nothing, and whoever is asked may not know it
            self._keeper.bury(child.worker, evict=self._stop_phase > 0)
        if code == EXIT_CANNOT_START and self._cannot_start:  # else a handler chose that code
            self._stop_phase = max(self._stop_phase, 1)
            for other in self.children.values():
                other.tell("stop")
        elif code != 0 or not (self._drain or self._stop_phase):
            if code != 0:
                log.warning("child %s ended with %s", child.process.pid, _reason(code))
            if child.role != "suspect" and not self._stop_phase:
                self._deaths.append(child.role)
                quick = time.monotonic() - child.started < _QUICK_DEATH_S
                self._spawn_at = time.monotonic() + (1.0 if quick else 0.0)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._next_phase()

    def _next_phase(self) -> None:
        """Each SIGTERM, or the end of a phase's time, goes one step further: stop, cancel, kill."""
        self._stop_phase += 1
        now = time.monotonic()
        if self._stop_phase == 1:
            log.info("stopping: what runs has %g s to finish", self._settings.grace_s)
            self._phase_ends = now + self._settings.grace_s
        elif self._stop_phase == 2:
            log.info("stopping: handlers are cancelled")
            self._phase_ends = now + _KILL_S
        else:
            self._phase_ends = now + _KILL_S
        for child in self.children.values():
            if self._stop_phase == 1:
                child.tell("stop")
            elif self._stop_phase == 2:
                child.tell("cancel")
            else:
                child.process.kill()


def _reason(code: int) -> str:
    return f"signal {-code} ({signal.Signals(-code).name})" if code < 0 else f"exit code {code}"
