"""Workers that allow built-in tasks, and waiting for what their jobs come to."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from pgsched import Scheduler
from tests.worker.processes import WorkerProcess


@pytest.fixture
def work(dsn: str, db: Any, tmp_path: Path) -> Generator[Callable[..., WorkerProcess]]:
    """Starts workers that allow these handlers, with this in their environment."""
    started: list[WorkerProcess] = []

    def start(handlers: str, environ: dict[str, str] | None = None) -> WorkerProcess:
        process = WorkerProcess(
            dsn, tmp_path, app="tests.apps.own", handlers=handlers, environ=environ, lease_s=30
        )
        started.append(process)
        return process.ready(db)

    yield start
    for process in started:
        process.kill()


@pytest.fixture
def client(dsn: str) -> Generator[Scheduler]:
    """A client of the test's database."""
    with Scheduler(dsn) as made:
        yield made


@pytest.fixture
def error_of(db: Any) -> Callable[[int], str]:
    """The error of the last run of a job."""

    def ask(id: int) -> str:
        [(error,)] = db.execute(
            "select error from pgsched.run where job_id = %s order by attempt desc limit 1", [id]
        ).fetchall()
        return error

    return ask
