"""The API as people meet it: a real uvicorn on a port, and a client that speaks HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn

from pgsched.api import create_app
from pgsched.settings import Settings
from tests.conftest import Copy
from tests.sql.conftest import EMPTY


@contextmanager
def serving(settings: Settings) -> Generator[str]:
    """The API in a thread of its own; gives its URL once it answers."""
    server = uvicorn.Server(
        uvicorn.Config(create_app(settings), log_config=None, access_log=False, lifespan="on")
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


@pytest.fixture(scope="session")
def _shared(copy: Copy, template: str) -> Generator[str]:
    with copy(template) as made:
        yield made


@pytest.fixture(scope="session")
def janitor(_shared: str) -> Generator[Callable[[], None]]:
    """Empties the database that the tests share, and puts its settings back."""
    with psycopg.connect(_shared, autocommit=True) as conn:
        settings = conn.execute("select value, name from pgsched._setting").fetchall()

        def clean() -> None:
            conn.execute(EMPTY)
            conn.cursor().executemany(
                "update pgsched._setting set value = %s where name = %s", settings
            )

        yield clean


@pytest.fixture
def dsn(_shared: str, janitor: Callable[[], None]) -> str:
    """DSN of the shared database, with nothing in its tables."""
    janitor()
    return _shared


@pytest.fixture(scope="session")
def _guarded(_shared: str) -> Generator[httpx.Client]:
    with serving(Settings(dsn=_shared)) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def _open(_shared: str) -> Generator[httpx.Client]:
    settings = Settings(dsn=_shared, api_auth=False)
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


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer, which is the right one."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    told = answer.json()
    assert (answer.status_code, told["status"], told["code"]) == (status, status, code), told
    assert told["request_id"] == answer.headers["x-request-id"]
    return told
