"""finish(), both forms: fenced, set-based, safe to repeat."""

from __future__ import annotations

import pytest

from tests.sql.actors import Worker, enqueue, enqueue_n, ids, one, outcomes, places, states
from tests.sql.refusals import refused


def claims(db):
    found = db.execute("select c.ids, c.attempts from pgsched._claim as c order by c.id")
    return [dict(zip(*row, strict=True)) for row in found.fetchall()]


def result(db, job_id):
    return one(db, "select r.result from pgsched._run as r where r.job_id = %s", job_id)


def test_whole_claims_succeed_together(db, worker):
    made = enqueue_n(db, 300)

    assert worker.finish_claims(*worker.claim(300)) == 300
    assert states(db, made) == {"succeeded": 300}
    assert claims(db) == []
    assert outcomes(db, made[0]) == [(1, "succeeded", False)]


def test_a_claim_finished_twice_counts_once(db, worker):
    enqueue_n(db, 3)
    jobs = worker.claim()

    assert (worker.finish_claims(*jobs), worker.finish_claims(*jobs)) == (3, 0)


def test_a_claim_of_another_worker_is_left_alone(db, worker, rival):
    made = enqueue_n(db, 3)
    jobs = worker.claim()

    assert rival.finish_claims(*jobs) == 0
    assert states(db, made) == {"running": 3}


def test_some_jobs_of_a_claim_leave_the_others_running_with_their_attempts(db, worker):
    made = enqueue_n(db, 5)
    worker.release(*worker.claim(2))
    jobs = {job.id: job for job in worker.claim()}

    assert worker.finish(jobs[made[0]], jobs[made[3]]) == []
    [left] = claims(db)
    assert left == {made[1]: 2, made[2]: 1, made[4]: 1}
    assert states(db, made) == {"succeeded": 2, "running": 3}


def test_the_last_job_of_a_claim_takes_the_row_with_it(db, worker):
    enqueue_n(db, 3)
    jobs = worker.claim()

    for job in jobs:
        assert worker.finish(job) == []
    assert claims(db) == []


def test_jobs_of_many_claims_finish_in_one_call(db, worker):
    made = enqueue_n(db, 30)
    jobs = [job for _ in range(10) for job in worker.claim(3)]

    assert worker.finish(*jobs[1::3], *jobs[2::3]) == []
    assert worker.finish(*jobs[0::3]) == []
    assert states(db, made) == {"succeeded": 30}


def test_results_are_kept_each_with_its_job(db, worker):
    enqueue_n(db, 3)
    jobs = worker.claim()

    assert worker.finish(*jobs, results=['{"n": 1}', None, "[2]"]) == []
    assert [result(db, job.id) for job in jobs] == [{"n": 1}, None, [2]]


@pytest.mark.parametrize("bad", ["{", "NaN", r'"\u0000"', r'"\ud800"', "[" * 100_000])
def test_a_result_that_is_not_storable_json_refuses_the_call_and_changes_nothing(db, worker, bad):
    made = enqueue_n(db, 2)
    jobs = worker.claim()

    with pytest.raises(db.DataError if bad[:2] != "[[" else db.OperationalError):
        worker.finish(*jobs, results=["1", bad])
    assert states(db, made) == {"running": 2}
    assert worker.finish(*jobs) == []


def test_another_workers_job_is_reported_lost_and_the_rest_is_done(db, worker, rival):
    enqueue_n(db, 2)
    mine, theirs = worker.claim_one(), rival.claim_one()

    assert worker.finish(mine, theirs) == [(theirs.id, 1, "lost")]
    assert places(db, mine.id) == []
    assert places(db, theirs.id) == ["claim"]


def test_a_repeated_finish_is_no_exception(db, worker):
    enqueue_n(db, 2)
    jobs = worker.claim()

    assert (worker.finish(*jobs), worker.finish(*jobs)) == ([], [])
    assert outcomes(db, jobs[0].id) == [(1, "succeeded", False)]


def test_a_finish_after_another_outcome_is_told_that_outcome(db, worker):
    enqueue(db)
    job = worker.claim_one()
    worker.fail(job)

    assert worker.finish(job) == [(job.id, 1, "failed")]


def test_an_earlier_attempt_does_not_finish_a_later_one_of_the_same_worker(db, worker):
    """The later claim is among the claims of the call: only the attempt tells them apart."""
    enqueue_n(db, 2)
    stale = worker.claim_one()
    worker.fail(stale, retry_in_s=0)
    fresh = {job.id: job for job in worker.claim()}
    other = next(job for job in fresh.values() if job.id != stale.id)

    assert worker.finish(stale, other) == [(stale.id, 1, "failed")]
    assert places(db, stale.id) == ["claim"]
    assert worker.finish(fresh[stale.id]) == []


def test_both_attempts_of_a_job_in_one_call_are_told_apart(db, worker):
    job = enqueue(db)
    stale = worker.claim_one()
    worker.fail(stale, retry_in_s=0)
    fresh = worker.claim_one()

    assert worker.finish(stale, fresh, results=["1", "2"]) == [(job, 1, "failed")]
    assert outcomes(db, job) == [(1, "failed", True), (2, "succeeded", False)]


def test_a_job_that_does_not_exist_is_lost(db, worker):
    enqueue(db)
    job = worker.claim_one()

    assert worker.finish(job._replace(id=5)) == [(5, 1, "lost")]
    assert places(db, job.id) == ["claim"]


def test_an_empty_call_does_nothing(db, worker):
    assert worker.finish() == []
    assert worker.finish_claims() == 0


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_both_forms_refuse_other_isolation_levels(db, worker, level):
    enqueue(db)
    job = worker.claim_one()
    db.execute(f"set default_transaction_isolation = '{level}'")

    with refused("PS023", "READ COMMITTED"):
        worker.finish(job)
    with refused("PS023", "READ COMMITTED"):
        worker.finish_claims(job)


def test_a_worker_whose_lease_ran_out_but_is_not_reaped_still_finishes(db, worker, clock):
    """Nobody else runs the job yet: the fence is the _claim row, not the lease."""
    enqueue(db)
    job = worker.claim_one()
    clock.advance(3600)

    assert worker.finish(job) == []


def test_a_reaped_worker_finishes_nothing(db, worker, rival):
    made = enqueue_n(db, 2)
    jobs = worker.claim()
    worker.leave()
    rival.reap_all()

    assert sorted(worker.finish(*jobs)) == [(job_id, 1, "lost") for job_id in made]
    assert worker.finish_claims(*jobs) == 0
    assert sorted(ids(Worker(db).claim())) == made
