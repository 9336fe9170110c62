"""
One database for all tests of the SQL, emptied before each: copying the template costs 65 ms.

A test that asks for `worker` gets one that is registered, on `db`; `rival` is one on `other_db`.
"""

from __future__ import annotations

from collections.abc import Generator

import psycopg
import pytest

from tests.conftest import Copy
from tests.sql.actors import Worker
from tests.sql.owners import Owned, add_users, build

# By DELETE, calendars before the schedules that they make stale: it takes 8 ms, a TRUNCATE 70.
EMPTY = """
delete from pgsched._holiday; delete from pgsched._blackout; delete from pgsched._calendar;
delete from pgsched._schedule; delete from pgsched._plan; delete from pgsched._slot;
delete from pgsched._stale; delete from pgsched._subscription; delete from pgsched._event_key;
delete from pgsched._event_job; delete from pgsched._event; delete from pgsched._declaration;
delete from pgsched._task_version; delete from pgsched._task; delete from pgsched._queue;
delete from pgsched._worker; delete from pgsched._idle; delete from pgsched._cancel;
delete from pgsched._waiter; delete from pgsched._claim; delete from pgsched._blocked;
delete from pgsched._ready; delete from pgsched._lane; delete from pgsched._ended;
delete from pgsched._log; delete from pgsched._run; delete from pgsched._job;
delete from pgsched._api_key; delete from pgsched._refresh_token; delete from pgsched._session;
delete from pgsched._user; delete from pgsched._log_in_attempt; delete from pgsched._version;
delete from pgsched._request; delete from pgsched._script;
"""
_ALONE = """
select pg_terminate_backend(a.pid, 5000) from pg_stat_activity as a
 where a.datname = current_database() and a.pid <> pg_backend_pid()
"""


@pytest.fixture(scope="session")
def _shared(copy: Copy, template: str) -> Generator[str]:
    with copy(template) as made:
        yield made


@pytest.fixture(scope="session")
def janitor(_shared: str) -> Generator[psycopg.Connection]:
    with psycopg.connect(_shared, autocommit=True, options="-c statement_timeout=10s") as conn:
        yield conn


@pytest.fixture
def dsn(_shared: str, janitor: psycopg.Connection) -> str:
    """DSN of the shared database, with nothing in its tables."""
    prepared = janitor.execute(
        "select p.gid from pg_prepared_xacts as p where p.database = current_database()"
    )
    for (gid,) in prepared.fetchall():
        janitor.execute(f"rollback prepared '{gid}'")
    janitor.execute(_ALONE)
    janitor.execute(EMPTY)
    return _shared


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
