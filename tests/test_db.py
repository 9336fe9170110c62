"""Connections: what could not be made fit for use is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from pgsched import db as database
from tests.sql.actors import one
from tests.worker.processes import eventually


def from_asyncio(dsn: str, **options: Any) -> Any:
    return asyncio.run(database.connect_async(dsn, **options))


@pytest.mark.parametrize("opened", [database.connect, from_asyncio])
def test_a_connection_that_cannot_be_used_is_closed(
    db, dsn, monkeypatch, opened: Callable[..., Any]
):
    """At once, not when nobody has the error any more."""
    monkeypatch.setattr(database, "_SESSION", "select 1 / 0")
    with pytest.raises(psycopg.errors.DivisionByZero) as error:
        opened(dsn, application_name="half made")

    left = "select count(*) from pg_stat_activity where application_name = 'half made'"
    eventually(lambda: one(db, left) == 0, or_else=f"kept by {error!r}")
