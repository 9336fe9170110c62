"""
Real Postgres for every test: a database of its own, copied from a migrated template.

A test that must wait for another transaction fails by `statement_timeout`; none sleeps.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from psycopg.conninfo import make_conninfo

from pgsched import cli, schema
from tests.servers import running_server, use_memory

pytest_plugins = ["tests.shared"]

Connection = psycopg.Connection[tuple[Any, ...]]
Connect = Callable[..., Connection]
Copy = Callable[..., AbstractContextManager[str]]

# No test asserts how long something takes.
settings.register_profile("pgsched", deadline=None)
settings.load_profile("pgsched")

_numbers = itertools.count(1)

use_memory()

# A shell lets what it runs in the background ignore SIGINT, and so all that this would start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A session opens every partition that it asks of: with 60 days of them each test took 16 ms more.
_FEW_PARTITIONS = """
update pgsched._setting set value = 7 where name = 'partition_days_ahead';
do $$ declare v_name text; begin
  for v_name in
    select p.name from unnest(pgsched._parents()) as o (parent)
     cross join pgsched._partitions(o.parent) as p
     where p.lo > pgsched.id_at(now() + interval '7 days')
  loop execute format('drop table pgsched.%I', v_name); end loop;
end $$
"""


class Clock:
    """The time that `pgsched.clock()` tells the connections of one test."""

    def __init__(self, connections: list[Connection]) -> None:
        self._connections = connections
        self.now: datetime | None = None

    def set(self, now: datetime) -> None:
        """Stop the clock at *now*, for connections that are open and those yet to come."""
        self.now = now
        for conn in self._connections:
            if not conn.closed:
                self.tell(conn)

    def advance(self, seconds: float) -> None:
        """Move the clock; the first time, from the server's present time."""
        if self.now is None:
            [self.now] = self._connections[0].execute("select clock_timestamp()").fetchone() or ()
        self.set(self.now + timedelta(seconds=seconds))

    def tell(self, conn: Connection) -> None:
        if self.now is not None:
            conn.execute("select set_config('pgsched.test_now', %s, false)", (str(self.now),))


@pytest.fixture(scope="session")
def server() -> Generator[str]:
    """DSN of the server; see tests/servers.py."""
    with running_server() as dsn:
        yield dsn


@pytest.fixture(scope="session")
def admin(server: str) -> Generator[Connection]:
    """A superuser's connection, to make and drop databases and roles with."""
    with psycopg.connect(server, autocommit=True) as conn:
        yield conn


@pytest.fixture(scope="session")
def copy(server: str, admin: Connection) -> Copy:
    """Makes a database: `with copy(template) as dsn`; it is dropped after that."""

    @contextmanager
    def made(template: str, name: str | None = None) -> Generator[str]:
        name = name or f"pgsched_test_{os.getpid()}_{next(_numbers)}"
        # The files of the template take a tenth of the time that their way through the WAL takes.
        admin.execute(f"create database {name} template {template} strategy file_copy")
        yield make_conninfo(server, dbname=name)
        admin.execute(f"drop database {name} with (force)")

    return made


@pytest.fixture(scope="session")
def template(copy: Copy) -> Generator[str]:
    """Name of a migrated database that nobody is connected to."""
    name = f"pgsched_template_{os.getpid()}"
    with copy("template0", name) as dsn:
        with psycopg.connect(dsn, autocommit=True) as conn:
            schema.migrate(conn)
            conn.execute(_FEW_PARTITIONS)
        yield name


@pytest.fixture
def dsn(copy: Copy, template: str) -> Generator[str]:
    """DSN of this test's database, with the schema in it."""
    with copy(template) as made:
        yield made


@pytest.fixture
def empty_dsn(copy: Copy) -> Generator[str]:
    """DSN of this test's database, with nothing in it."""
    with copy("template0") as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    """Moves the time that `pgsched.clock()` tells `db`, `other_db` and what `connect` opens."""
    return Clock([])


@pytest.fixture
def connect(clock: Clock) -> Generator[Connect]:
    """Opens autocommit connections that follow the test's clock, and closes them after it."""

    def open_one(dsn: str, *, timeout_s: int = 5) -> Connection:
        conn = psycopg.connect(
            dsn, autocommit=True, options=f"-c statement_timeout={timeout_s}s -c timezone=UTC"
        )
        clock._connections.append(conn)
        clock.tell(conn)
        return conn

    yield open_one
    for conn in clock._connections:
        conn.close()


@pytest.fixture
def db(connect: Connect, dsn: str) -> Connection:
    """A connection to the test's database: autocommit, a statement may take 5 s."""
    return connect(dsn)


@pytest.fixture
def other_db(connect: Connect, dsn: str) -> Connection:
    """A second connection, for races: what has to wait there fails after 1 s."""
    return connect(dsn, timeout_s=1)


class Answer:
    """What one command line printed, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def pgsched(dsn, monkeypatch, capsys):
    """Runs a command line on this test's database."""
    for name in [name for name in os.environ if name.startswith(("PGSCHED_", "PG", "DATABASE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PGSCHED_DSN", dsn)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*argv: object) -> Answer:
        capsys.readouterr()
        code = cli.run([str(each) for each in argv])
        printed = capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    return run
