"""The API as people meet it: a real uvicorn on a port, and a client that speaks HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from pgsched.api import create_app
from pgsched.settings import Settings


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


@pytest.fixture
def serve(dsn: str) -> Generator[Callable[..., str]]:
    """Start the API on the test's database, with other settings."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(serving(Settings(dsn=dsn, **options)))


@pytest.fixture
def guarded(serve: Callable[..., str]) -> Generator[httpx.Client]:
    """A client of an API that asks who comes."""
    with httpx.Client(base_url=serve(), timeout=30) as client:
        yield client


@pytest.fixture
def api(serve: Callable[..., str]) -> Generator[httpx.Client]:
    """A client of an API that asks nobody."""
    with httpx.Client(base_url=serve(api_auth=False), timeout=30) as client:
        yield client


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer, which is the right one."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    told = answer.json()
    assert (answer.status_code, told["status"], told["code"]) == (status, status, code), told
    assert told["request_id"] == answer.headers["x-request-id"]
    return told
