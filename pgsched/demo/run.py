"""The order of events: a database, a worker, one INSERT, a progress bar, the report."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from textwrap import indent

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pgsched import db, schema
from pgsched.embedded import EmbeddedPostgres
from pgsched.errors import PgschedError
from pgsched.settings import Settings

from . import library, report, store
from .store import Connection

PROCESSES = 2
_LOOK_S = 0.2
_START_S, _WORK_S = 60.0, 600.0
_FINAL = ("succeeded", "dead", "cancelled", "expired")


def run(dsn: str | None, folder: Path | None) -> int:
    """Do it all; 0 if everything is as it should be, else 1."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 80)
    with contextlib.ExitStack() as stack:
        for number in (signal.SIGTERM, signal.SIGHUP):  # end as tidily as with Ctrl-C
            stack.callback(signal.signal, number, signal.getsignal(number))
            signal.signal(number, signal.default_int_handler)
        home = folder or Path(stack.enter_context(_temporary_folder()))
        home.mkdir(parents=True, exist_ok=True)
        dsn = dsn or Settings.from_env().dsn
        if dsn:
            _say(console, "database", "the one that was named")
        else:
            with console.status("starting Postgres"):
                dsn = stack.enter_context(EmbeddedPostgres(home / "pg")).dsn
            _say(console, "database", f"Postgres of its own, in {home / 'pg'}")
        conn = stack.enter_context(db.connect(dsn, application_name="pgsched demo"))
        applied = schema.migrate(conn)
        _say(console, "schema", f"{len(applied)} scripts applied" if applied else "up to date")
        return _work(console, conn, dsn, home)


def _work(console: Console, conn: Connection, dsn: str, home: Path) -> int:
    paths = library.paths()
    store.make_tables(conn, paths)
    ids: list[int] = []
    try:
        with _worker(dsn, home / "worker.log") as worker:
            with console.status("starting the worker"):
                _await_worker(conn, worker)
            _say(console, "worker", f"pid {worker.pid}, {PROCESSES} child processes")
            begun = time.monotonic()
            ids = store.enqueue(conn)
            took_ms = (time.monotonic() - begun) * 1000
            _say(console, "enqueued", f"{len(ids):,} jobs in {took_ms:.0f} ms, by plain SQL:")
            console.print("\n" + indent(store.ENQUEUE, " " * 12), style="cyan")
            _watch(console, conn, ids, worker)
        return 0 if report.show(console, conn, ids, paths) else 1
    except BaseException:
        with contextlib.suppress(Exception):  # what went wrong matters more
            store.cancel_rest(conn, ids)
        raise


def _watch(console: Console, conn: Connection, ids: list[int], worker: _Process) -> None:
    """Show how far it is, until every job has ended."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    ends = time.monotonic() + _WORK_S
    with Progress(*columns, console=console, expand=True, disable=not console.is_terminal) as bar:
        shown = bar.add_task("measuring", total=len(ids))
        done, told = 0, time.monotonic()
        while done < len(ids):
            time.sleep(_LOOK_S)
            states = store.states(conn, ids)
            done = sum(states.get(state, 0) for state in _FINAL)
            bar.update(shown, completed=done)
            if not console.is_terminal and time.monotonic() - told > 5:
                told = time.monotonic()
                _say(console, "measured", f"{done:,} of {len(ids):,} files")
            _require_alive(worker)
            if time.monotonic() > ends:
                raise PgschedError(f"the jobs did not end within {_WORK_S:g} s", detail=f"{states}")


def _await_worker(conn: Connection, worker: _Process) -> None:
    """Until its children are registered."""
    ends = time.monotonic() + _START_S
    while store.workers(conn) < PROCESSES:
        _require_alive(worker)
        if time.monotonic() > ends:
            raise PgschedError(f"the worker did not start within {_START_S:g} s")
        time.sleep(0.05)


class _Process(subprocess.Popen[bytes]):
    """The worker, and where its log is."""

    log: Path


def _require_alive(worker: _Process) -> None:
    if worker.poll() is not None:
        last = worker.log.read_text(errors="replace").strip().splitlines()[-5:]
        raise PgschedError(
            f"the worker ended with exit code {worker.returncode}", detail="\n".join(last)
        )


@contextlib.contextmanager
def _worker(dsn: str, log: Path) -> Generator[_Process]:
    """
    A worker, as `pgsched worker` starts it, ended by SIGTERM.

    In a session of its own, so that a Ctrl-C reaches it through us alone, and once; --max-seconds
    ends it if we are killed. The DSN travels in the environment, out of the process list.
    """
    command = ["worker", "--app", "pgsched.demo.tasks", "--queues", store.QUEUE]
    command += ["--processes", str(PROCESSES), "--concurrency", str(store.CONCURRENCY)]
    command += ["--grace", "2s", "--max-seconds", f"{_START_S + _WORK_S:g}s"]
    with log.open("wb") as out:
        process = _Process(
            [sys.executable, "-m", "pgsched", *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            env={**os.environ, "PGSCHED_DSN": dsn},
        )
    process.log = log
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="pgsched-demo-", ignore_cleanup_errors=True)


def _say(console: Console, what: str, told: str) -> None:
    console.print(f"[bold]{what:<11}[/] {told}", soft_wrap=not console.is_terminal)
