"""cancel(): in every state, and what becomes of it."""

from __future__ import annotations

import pytest

from tests.sql.actors import (
    Worker,
    attempt,
    declare,
    enqueue,
    ids,
    one,
    outcomes,
    places,
    state,
    told,
)
from tests.sql.refusals import refused


def cancel(db, job):
    return one(db, "select pgsched.cancel(%s)", job)


def cancels(worker):
    found = worker.conn.execute("select pgsched.cancels(%s)", (worker.id,))
    return [job_id for (job_id,) in found.fetchall()]


def test_a_ready_job_is_cancelled_at_once(db, worker):
    job = enqueue(db)

    assert cancel(db, job) == "cancelled"
    assert (places(db, job), state(db, job)) == (["cancelled"], "cancelled")
    assert worker.claim() == []
    assert outcomes(db, job) == []


def test_a_scheduled_job_is_cancelled_at_once(db):
    job = enqueue(db, due_at="9000-01-01")

    assert (cancel(db, job), state(db, job)) == ("cancelled", "cancelled")


def test_a_job_that_waits_for_its_retry_is_cancelled_and_keeps_its_attempts(db, worker):
    job = enqueue(db)
    worker.fail(worker.claim_one(), retry_in_s=100)

    assert cancel(db, job) == "cancelled"
    assert attempt(db, job) == 1


def test_a_blocked_job_is_cancelled_at_once(db, worker):
    declare(db, "t")
    job = enqueue(db)
    db.execute("select pgsched.pause_task('t')")
    worker.claim()

    assert (cancel(db, job), places(db, job)) == ("cancelled", ["cancelled"])


def test_a_running_job_goes_on_and_its_worker_is_told(db, worker, other_db):
    job = enqueue(db)
    worker.claim_one()
    other_db.execute("listen pgsched_cancel")

    assert cancel(db, job) == "cancelling"
    assert state(db, job) == "running"
    assert cancels(worker) == [job]
    assert told(other_db, "pgsched_cancel") == [str(worker.id)]


def test_only_its_own_worker_is_told(db, worker, rival):
    enqueue(db)
    cancel(db, worker.claim_one().id)

    assert cancels(rival) == []


def test_a_running_job_may_be_cancelled_twice(db, worker):
    enqueue(db)
    job = worker.claim_one().id

    assert [cancel(db, job), cancel(db, job)] == ["cancelling", "cancelling"]
    assert cancels(worker) == [job]


def test_a_job_that_succeeds_first_has_succeeded(db, worker):
    enqueue(db)
    job = worker.claim_one()
    cancel(db, job.id)

    assert worker.finish(job) == []
    assert state(db, job.id) == "succeeded"
    assert cancel(db, job.id) == "succeeded"


@pytest.mark.parametrize("leave", ["fail", "fail_final", "snooze", "release", "timed_out"])
def test_any_exit_but_success_ends_it_cancelled_uncharged(db, worker, leave):
    enqueue(db, max_attempts=1)
    job = worker.claim_one()
    cancel(db, job.id)

    match leave:
        case "fail":
            assert worker.fail(job) == [(job.id, 1, "cancelled")]
        case "fail_final":
            assert worker.fail(job, final=True) == [(job.id, 1, "cancelled")]
        case "timed_out":
            assert worker.fail(job, outcome="timed_out") == [(job.id, 1, "cancelled")]
        case "snooze":
            assert worker.snooze(job) == [(job.id, 1, "cancelled")]
        case "release":
            assert worker.release(job, started=True) == 1
    assert places(db, job.id) == ["cancelled"]
    assert outcomes(db, job.id) == [(1, "cancelled", False)]
    assert one(db, "select count(*) from pgsched._cancel") == 0


def test_siblings_in_the_same_claim_are_not_cancelled(db, worker):
    first, second = enqueue(db), enqueue(db)
    jobs = worker.claim()
    cancel(db, first)

    assert worker.fail(*jobs, retry_in_s=0) == [(first, 1, "cancelled")]
    assert state(db, second) == "ready"


def test_ended_jobs_answer_with_the_state_they_had(db, worker):
    done, dead = enqueue(db), enqueue(db)
    jobs = {job.id: job for job in worker.claim()}
    worker.finish(jobs[done])
    worker.fail(jobs[dead], final=True)
    gone = enqueue(db)
    cancel(db, gone)

    assert [cancel(db, job) for job in (done, dead, gone)] == ["succeeded", "dead", "cancelled"]


def test_an_unknown_job_is_refused(db):
    with refused("PS001", "job 5 does not exist"):
        cancel(db, 5)


def test_a_cancelled_job_can_be_redriven_and_runs(db, worker):
    job = enqueue(db)
    cancel(db, job)
    db.execute("select pgsched.redrive(%s)", (job,))

    assert ids(worker.claim()) == [job]


def test_a_cancel_that_rolls_back_leaves_the_job_as_it_was(db, worker):
    job = enqueue(db)
    with db.transaction(force_rollback=True):
        cancel(db, job)

    assert ids(worker.claim()) == [job]


def test_without_notify_a_running_job_is_cancelled_all_the_same(db, worker, other_db):
    enqueue(db)
    job = worker.claim_one()
    other_db.execute("listen pgsched_cancel")
    db.execute("set pgsched.notify = off")

    assert cancel(db, job.id) == "cancelling"
    assert (told(other_db, "pgsched_cancel"), cancels(worker)) == ([], [job.id])


def test_a_job_of_a_dead_worker_is_cancelled_by_the_reaper(db, worker):
    enqueue(db)
    job = worker.claim_one()
    worker.leave()
    assert cancel(db, job.id) == "cancelling"

    Worker(db).reap_all()

    assert state(db, job.id) == "cancelled"
