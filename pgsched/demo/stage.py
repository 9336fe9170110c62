"""What both demos stand on: a terminal, a database with the schema, and a worker."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from pgsched import db, schema
from pgsched.embedded import EmbeddedPostgres
from pgsched.errors import PgschedError
from pgsched.settings import Settings

from .store import Connection

PROCESSES = 2
_START_S = 60.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A terminal of at most 80 columns unless it is wider, a database, and a folder for logs."""

    console: Console
    conn: Connection
    dsn: str
    home: Path

    def say(self, what: str, told: str) -> None:
        """One line: what it is about, and what there is to tell."""
        soft_wrap = not self.console.is_terminal
        self.console.print(f"[bold]{what:<11}[/] {told}", soft_wrap=soft_wrap)


@contextlib.contextmanager
def staged(dsn: str | None, folder: Path | None) -> Generator[Stage]:
    """A database with the schema, until the end; SIGTERM and SIGHUP end as tidily as Ctrl-C."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 80)
    with contextlib.ExitStack() as stack:
        for number in (signal.SIGTERM, signal.SIGHUP):
            stack.callback(signal.signal, number, signal.getsignal(number))
            signal.signal(number, signal.default_int_handler)
        home = folder or Path(stack.enter_context(_temporary_folder()))
        home.mkdir(parents=True, exist_ok=True)
        told, dsn = "the one that was named", dsn or Settings.from_env().dsn
        if not dsn:
            told = f"Postgres of its own, in {home / 'pg'}"
            with console.status("starting Postgres"):
                dsn = stack.enter_context(EmbeddedPostgres(home / "pg")).dsn
        conn = stack.enter_context(db.connect(dsn, application_name="pgsched demo"))
        stage = Stage(console, conn, dsn, home)
        stage.say("database", told)
        applied = schema.migrate(conn)
        stage.say("schema", f"{len(applied)} scripts applied" if applied else "up to date")
        yield stage


class Worker(subprocess.Popen[bytes]):
    """The worker, and where its log is."""

    log: Path

    def require_alive(self) -> None:
        """Raises PgschedError with the last lines of its log if it has ended."""
        if self.poll() is not None:
            last = self.log.read_text(errors="replace").strip().splitlines()[-5:]
            raise PgschedError(
                f"the worker ended with exit code {self.returncode}", detail="\n".join(last)
            )


@contextlib.contextmanager
def working(
    stage: Stage, app: str, queue: str, *, concurrency: int, for_s: float
) -> Generator[Worker]:
    """
    A worker, as `pgsched worker` starts it, once it is registered; ended by SIGTERM.

    In a session of its own, so that a Ctrl-C reaches it through us alone, and once; --max-seconds
    ends it if we are killed. The DSN travels in the environment, out of the process list.
    """
    command = ["worker", "--app", app, "--queues", queue]
    command += ["--processes", str(PROCESSES), "--concurrency", str(concurrency)]
    command += ["--grace", "2s", "--max-seconds", f"{_START_S + for_s:g}s"]
    log = stage.home / "worker.log"
    with log.open("wb") as out:
        worker = Worker(
            [sys.executable, "-m", "pgsched", *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            env={**os.environ, "PGSCHED_DSN": stage.dsn},
        )
    worker.log = log
    try:
        with stage.console.status("starting the worker"):
            _await(stage.conn, worker, queue)
        stage.say("worker", f"pid {worker.pid}, {PROCESSES} child processes")
        yield worker
    finally:
        worker.terminate()
        try:
            worker.wait(20)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def _await(conn: Connection, worker: Worker, queue: str) -> None:
    """Until its children are registered."""
    ends = time.monotonic() + _START_S
    registered = (
        "select count(*) from pgsched.stat_worker"
        " where live and role = 'child' and %s = any(queues)"
    )
    while conn.execute(registered, (queue,)).fetchall()[0][0] < PROCESSES:
        worker.require_alive()
        if time.monotonic() > ends:
            raise PgschedError(f"the worker did not start within {_START_S:g} s")
        time.sleep(0.05)


def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="pgsched-demo-", ignore_cleanup_errors=True)
