"""Pushers, and an endpoint of this machine's."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import psycopg
import pytest

from tests.conftest import Connection, Copy
from tests.handlers.servers import Server, serving
from tests.shared import EMPTY
from tests.sql.endpoints import add
from tests.worker.conftest import worker
from tests.worker.processes import WorkerProcess

__all__ = ["worker"]

LOCAL = {"PGSCHED_HTTP_CIDRS": "127.0.0.0/8"}
# All but what keeps the pusher alive.
_EMPTY = EMPTY.replace("delete from pgsched._worker; delete from pgsched._idle;", "")


@pytest.fixture
def receiver() -> Generator[Server]:
    """What the endpoint e is: it answers 200, unless told."""
    with serving() as made:
        yield made


@pytest.fixture
def secret(db: Any, receiver: Server) -> str:
    """Makes the endpoint e, which gets the jobs of t, at once; its secret."""
    retry = '{"kind": "fixed", "base_s": 0}'
    db.execute("select pgsched.declare_task('t', max_attempts => 3, retry => %s)", [retry])
    return add(db, url=f"{receiver.url}/hook", tasks=["t"])


@pytest.fixture(scope="session")
def _pushed(
    copy: Copy, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[tuple[str, Connection]]:
    with copy(template) as dsn, psycopg.connect(dsn, autocommit=True) as conn:
        given = {"lease_s": 300, "poll_s": 60, "processes": 0}
        folder = tmp_path_factory.mktemp("pushed")
        process = WorkerProcess(dsn, folder, "--push", environ=LOCAL, **given)
        try:
            process.ready(conn)
            yield dsn, conn
        finally:
            process.kill()


@pytest.fixture
def pushed_dsn(_pushed: tuple[str, Connection]) -> str:
    """DSN of a database that one pusher serves during the whole session; nothing else is in it."""
    dsn, conn = _pushed
    conn.execute(_EMPTY)
    return dsn


@pytest.fixture
def pusher(worker: Callable[..., WorkerProcess]) -> Callable[..., WorkerProcess]:
    """Starts workers that only push, and may reach this machine."""
    return partial(worker, "--push", environ=LOCAL, lease_s=30, processes=0)
