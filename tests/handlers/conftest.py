"""Workers that allow built-in tasks, and waiting for what their jobs come to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.worker.conftest import client, worker
from tests.worker.processes import WorkerProcess

__all__ = ["client", "worker"]


@pytest.fixture
def work(worker: Callable[..., WorkerProcess]) -> Callable[..., WorkerProcess]:
    """Starts workers that allow these handlers, with this in their environment."""

    def start(handlers: str, environ: dict[str, str] | None = None) -> WorkerProcess:
        return worker(app="tests.apps.own", handlers=handlers, environ=environ, lease_s=30)

    return start


@pytest.fixture
def error_of(db: Any) -> Callable[[int], str]:
    """The error of the last run of a job."""

    def ask(id: int) -> str:
        [(error,)] = db.execute(
            "select error from pgsched.run where job_id = %s order by attempt desc limit 1", [id]
        ).fetchall()
        return error

    return ask
