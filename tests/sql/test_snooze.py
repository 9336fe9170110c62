"""snooze(): again later, at no cost."""

from __future__ import annotations

import pytest

from tests.sql.actors import attempt, due_in_s, enqueue, enqueue_n, outcomes, state, states


def test_a_snoozed_job_runs_again_after_its_delay(db, worker, clock):
    clock.advance(0)
    job = enqueue(db)

    assert worker.snooze(worker.claim_one(), delay_s=30) == []
    assert state(db, job) == "scheduled"
    assert due_in_s(db, job) == pytest.approx(30)
    clock.advance(30)
    assert worker.claim_one()[1:3] == (job, 2)


def test_a_snooze_is_recorded_uncharged_and_the_attempt_stands(db, worker):
    job = enqueue(db)

    worker.snooze(worker.claim_one())

    assert outcomes(db, job) == [(1, "snoozed", False)]
    assert (state(db, job), attempt(db, job)) == ("ready", 1)


def test_any_number_of_snoozes_never_ends_a_job(db, worker):
    job = enqueue(db, max_attempts=1)

    for _ in range(5):
        worker.snooze(worker.claim_one())

    assert (state(db, job), attempt(db, job)) == ("ready", 5)


def test_a_repeated_snooze_is_no_exception(db, worker):
    enqueue(db)
    job = worker.claim_one()

    assert (worker.snooze(job), worker.snooze(job)) == ([], [])
    assert len(outcomes(db, job.id)) == 1


def test_another_workers_job_is_lost_and_the_rest_is_snoozed(db, worker, rival):
    enqueue_n(db, 2)
    mine, theirs = worker.claim_one(), rival.claim_one()

    assert worker.snooze(mine, theirs) == [(theirs.id, 1, "lost")]
    assert states(db, [mine.id, theirs.id]) == {"ready": 1, "running": 1}


def test_a_pending_cancel_wins_over_a_snooze(db, worker):
    job = enqueue(db)
    claimed = worker.claim_one()
    db.execute("select pgsched.cancel(%s)", (job,))

    assert worker.snooze(claimed) == [(job, 1, "cancelled")]
    assert state(db, job) == "cancelled"
