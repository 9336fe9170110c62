"""redrive() and redrive_many(): the way out of the dead-letter queue."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sql.actors import attempt, enqueue, enqueue_n, ids, one, outcomes, state, states
from tests.sql.refusals import refused


@pytest.fixture
def dead(db, worker):
    """Makes a dead job."""

    def make(error="boom", **columns):
        job = enqueue(db, **columns)
        worker.fail(worker.claim_one(columns.get("queue", "default")), error=error, final=True)
        return job

    return make


def redrive(db, job):
    db.execute("select pgsched.redrive(%s)", (job,))


def redrive_many(db, **filters):
    named = ", ".join(f"{name} => %s" for name in filters)
    return one(db, f"select pgsched.redrive_many({named})", *filters.values())


def test_a_dead_job_runs_again_and_keeps_its_history(db, worker, dead):
    job = dead()

    redrive(db, job)

    assert state(db, job) == "ready"
    assert outcomes(db, job) == [(1, "failed", True), (2, "redriven", False)]
    assert worker.claim_one()[1:3] == (job, 3)


def test_a_redriven_job_has_its_whole_budget_again(db, worker):
    job = enqueue(db, max_attempts=2)
    for _ in range(2):
        worker.fail(worker.claim_one(), retry_in_s=0)
    redrive(db, job)

    worker.fail(worker.claim_one(), retry_in_s=0)
    assert state(db, job) == "ready"
    worker.fail(worker.claim_one(), retry_in_s=0)
    assert state(db, job) == "dead"


def test_a_job_can_be_redriven_again_and_again(db, worker, dead):
    job = dead()
    for _ in range(3):
        redrive(db, job)
        worker.fail(worker.claim_one(), final=True)

    assert [outcome for _, outcome, _ in outcomes(db, job)] == ["failed", "redriven"] * 3 + [
        "failed"
    ]


def test_a_job_cancelled_before_its_first_run_can_be_redriven(db, worker):
    job = enqueue(db)
    db.execute("select pgsched.cancel(%s)", (job,))

    redrive(db, job)

    assert ids(worker.claim()) == [job]


@pytest.mark.parametrize("how", ["ready", "running", "succeeded"])
def test_other_jobs_are_refused_with_their_state(db, worker, how):
    job = enqueue(db)
    if how != "ready":
        claimed = worker.claim_one()
        if how == "succeeded":
            worker.finish(claimed)

    with refused("PS020", f"job {job} is {how}"):
        redrive(db, job)


def test_an_unknown_job_is_refused(db):
    with refused("PS001", "does not exist"):
        redrive(db, 5)


def test_many_are_redriven_oldest_first_up_to_max_jobs(db, worker):
    made = enqueue_n(db, 5)
    worker.fail(*worker.claim(), final=True)

    assert redrive_many(db, max_jobs=2) == 2
    assert [state(db, job) for job in made] == ["ready"] * 2 + ["dead"] * 3
    assert redrive_many(db) == 3
    assert redrive_many(db) == 0


def test_filters_choose_and_must_all_match(db, dead, clock):
    clock.advance(0)
    t0 = clock.now
    mail = dead(task="mail", error="timeout at 10.0.0.1")
    vip = dead(task="mail", queue="vip", error="timeout at 10.0.0.2")
    clock.advance(10)
    late = dead(task="other", error="division by zero")

    def choose(**filters):
        with db.transaction(force_rollback=True):
            redrive_many(db, **filters)
            return [job for job in (mail, vip, late) if state(db, job) == "ready"]

    second = timedelta(seconds=1)
    assert choose(task="mail") == [mail, vip]
    assert choose(queue="vip") == [vip]
    assert choose(task="mail", queue="default") == [mail]
    assert choose(error_like="timeout%") == [mail, vip]
    assert choose(ended_after=t0 + second) == [late]
    assert choose(ended_before=t0 + second) == [mail, vip]
    assert choose(ended_after=t0, ended_before=t0) == []
    assert choose(state="cancelled") == []
    assert choose() == [mail, vip, late]


def test_cancelled_jobs_are_redriven_only_when_asked_for(db, dead):
    job = dead()
    gone = enqueue(db)
    db.execute("select pgsched.cancel(%s)", (gone,))

    assert redrive_many(db, state="cancelled") == 1
    assert states(db, [job, gone]) == {"dead": 1, "ready": 1}


@pytest.mark.parametrize("max_jobs", [0, 100_001, None])
def test_a_max_jobs_out_of_range_is_refused(db, max_jobs):
    with refused("PS010", "max_jobs must be from 1 to 100000"):
        redrive_many(db, max_jobs=max_jobs)


def test_the_view_counts_a_redrive_as_an_attempt(db, dead):
    job = dead()

    redrive(db, job)

    assert attempt(db, job) == 2


def test_a_redrive_goes_to_the_queue_the_job_died_in(db, worker):
    job = enqueue(db)
    db.execute("select pgsched.reschedule(%s, queue => 'vip')", (job,))
    worker.fail(worker.claim_one("vip"), final=True)

    redrive(db, job)

    assert ids(worker.claim(queue="vip")) == [job]
