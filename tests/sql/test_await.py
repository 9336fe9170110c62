"""await(), forgo() and outcome(): whoever waits for a job's end."""

from __future__ import annotations

import uuid

import pytest

from tests.sql.actors import enqueue, told
from tests.sql.refusals import refused


@pytest.fixture
def ear(other_db):
    """Hears how many jobs' ends were notified since it was asked last."""
    other_db.execute("listen pgsched_done")
    return lambda: len(told(other_db, "pgsched_done"))


def await_(db, job, waiter=None, for_s=60):
    waiter = waiter or uuid.uuid4()
    db.execute("select pgsched.await(%s, %s, %s)", (waiter, job, for_s))
    return waiter


def outcome(db, job):
    return db.execute("select * from pgsched.outcome(%s)", (job,)).fetchone()


def end(worker, how):
    job = worker.claim_one()
    match how:
        case "finish":
            worker.finish(job)
        case "finish_claims":
            worker.finish_claims(job)
        case "dead":
            worker.fail(job, final=True)
        case "cancelled":
            worker.fail(job, outcome="cancelled")


@pytest.mark.parametrize("how", ["finish", "finish_claims", "dead", "cancelled"])
def test_an_end_is_notified_only_while_somebody_waits_for_that_job(db, worker, ear, how):
    enqueue(db)
    end(worker, how)
    assert ear() == 0

    await_(db, enqueue(db))
    end(worker, how)
    assert ear() == 1


def test_cancelling_a_job_that_waits_is_an_end(db, ear):
    job = enqueue(db)
    await_(db, job)

    db.execute("select pgsched.cancel(%s)", (job,))

    assert ear() == 1


def test_a_retry_is_no_end(db, worker, ear):
    await_(db, enqueue(db))

    worker.fail(worker.claim_one())

    assert ear() == 0


def test_who_forwent_or_waited_too_long_is_not_told(db, worker, ear, clock):
    waiter = await_(db, enqueue(db))
    db.execute("select pgsched.forgo(%s)", (waiter,))
    end(worker, "finish")
    await_(db, enqueue(db), for_s=10)
    clock.advance(11)
    end(worker, "finish")

    assert ear() == 0


def test_waiting_for_an_unknown_job_is_refused(db):
    with refused("PS001", "does not exist"):
        await_(db, 5)
    with refused("PS001", "does not exist"):
        outcome(db, 5)


def test_the_outcome_has_the_result_or_the_last_error(db, worker):
    made = [enqueue(db) for _ in range(4)]
    jobs = {job.id: job for job in worker.claim()}
    worker.finish(jobs[made[0]], results=['{"n": 1}'])
    worker.finish(jobs[made[1]])
    worker.fail(jobs[made[2]], error="boom", final=True)

    assert [outcome(db, job) for job in made] == [
        ("succeeded", {"n": 1}, None),
        ("succeeded", None, None),
        ("dead", None, "boom"),
        ("running", None, None),
    ]


def test_the_result_after_a_redrive_is_the_last_one(db, worker):
    job = enqueue(db)
    worker.fail(worker.claim_one(), error="boom", final=True)
    db.execute("select pgsched.redrive(%s)", (job,))
    worker.finish(worker.claim_one(), results=["7"])

    assert outcome(db, job) == ("succeeded", 7, None)
