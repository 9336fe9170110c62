"""The API as people meet it: a real uvicorn on a port, and a client that speaks HTTP."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from argon2 import PasswordHasher
from psycopg.conninfo import make_conninfo

from pgsched.api import create_app
from pgsched.api.protocol import limits
from pgsched.auth import passwords
from pgsched.settings import Settings
from tests.conftest import Copy
from tests.shared import Janitor, kept_clean
from tests.sql.actors import Connection, Worker

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@contextmanager
def serving(settings: Settings) -> Generator[str]:
    """The API in a thread of its own; gives its URL once it answers."""
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            log_config=None,
            access_log=False,
            lifespan="on",
            **limits(settings),
        )
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
    assert not thread.is_alive()


@pytest.fixture(scope="module", autouse=True)
def _cheap_passwords() -> Generator[None]:
    """A hash costs 50 ms and more, and what it is worth is shown by tests/test_auth.py."""
    passwords._nobody.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", CHEAP)
        yield
    passwords._nobody.cache_clear()


@pytest.fixture(scope="session")
def _served(copy: Copy, template: str) -> Generator[tuple[str, Janitor]]:
    """Not that which other tests share: they end all sessions there."""
    with kept_clean(copy, template) as both:
        yield both


@pytest.fixture
def dsn(_served: tuple[str, Janitor]) -> str:
    """DSN of the database that the servers are on, with nothing in its tables."""
    dsn, janitor = _served
    janitor.clean()
    return dsn


@pytest.fixture(scope="session")
def api_dsn(_served: tuple[str, Janitor]) -> Generator[str]:
    """As whom an API comes: a role that may do no more than it needs."""
    dsn, janitor = _served
    role = f"pgsched_api_{os.getpid()}"
    janitor.conn.execute(f"create role {role} login password 'tested'")
    janitor.conn.execute(f"select pgsched.grant_api('{role}')")
    yield make_conninfo(dsn, user=role, password="tested")
    janitor.conn.execute(f"drop owned by {role}")
    janitor.conn.execute(f"drop role {role}")


@pytest.fixture(scope="session")
def _guarded(api_dsn: str) -> Generator[httpx.Client]:
    with serving(Settings(dsn=api_dsn)) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def _open(api_dsn: str) -> Generator[httpx.Client]:
    settings = Settings(dsn=api_dsn, api_auth=False)
    with serving(settings) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


@pytest.fixture
def guarded(_guarded: httpx.Client, dsn: str) -> httpx.Client:
    """A client of an API that asks who comes."""
    return _guarded


@pytest.fixture
def api(_open: httpx.Client, dsn: str) -> httpx.Client:
    """A client of an API that asks nobody."""
    return _open


@pytest.fixture
def worker(db: Connection) -> Worker:
    """A worker that is registered."""
    return Worker(db)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer, which is the right one."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    told = answer.json()
    assert (answer.status_code, told["status"], told["code"]) == (status, status, code), told
    assert told["request_id"] == answer.headers["x-request-id"]
    return told


def kept(db: Connection) -> str:
    """All that is kept of requests with a key, and of log-ins."""
    rows = [
        *db.execute("select r::text from pgsched._request as r").fetchall(),
        *db.execute("select t::text from pgsched._refresh_token as t").fetchall(),
    ]
    return "\n".join(text for (text,) in rows)
