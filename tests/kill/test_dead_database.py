"""The database is killed, or cannot be reached: workers come back, and duplicate nothing."""

from __future__ import annotations

import psycopg
import pytest

from pgsched import Scheduler
from tests.kill.servers import MortalServer, proxy_to
from tests.servers import VERSION, find_programs
from tests.worker.processes import (
    WorkerProcess,
    each_ended_once,
    eventually,
    outcomes,
    states,
    unfinished,
)

LEASE_S = 2


@pytest.fixture
def mortal(tmp_path):
    """A server of the test's own."""
    if find_programs(VERSION) is None:
        pytest.skip(f"no programs of Postgres {VERSION} here to start a server with")
    made = MortalServer(tmp_path / "pg")
    yield made
    made.stop()


def test_a_worker_survives_the_crash_of_its_database(mortal, tmp_path):
    """Two crashes amid 1,600 jobs: each ends once, and its effect happens once."""
    with Scheduler(mortal.dsn) as client:
        client.enqueue_many("transfer", [{"n": n} for n in range(800)], max_attempts=50)
        client.enqueue_many("nothing", [{"n": n} for n in range(800)])
    process = WorkerProcess(mortal.dsn, tmp_path, lease_s=LEASE_S, concurrency=10)

    try:
        for left in (1300, 500):
            with mortal.connect() as db:
                eventually(lambda left=left, db=db: unfinished(db) <= left, within_s=40)
                finished = {id for (id,) in db.execute("select job_id from pgsched.run")}
                mortal.kill()
            mortal.start()
            with mortal.connect() as db:
                kept = {id for (id,) in db.execute("select job_id from pgsched.run")}
                assert finished <= kept

        with mortal.connect() as db:
            eventually(lambda: unfinished(db) == 0, within_s=40, or_else=str(states(db)))
            each_ended_once(db)
            assert states(db) == {"succeeded": 1600}
            effects = db.execute("select count(*), count(distinct n) from effect").fetchone()
            assert effects == (800, 800)
            assert process.process.poll() is None
    finally:
        process.kill()


def test_handlers_are_stopped_before_a_lease_that_cannot_be_renewed_ends(worker, client, db, dsn):
    """The network is cut: the handler is cancelled while its worker still holds the job."""
    with proxy_to(dsn) as proxy:
        environ = {"TEST_DIRECT_DSN": dsn}
        process = worker(dsn=proxy.dsn, lease_s=5, environ=environ)  # stopped 1 s before its end
        job = client.enqueue("witness")
        said = "select 1 from pgsched.job_log where job_id = %s"
        eventually(lambda: db.execute(said, (job.id,)).fetchall(), or_else="the job runs")

        proxy.freeze()

        [(still_held,)] = eventually(
            lambda: db.execute("select attempt from effect where n = 1").fetchall(),
            or_else="the handler is stopped",
        )
        assert still_held == 1
        proxy.thaw()
        assert job.result(30) == "attempt 2"
        assert outcomes(db, job.id)[-1] == "succeeded"
        assert process.process.poll() is None


def test_a_worker_waits_for_a_database_that_is_not_there_yet(worker, client, db, dsn):
    """Its connections are cut again and again; it goes on by itself."""
    worker(lease_s=LEASE_S)
    jobs = []
    for n in range(5):
        jobs.append(client.enqueue("nap", {"seconds": 0.05}))
        jobs.append(client.enqueue("add", {"a": n}))
        db.execute(
            "select pg_terminate_backend(a.pid) from pg_stat_activity as a"
            " where a.datname = current_database() and a.application_name ~ '^pgsched .'"
        )

    for job in jobs:
        job.result(20)
    each_ended_once(db)
    with psycopg.connect(dsn) as conn:
        assert states(conn) == {"succeeded": 10}
