"""Workers and clients obey the catalogue, whatever code says."""

from __future__ import annotations

import pytest
from psycopg.types.json import Jsonb

from pgsched import task
from pgsched.errors import JobFailed
from tests.worker.processes import eventually


def change(db, task, **changes):
    db.execute("select pgsched.change_task(%s, %s)", (task, Jsonb(changes)))


def test_a_timeout_that_an_operator_sets_holds_for_the_next_job(worker, client, db):
    worker()
    client.enqueue("nap").result(20)

    change(db, "nap", timeout_s=0.05, max_attempts=1)

    def times_out():
        try:
            client.enqueue("nap", {"seconds": 0.3}).result(20)
        except JobFailed as error:
            return "timed out after 0.05 s" in str(error.detail)
        return False

    eventually(times_out)


def test_isolation_that_an_operator_sets_holds_from_the_first_job_on(worker, client, db):
    db.execute("select pgsched.declare_task('add_apart', isolation => 'process')")
    change(db, "add_apart", isolation="none")
    process = worker()

    found = client.enqueue("add_apart", {"a": 1}).result(20)

    assert found["pid"] in process.children(db)


def test_a_job_that_runs_keeps_the_policy_that_it_began_with(worker, client, db):
    """It is told to stop in the way in which it was started."""
    worker()
    job = client.enqueue("wait_apart")
    eventually(lambda: job.state() == "running")
    change(db, "wait_apart", isolation="none")
    assert client.enqueue("add", {"a": 1}).result(20) == 1

    client.cancel(job.id)

    eventually(lambda: job.state() == "cancelled")


@task(queue="far", priority=9)
async def placed() -> None:
    """Nothing runs it here."""


def test_a_job_of_a_task_object_goes_where_the_catalogue_says(client, db):
    client.enqueue(placed)
    db.execute("select pgsched.declare_task('placed', queue => 'elsewhere', priority => 1)")
    client.enqueue(placed)
    client.enqueue_many(placed, [{}])
    client.enqueue(placed, queue="said", priority=0)

    made = db.execute("select queue, priority from pgsched.job order by id").fetchall()
    assert made == [("far", 9), ("elsewhere", 1), ("elsewhere", 1), ("said", 0)]


def test_an_unknown_option_of_a_task_is_refused():
    with pytest.raises(TypeError, match="prioritty"):
        task(prioritty=3)(lambda: None)
