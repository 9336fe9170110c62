"""
Workers for tests: `worker(...)` starts one on the test's own database.

`scheduler` is a client of a database that one worker serves during the whole session, since a start
takes a second: for tests that look only at their own jobs.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pgsched import Scheduler
from tests.conftest import Copy
from tests.worker.processes import EFFECTS, WorkerProcess


@pytest.fixture
def worker(dsn: str, db: Any, tmp_path: Path) -> Generator[Callable[..., WorkerProcess]]:
    """Starts workers on the test's database, with its tables for effects; kills them after it."""
    db.execute(EFFECTS)
    started: list[WorkerProcess] = []

    def start(*args: str, ready: bool = True, **settings: Any) -> WorkerProcess:
        process = WorkerProcess(settings.pop("dsn", dsn), tmp_path, *args, **settings)
        started.append(process)
        return process.ready(db) if ready else process

    yield start
    for process in started:
        process.kill()


@pytest.fixture
def client(dsn: str) -> Generator[Scheduler]:
    """A client of the test's database."""
    with Scheduler(dsn) as made:
        yield made


@pytest.fixture(scope="session")
def served(
    copy: Copy, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[WorkerProcess]:
    """The worker that serves `scheduler`."""
    with copy(template) as dsn, psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(EFFECTS)
        folder = tmp_path_factory.mktemp("served")
        # a long lease: on a machine that is busy with other tests, a short one may end
        process = WorkerProcess(dsn, folder, result_bytes_max=65536, lease_s=60)
        try:
            yield process.ready(conn)
        finally:
            process.kill()


@pytest.fixture(scope="session")
def scheduler(served: WorkerProcess) -> Generator[Scheduler]:
    """A client of the database that `served` works on."""
    with Scheduler(served.dsn) as made:
        yield made


@pytest.fixture(scope="session")
def served_db(served: WorkerProcess) -> Generator[Any]:
    """A connection to the database that `served` works on."""
    options = "-c statement_timeout=5s -c timezone=UTC"
    with psycopg.connect(served.dsn, autocommit=True, options=options) as conn:
        yield conn
