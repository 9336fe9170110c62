"""
One database for all tests of the SQL, emptied before each.

A test that asks for `worker` gets one that is registered, on `db`; `rival` is one on `other_db`.
"""

from __future__ import annotations

from collections.abc import Generator

import psycopg
import pytest

from tests.conftest import Copy
from tests.shared import Janitor
from tests.sql.actors import Worker
from tests.sql.keeper import server_day
from tests.sql.owners import Owned, add_users, build


@pytest.fixture(scope="session")
def janitor(_shared: tuple[str, Janitor]) -> psycopg.Connection:
    """A connection to the shared database, to look at what is always there."""
    return _shared[1].conn


@pytest.fixture
def dsn(shared_dsn: str) -> str:
    """DSN of the shared database, with nothing in its tables."""
    return shared_dsn


@pytest.fixture
def worker(db) -> Worker:
    """A registered worker on `db`."""
    return Worker(db)


@pytest.fixture
def rival(other_db) -> Worker:
    """A second registered worker, on `other_db`: what has to wait there fails after 1 s."""
    return Worker(other_db)


@pytest.fixture
def shop(db):
    """A schema with a table `orders`; goes with all that is in it."""
    db.execute("create schema shop")
    db.execute(
        "create table shop.orders"
        ' (id int primary key, status text, total numeric, "odd %name" text)'
    )
    yield db
    db.execute("drop schema shop cascade")


@pytest.fixture(scope="module")
def owned(copy: Copy, template: str) -> Generator[Owned]:
    """A database where users have things; what a test does there by `ask` does not stay."""
    with (
        copy(template) as dsn,
        psycopg.connect(dsn, autocommit=True, options="-c statement_timeout=10s") as conn,
    ):
        yield build(conn, dsn)


@pytest.fixture
def warnings(db):
    """The messages that the server sent to `db`."""
    seen = []
    db.add_notice_handler(lambda notice: seen.append(notice.message_primary))
    return seen


@pytest.fixture
def today(db):
    """Midnight UTC of the day at the server."""
    return server_day(db)


@pytest.fixture
def users(db):
    """The users' ids by name."""
    db.execute("delete from pgsched._user")
    yield add_users(db)
    db.execute("delete from pgsched._user")


@pytest.fixture
def act(db, users):
    """Sets for whom `db` speaks; None: for nobody in particular."""

    def act(who):
        db.execute(
            "select set_config('pgsched.actor', %s, false)", [str(users.get(who, who or ""))]
        )

    yield act
    act(None)
