"""release() and evict(): jobs given back, uncharged."""

from __future__ import annotations

import pytest

from tests.sql.actors import due_in_s, enqueue, enqueue_n, one, outcomes, places, state, states


def test_a_job_that_had_not_started_leaves_no_run(db, worker):
    job = enqueue(db)

    assert worker.release(worker.claim_one()) == 1
    assert (state(db, job), outcomes(db, job)) == ("ready", [])


def test_a_job_that_had_started_leaves_an_uncharged_run(db, worker):
    job = enqueue(db)

    assert worker.release(worker.claim_one(), started=True) == 1
    assert (state(db, job), outcomes(db, job)) == ("ready", [(1, "released", False)])


def test_a_released_job_gets_a_new_attempt(db, worker, rival):
    enqueue(db)
    worker.release(worker.claim_one())

    assert rival.claim_one().attempt == 2


def test_a_job_may_be_given_back_for_later(db, worker, clock):
    clock.advance(0)
    job = enqueue(db)

    worker.release(worker.claim_one(), delay_s=10)

    assert due_in_s(db, job) == pytest.approx(10)


def test_part_of_a_claim_is_given_back_and_the_rest_runs_on(db, worker):
    made = enqueue_n(db, 5)
    jobs = worker.claim()

    assert worker.release(*jobs[:2]) == 2
    assert states(db, made) == {"ready": 2, "running": 3}


def test_what_is_no_longer_held_is_not_counted(db, worker, rival):
    enqueue_n(db, 2)
    mine, theirs = worker.claim_one(), rival.claim_one()

    assert worker.release(mine, theirs) == 1
    assert worker.release(mine, theirs) == 0
    assert places(db, theirs.id) == ["claim"]


def test_a_pending_cancel_wins_over_a_release_before_the_start(db, worker):
    job = enqueue(db)
    claimed = worker.claim_one()
    db.execute("select pgsched.cancel(%s)", (job,))

    assert worker.release(claimed) == 1
    assert (state(db, job), outcomes(db, job)) == ("cancelled", [])


def test_evict_gives_back_all_that_a_worker_holds_and_no_more(db, worker, rival):
    made = enqueue_n(db, 10)
    for _ in range(3):
        worker.claim(2)
    theirs = rival.claim(2)

    assert one(db, "select pgsched.evict(%s)", worker.id) == 6
    assert one(db, "select pgsched.evict(%s)", worker.id) == 0
    assert states(db, made) == {"ready": 8, "running": 2}
    assert rival.finish(*theirs) == []
