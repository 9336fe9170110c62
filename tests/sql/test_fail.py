"""fail(): retries by policy, budgets, and the roads to the dead-letter queue."""

from __future__ import annotations

import pytest

from tests.sql.actors import (
    declare,
    due_in_s,
    enqueue,
    enqueue_n,
    one,
    outcomes,
    places,
    state,
    states,
)
from tests.sql.refusals import refused


def delays(db, worker, clock, policy, failures):
    """Seconds that a job waits after each of so many failures."""
    clock.advance(0)
    job = enqueue(db, retry=policy, max_attempts=1000)
    waits = []
    for _ in range(failures):
        worker.fail(worker.claim_one())
        waits.append(due_in_s(db, job))
        clock.advance(waits[-1])
        worker.heartbeat()
    return waits


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"kind": "fixed"}, [5, 5, 5]),
        ({"kind": "fixed", "base_s": 0}, [0, 0]),
        ({"kind": "fixed", "base_s": 90, "max_s": 60}, [60]),
        ({"kind": "linear", "base_s": 10, "max_s": 25}, [10, 20, 25, 25]),
        ({"kind": "exponential", "base_s": 3}, [3, 6, 12, 24]),
        ({"kind": "exponential", "base_s": 1, "multiplier": 10}, [1, 10, 100, 1000, 3600]),
        ({"kind": "exponential", "multiplier": 1}, [5, 5, 5]),
    ],
)
def test_the_wait_follows_the_jobs_policy(db, worker, clock, policy, expected):
    waits = delays(db, worker, clock, policy, len(expected))

    assert waits == pytest.approx(expected, abs=1e-5)


def test_jitter_is_from_half_to_the_whole_of_the_exponential_wait(db, worker, clock):
    waits = delays(db, worker, clock, {"kind": "exponential_jitter", "base_s": 10}, 6)

    for n, wait in enumerate(waits):
        assert 5 * 2**n <= wait <= 10 * 2**n
    assert len({round(wait / 2**n, 3) for n, wait in enumerate(waits)}) > 1


def test_a_thousand_failures_do_not_overflow(db):
    policy = '{"kind": "exponential", "multiplier": 100, "max_s": 31536000}'

    assert one(db, "select pgsched._retry_delay_s(%s, 1000)", policy) == 31536000


def test_without_a_policy_of_its_own_a_job_follows_its_task(db, worker, clock):
    clock.advance(0)
    declare(db, "t", retry={"kind": "fixed", "base_s": 77})
    job = enqueue(db)

    worker.fail(worker.claim_one())

    assert due_in_s(db, job) == pytest.approx(77)


def test_a_failure_is_recorded_and_charged(db, worker):
    job = enqueue(db)

    assert worker.fail(worker.claim_one(), error="bad\nthing") == []
    assert outcomes(db, job) == [(1, "failed", True)]
    assert one(db, "select error from pgsched._run") == "bad\nthing"
    assert state(db, job) == "scheduled"


def test_max_attempts_failures_end_a_job_dead_with_the_last_error(db, worker):
    job = enqueue(db, max_attempts=3)

    for n in range(3):
        worker.fail(worker.claim_one(), error=f"boom {n}", retry_in_s=0)

    assert state(db, job) == "dead"
    assert one(db, "select error from pgsched._ended") == "boom 2"
    assert [charged for _, _, charged in outcomes(db, job)] == [True] * 3


def test_uncharged_runs_do_not_count_against_max_attempts(db, worker):
    job = enqueue(db, max_attempts=2)
    for _ in range(5):
        worker.snooze(worker.claim_one())
        worker.release(worker.claim_one(), started=True)

    worker.fail(worker.claim_one(), retry_in_s=0)
    assert state(db, job) == "ready"
    worker.fail(worker.claim_one(), retry_in_s=0)
    assert state(db, job) == "dead"


def test_final_ends_a_job_dead_at_once(db, worker):
    job = enqueue(db)

    worker.fail(worker.claim_one(), final=True)

    assert state(db, job) == "dead"


def test_retry_in_wins_over_the_policy(db, worker, clock):
    clock.advance(0)
    job = enqueue(db, retry={"kind": "fixed", "base_s": 77})

    worker.fail(worker.claim_one(), retry_in_s=1.5)

    assert due_in_s(db, job) == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("asked", "given"),
    [(-5, 0), (1e300, 31536000), (float("inf"), 31536000), (float("nan"), 31536000)],
)
def test_an_absurd_wait_stops_neither_the_job_nor_its_neighbours(db, worker, clock, asked, given):
    clock.advance(0)
    made = enqueue_n(db, 3)

    assert worker.fail(*worker.claim(2), retry_in_s=asked) == []
    assert worker.snooze(worker.claim_one(), delay_s=asked) == []
    assert [due_in_s(db, job) for job in made] == pytest.approx([given] * 3)


def test_timed_out_is_a_charged_failure_of_its_own_name(db, worker):
    job = enqueue(db, max_attempts=1)

    worker.fail(worker.claim_one(), outcome="timed_out")

    assert outcomes(db, job) == [(1, "timed_out", True)]
    assert state(db, job) == "dead"


def test_a_handler_may_end_its_job_cancelled_uncharged(db, worker):
    job = enqueue(db)

    worker.fail(worker.claim_one(), outcome="cancelled")

    assert outcomes(db, job) == [(1, "cancelled", False)]
    assert state(db, job) == "cancelled"


@pytest.mark.parametrize("outcome", ["succeeded", "lost", "redriven", "released"])
def test_other_outcomes_are_refused(db, worker, outcome):
    job = enqueue(db)

    with refused("PS010", "outcome must be failed, timed_out or cancelled"):
        worker.fail(worker.claim_one(), outcome=outcome)
    assert places(db, job) == ["claim"]


def test_jobs_of_one_batch_each_go_their_own_way(db, worker):
    made = enqueue_n(db, 4)
    jobs = sorted(worker.claim(), key=lambda job: job.id)

    db.execute(
        "select pgsched.fail(%s, %s, %s, %s, %s, %s::pgsched.run_outcome[], %s, %s)",
        (
            worker.id,
            [jobs[0].claim],
            [job.id for job in jobs[:3]],
            [1] * 3,
            ["a", "b", "c"],
            ["failed", "timed_out", "cancelled"],
            [0.0, None, None],
            [None, True, None],
        ),
    )

    assert [state(db, job) for job in made] == ["ready", "dead", "cancelled", "running"]
    assert one(db, "select string_agg(error, ',' order by job_id) from pgsched._run") == "a,b,c"


def test_a_repeated_fail_is_no_exception_and_charges_once(db, worker):
    job = enqueue(db)
    claimed = worker.claim_one()

    assert (worker.fail(claimed), worker.fail(claimed)) == ([], [])
    assert outcomes(db, job) == [(1, "failed", True)]


def test_a_repeated_fail_does_not_touch_the_attempt_that_followed(db, worker):
    """Its commit was unknown, so it is sent again, together with what ended meanwhile."""
    enqueue_n(db, 2)
    stale = worker.claim_one()
    worker.fail(stale, retry_in_s=0)
    jobs = {job.id: job for job in worker.claim()}
    other = next(job for job in jobs.values() if job.id != stale.id)

    assert worker.fail(stale, other, retry_in_s=0) == []
    assert places(db, stale.id) == ["claim"]
    assert outcomes(db, stale.id) == [(1, "failed", True)]


def test_another_workers_job_is_lost(db, worker, rival):
    enqueue(db)
    theirs = rival.claim_one()

    assert worker.fail(theirs) == [(theirs.id, 1, "lost")]
    assert places(db, theirs.id) == ["claim"]


def test_a_fail_after_success_is_told_so(db, worker):
    enqueue(db)
    job = worker.claim_one()
    worker.finish(job)

    assert worker.fail(job) == [(job.id, 1, "succeeded")]


def test_a_job_without_its_payload_ends_dead(db, worker):
    job = enqueue(db)
    claimed = worker.claim_one()
    db.execute("delete from pgsched._job")

    assert worker.fail(claimed) == []
    assert places(db, job) == ["dead"]


def test_a_failure_keeps_the_lane_the_job_was_moved_to(db, worker):
    job = enqueue(db)
    db.execute("select pgsched.reschedule(%s, priority => 9, queue => 'vip')", (job,))

    worker.fail(worker.claim_one("vip"), retry_in_s=0)

    assert db.execute("select queue, priority from pgsched._ready").fetchall() == [("vip", 9)]


def test_an_empty_call_does_nothing(worker):
    assert worker.fail() == []


def test_five_hundred_jobs_fail_in_one_call(db, worker):
    made = enqueue_n(db, 500)

    assert worker.fail(*worker.claim(500), retry_in_s=0) == []
    assert states(db, made) == {"ready": 500}
