"""nap(), rise() and next_due(): who sleeps, until when, and what wakes them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sql.actors import enqueue, enqueue_n, one, told
from tests.sql.refusals import refused


@pytest.fixture
def ear(other_db):
    """Hears how many notifications came since it was asked last."""
    other_db.execute("listen pgsched")
    return lambda: len(told(other_db, "pgsched"))


def next_due_in_s(db, *queues):
    return one(
        db,
        "select extract(epoch from pgsched.next_due(%s) - pgsched.clock())::float8",
        list(queues) or ["default"],
    )


def test_nothing_due_is_null(db):
    assert next_due_in_s(db) is None


def test_the_earliest_due_of_all_lanes_and_queues_counts(db, clock):
    clock.advance(0)
    for seconds, queue, priority in ((30, "default", 5), (20, "default", -5), (10, "other", 0)):
        enqueue(db, queue=queue, priority=priority, due_at=clock.now + timedelta(seconds=seconds))

    assert next_due_in_s(db) == pytest.approx(20)
    assert next_due_in_s(db, "default", "other") == pytest.approx(10)


def test_a_paused_queue_is_never_due(db):
    enqueue(db)
    db.execute("select pgsched.pause_queue('default')")

    assert next_due_in_s(db) is None


def test_a_nap_lasts_until_the_poll_if_nothing_is_due(worker, clock):
    clock.advance(0)

    assert worker.nap(poll_s=7.5) == (7.5, True)


def test_a_nap_ends_when_the_next_job_is_due(db, worker, clock):
    clock.advance(0)
    enqueue(db, due_at=clock.now + timedelta(milliseconds=300))

    assert worker.nap()[0] == pytest.approx(0.3)


def test_a_nap_does_not_begin_while_a_job_is_due(db, worker):
    enqueue(db)

    assert worker.nap()[0] == 0


def test_a_registration_that_serves_for_a_while_is_left_alone(db, worker, clock):
    clock.advance(0)
    assert worker.nap(poll_s=10) == (10, True)
    row = one(db, "select ctid::text from pgsched._idle")
    clock.advance(4)

    assert worker.nap(poll_s=10) == (6, False)
    assert one(db, "select ctid::text from pgsched._idle") == row
    clock.advance(2)
    assert worker.nap(poll_s=10) == (10, True)


def test_a_nap_for_other_queues_is_a_fresh_registration(worker):
    worker.nap("a")

    assert worker.nap("a", "b")[1]


@pytest.mark.parametrize("poll_s", [0, 3601, float("nan"), None])
def test_a_poll_out_of_range_is_refused(worker, poll_s):
    with refused("PS010", "p_poll_s must be from 0.05 to 3600"):
        worker.nap(poll_s=poll_s)


def test_a_job_due_now_wakes_a_sleeper_once_for_all_rows(db, worker, ear):
    worker.nap()

    enqueue_n(db, 100)

    assert ear() == 1


def test_a_job_of_another_queue_wakes_nobody(db, worker, ear):
    worker.nap("mail")

    enqueue(db)

    assert ear() == 0


def test_one_sleeper_among_others_is_enough(db, worker, rival, ear):
    worker.nap("mail")
    rival.nap("mail", "default")

    enqueue(db)

    assert ear() == 1


def test_a_job_due_after_the_sleeper_wakes_by_itself_wakes_nobody(db, worker, clock, ear):
    clock.advance(0)
    worker.nap(poll_s=5)

    enqueue(db, due_at=clock.now + timedelta(seconds=6))
    assert ear() == 0
    enqueue(db, due_at=clock.now + timedelta(seconds=4))
    assert ear() == 1


def test_the_earliest_row_of_an_insert_decides(db, worker, clock, ear):
    clock.advance(0)
    worker.nap(poll_s=5)

    db.execute(
        "insert into pgsched.job (task, due_at) select 't', %s + make_interval(hours => n)"
        " from generate_series(0, 9) as n",
        (clock.now,),
    )

    assert ear() == 1


def test_who_rose_is_not_woken(db, worker, ear):
    worker.nap()
    worker.rise()

    enqueue(db)

    assert ear() == 0


def test_retries_snoozes_releases_and_redrives_wake_sleepers(db, worker, rival, ear):
    jobs = [worker.claim_one() for _ in enqueue_n(db, 4)]
    rival.nap()

    worker.fail(jobs[0], retry_in_s=0)
    assert ear() == 1
    worker.snooze(jobs[1])
    assert ear() == 1
    worker.release(jobs[2])
    assert ear() == 1
    worker.fail(jobs[3], final=True)
    assert ear() == 0
    db.execute("select pgsched.redrive(%s)", (jobs[3].id,))
    assert ear() == 1


def test_a_wait_for_a_retry_longer_than_the_nap_wakes_nobody(db, worker, rival, ear):
    enqueue(db)
    job = worker.claim_one()
    rival.nap(poll_s=5)

    worker.fail(job, retry_in_s=60)

    assert ear() == 0
