"""A worker that no longer holds a job changes nothing; a repeated call does no harm."""

from __future__ import annotations

import pytest

from tests.sql.actors import (
    declare,
    enqueue,
    enqueue_n,
    one,
    outcomes,
    places,
    state,
    states,
)
from tests.sql.refusals import refused

REFUSING = {
    "claim": lambda w, job: w.claim(),
    "finish": lambda w, job: w.finish(job),
    "finish of claims": lambda w, job: w.finish_claims(job),
    "fail": lambda w, job: w.fail(job),
    "snooze": lambda w, job: w.snooze(job),
    "release": lambda w, job: w.release(job),
    "heartbeat": lambda w, job: w.heartbeat(),
    "reap": lambda w, job: w.reap(),
    "claim_suspect": lambda w, job: w.claim_suspect(),
    "nap": lambda w, job: w.nap(),
    "cancel": lambda w, job: one(w.conn, "select pgsched.cancel(%s)", job.id),
    "redrive": lambda w, job: one(w.conn, "select pgsched.redrive(%s)", job.id),
    "redrive_many": lambda w, job: one(w.conn, "select pgsched.redrive_many()"),
    "reschedule": lambda w, job: one(w.conn, "select pgsched.reschedule(%s)", job.id),
}


def test_a_late_duplicate_finish_after_a_release_and_reclaim_is_lost(db, worker, rival):
    job = enqueue(db)
    first = worker.claim_one()
    worker.release(first)
    second = rival.claim_one()

    assert worker.finish(first) == [(job, 1, "lost")]
    assert worker.finish_claims(first) == 0
    assert rival.finish(second) == []
    assert outcomes(db, job) == [(2, "succeeded", False)]


def test_the_same_when_the_worker_itself_claimed_it_again(db, worker):
    job = enqueue(db)
    first = worker.claim_one()
    worker.release(first)
    second = worker.claim_one()

    assert worker.finish(first, second) == [(job, 1, "lost")]
    assert outcomes(db, job) == [(2, "succeeded", False)]


@pytest.mark.parametrize("act", ["finish", "fail", "snooze"])
def test_a_call_repeated_after_an_unknown_commit_is_no_exception(db, worker, other_db, act):
    """The connection broke before the answer came; the worker asks again on another."""
    enqueue_n(db, 3)
    jobs = worker.claim()
    getattr(worker, act)(*jobs)

    assert getattr(worker.on(other_db), act)(*jobs) == []
    assert len(outcomes(db, jobs[0].id)) == 1


def test_whole_claims_repeated_are_asked_for_by_the_longer_form(db, worker, other_db):
    made = enqueue_n(db, 3)
    jobs = worker.claim()
    worker.finish_claims(*jobs)
    again = worker.on(other_db)

    assert again.finish_claims(*jobs) == 0
    assert again.finish(*jobs) == []
    assert states(db, made) == {"succeeded": 3}


def test_a_call_whose_commit_did_not_happen_takes_effect_when_repeated(db, worker, other_db):
    job = enqueue(db)
    claimed = worker.claim_one()
    with db.transaction(force_rollback=True):
        worker.finish(claimed)

    assert worker.on(other_db).finish(claimed) == []
    assert state(db, job) == "succeeded"


def test_a_duplicate_sent_while_the_first_is_in_flight_waits_and_is_no_exception(
    db, worker, patient_db, begin
):
    job = enqueue(db)
    claimed = worker.claim_one()
    with db.transaction():
        worker.finish(claimed)
        second = begin(worker.on(patient_db).finish, claimed)

    assert second.result() == []
    assert outcomes(db, job) == [(1, "succeeded", False)]


def test_siblings_of_transactional_tasks_complete_in_two_transactions_without_waiting(
    db, worker, other_db
):
    declare(db, "exact", transactional=True)
    made = enqueue_n(db, 2, "exact")
    first, second = worker.claim()

    with db.transaction(), other_db.transaction():
        worker.complete(first)
        worker.on(other_db).complete(second)

    assert states(db, made) == {"succeeded": 2}


def test_a_transactional_job_completes_while_a_plain_sibling_is_being_finished(
    db, worker, other_db
):
    declare(db, "exact", transactional=True)
    made = [enqueue(db, "exact"), enqueue(db, "plain")]
    jobs = {job.task: job for job in worker.claim()}

    with db.transaction():
        worker.complete(jobs["exact"])
        assert worker.on(other_db).finish(jobs["plain"]) == []

    assert states(db, made) == {"succeeded": 2}


def test_plain_siblings_finished_at_once_wait_for_each_other_and_both_end(
    db, worker, patient_db, begin
):
    made = enqueue_n(db, 3)
    first, second, third = worker.claim()
    with db.transaction():
        worker.finish(first)
        waiting = begin(worker.on(patient_db).fail, second, retry_in_s=0)

    assert waiting.result() == []
    assert states(db, made) == {"succeeded": 1, "ready": 1, "running": 1}
    assert places(db, third.id) == ["claim"]


@pytest.mark.parametrize("name", REFUSING)
def test_under_default_serializable_the_functions_refuse(db, worker, name):
    enqueue(db)
    job = worker.claim_one()
    db.execute("set default_transaction_isolation = 'serializable'")

    with refused("PS023", "READ COMMITTED transactions only"):
        REFUSING[name](worker, job)
    assert places(db, job.id) == ["claim"]


def test_under_default_serializable_enqueue_works_and_workers_say_what_they_need(db, worker):
    db.execute("set default_transaction_isolation = 'serializable'")
    job = enqueue(db)

    db.execute("begin isolation level read committed")
    [claimed] = worker.claim()
    assert worker.finish(claimed) == []
    db.execute("commit")
    assert state(db, job) == "succeeded"


def test_a_worker_that_was_reaped_while_it_ran_can_do_nothing(db, worker, rival):
    job = enqueue(db)
    claimed = worker.claim_one()
    worker.leave()
    rival.reap_all()
    second = rival.claim_one()

    assert worker.finish(claimed) == [(job, 1, "lost")]
    assert worker.fail(claimed) == [(job, 1, "lost")]
    assert worker.snooze(claimed) == [(job, 1, "lost")]
    assert worker.release(claimed) == 0
    assert not worker.heartbeat()
    assert rival.finish(second) == []
    assert outcomes(db, job) == [(1, "lost", False), (2, "succeeded", False)]
