"""cancel_run(), retry_run(): one attempt of a job, and no other."""

from __future__ import annotations

import pytest

from tests.sql.actors import enqueue, outcomes, places, state
from tests.sql.refusals import refused


def cancel(db, job, attempt):
    db.execute("select pgsched.cancel_run(%s, %s)", (job, attempt))


def retry(db, job, attempt):
    db.execute("select pgsched.retry_run(%s, %s)", (job, attempt))


def test_a_run_that_goes_on_is_told_to_stop(db, worker):
    job = enqueue(db)
    held = worker.claim_one()

    cancel(db, job, 1)

    assert worker.fail(held) == [(job, 1, "cancelled")]
    assert places(db, job) == ["cancelled"]


def test_a_run_that_has_ended_is_not_cancelled_though_its_job_runs_again(db, worker):
    job = enqueue(db)
    worker.fail(worker.claim_one(), retry_in_s=0)
    held = worker.claim_one()

    with refused("PS020", f"run {job}-1 has ended"):
        cancel(db, job, 1)
    assert worker.finish(held) == []


@pytest.mark.parametrize("call", [cancel, retry])
def test_a_run_that_is_not_there_is_refused(db, worker, call):
    job = enqueue(db)
    worker.claim_one()

    with refused("PS008", f"run {job}-2 does not exist"):
        call(db, job, 2)
    with refused("PS001", "job 5 does not exist"):
        call(db, 5, 1)


def test_the_last_run_of_a_dead_job_is_retried(db, worker):
    job = enqueue(db)
    worker.fail(worker.claim_one(), retry_in_s=0)
    worker.fail(worker.claim_one(), final=True)

    with refused("PS020", f"run {job}-1 is not the end of its job, which is dead"):
        retry(db, job, 1)
    retry(db, job, 2)

    assert state(db, job) == "ready"
    assert outcomes(db, job)[-1] == (3, "redriven", False)
    with refused("PS020", "which is ready"):
        retry(db, job, 2)


def test_a_job_cancelled_while_it_waited_is_retried_by_its_last_run(db, worker):
    """Also where it was claimed since, and given back before it began."""
    job = enqueue(db)
    worker.fail(worker.claim_one(), retry_in_s=0)
    worker.release(worker.claim_one())
    db.execute("select pgsched.cancel(%s)", [job])

    retry(db, job, 1)

    assert state(db, job) == "ready"


@pytest.mark.parametrize("how", ["running", "succeeded"])
def test_a_run_that_goes_on_or_has_succeeded_is_not_retried(db, worker, how):
    job = enqueue(db)
    held = worker.claim_one()
    if how == "succeeded":
        worker.finish(held)

    with refused("PS020", f"which is {how}"):
        retry(db, job, 1)
