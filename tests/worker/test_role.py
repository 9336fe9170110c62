"""A real worker whose role in Postgres was granted grant_worker(), and nothing else."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator

import pytest
from psycopg.conninfo import make_conninfo

from tests.worker.processes import eventually, states

ROLE = f"pgsched_works_{os.getpid()}"


@pytest.fixture
def role_dsn(dsn, db) -> Generator[str]:
    """The test's database, as that role."""
    db.execute(f"create role {ROLE} login")
    db.execute(f"select pgsched.grant_worker('{ROLE}')")
    yield make_conninfo(dsn, user=ROLE)
    db.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = %s", (ROLE,)
    )
    db.execute(f"drop owned by {ROLE}")
    db.execute(f"drop role {ROLE}")


def test_a_worker_needs_no_more_than_its_grants(worker, client, db, role_dsn):
    """Jobs of every ending, schedules, cancels; and nothing that it tries is denied to it."""
    db.execute("insert into pgsched.calendar (name, weekend) values ('all', '{}')")
    db.execute(
        "insert into pgsched.schedule (name, task, args, every, calendar)"
        """ values ('s', 'add', '{"a": 1}', '1 second', 'all')"""
    )
    client.enqueue_many("add", [{"a": n} for n in range(30)])
    client.enqueue("throw", {"what": "plain"})
    client.enqueue("throw", {"what": "snooze"})
    process = worker(dsn=role_dsn)
    eventually(lambda: states(db)["succeeded"] >= 31, or_else="no schedule has made a job")
    eventually(lambda: states(db)["dead"] == 1, or_else="the job that fails did not end")
    eventually(
        lambda: db.execute(
            "select from pgsched._upkeep where step = 'users' and done_at is not null"
        ).fetchall(),
        or_else="no upkeep was done",
    )

    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert "denied" not in process.log, process.log
