"""A second statement that has to wait, on a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.sql.actors import Connection, wait_until_blocked

Begin = Callable[..., "Future[Any]"]


@pytest.fixture
def patient_db(connect, dsn) -> Connection:
    """A second connection for a statement that waits for the first: up to 10 s."""
    return connect(dsn, timeout_s=10)


@pytest.fixture
def observer(connect, dsn) -> Connection:
    """A third connection, to see who waits."""
    return connect(dsn)


@pytest.fixture
def begin(patient_db, observer) -> Generator[Begin]:
    """Starts a call on `patient_db` and returns its future once it waits for a lock."""
    with ThreadPoolExecutor(1) as pool:

        def start(call: Callable[..., Any], *args: Any, **options: Any) -> Future[Any]:
            future = pool.submit(call, *args, **options)
            wait_until_blocked(observer, patient_db)
            return future

        yield start
