"""SIGTERM and Ctrl-C: what runs may finish, what has not started goes back, nothing is charged."""

from __future__ import annotations

import os
import signal

import pytest

from tests.worker.processes import alive, eventually, outcomes, states


def running(db, count):
    eventually(lambda: states(db)["running"] == count, or_else=f"{count} jobs run")


@pytest.mark.parametrize("how", ["SIGTERM", "Ctrl-C"])
def test_what_runs_finishes_and_nothing_new_starts(worker, client, db, how):
    """To the supervisor alone, or to its whole group as a terminal does."""
    process = worker(concurrency=2)
    jobs = client.enqueue_many("wait_for_row", [{"n": 1}] * 5)
    running(db, 2)
    [child] = process.children(db)

    if how == "SIGTERM":
        process.signal(signal.SIGTERM)
    else:
        os.killpg(process.pid, signal.SIGINT)
    eventually(lambda: any("stopping" in line for line in process.messages))
    db.execute("insert into gate (n) values (1)")

    assert process.wait() == 0
    assert states(db) == {"succeeded": 2, "ready": 3}
    runs = sorted(outcomes(db, job.id) for job in jobs)
    assert runs == [[], [], [], ["succeeded"], ["succeeded"]]
    assert not alive(child)
    assert db.execute("select count(*) from pgsched._worker").fetchone() == (0,)


def test_a_second_sigterm_cancels_and_a_third_kills(worker, client, db):
    """Both leave runs that are released: given back after they had started, uncharged."""
    process = worker(grace_s=600)
    told = client.enqueue("wait_for_cancel")
    deaf = client.enqueue("deaf")
    apart = client.enqueue("wait_apart")
    running(db, 3)
    eventually(lambda: db.execute("select 1 from pgsched.job_log").fetchall())

    process.signal(signal.SIGTERM)
    eventually(lambda: any("stopping" in line for line in process.messages))
    process.signal(signal.SIGTERM)
    eventually(lambda: states(db) == {"ready": 2, "running": 1})
    assert process.process.poll() is None
    process.signal(signal.SIGTERM)

    assert process.wait() == 0
    assert states(db) == {"ready": 3}
    charged = "select bool_or(charged) from pgsched._run"
    assert db.execute(charged).fetchone() == (False,)
    for job in (told, deaf, apart):
        assert outcomes(db, job.id) == ["released"]


def test_the_end_of_the_grace_period_does_the_same(worker, client, db):
    """grace_s after the SIGTERM, handlers are cancelled."""
    process = worker(grace_s=0)
    job = client.enqueue("wait_for_cancel")
    running(db, 1)

    process.signal(signal.SIGTERM)

    assert process.wait() == 0
    assert (outcomes(db, job.id), job.state()) == (["released"], "ready")


def test_a_worker_that_cannot_reach_its_database_ends_all_the_same(worker, client, db, admin):
    """SIGTERM until it gives up: others will reap what it held."""
    process = worker()
    name = db.info.dbname
    admin.execute(f"alter database {name} allow_connections false")
    admin.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,)
    )
    eventually(lambda: any("no connection" in line for line in process.messages))

    def signalled():
        if process.process.poll() is None:
            process.signal(signal.SIGTERM)
        return process.process.poll() is not None

    eventually(signalled, within_s=30)
    admin.execute(f"alter database {name} allow_connections true")
