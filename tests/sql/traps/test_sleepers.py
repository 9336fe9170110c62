"""Nobody sleeps through a job, and nobody is notified for nothing."""

from __future__ import annotations

import time
from datetime import timedelta

import psycopg
import pytest

from tests.sql.actors import enqueue, enqueue_n, ids, one, state, told
from tests.sql.refusals import refused

NEW_XID = "select pg_current_xact_id()::text::bigint"
ALL_OLDER_ENDED = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint > %s"


def wait_for_all_older_than(conn, xid):
    """As a worker does. Transactions of other databases on the server count as well."""
    give_up = time.monotonic() + 10
    while not one(conn, ALL_OLDER_ENDED, xid):
        assert time.monotonic() < give_up, "somebody's transaction stays open"


@pytest.fixture
def ear(observer):
    """Hears how many notifications came since it was asked last."""
    observer.execute("listen pgsched")
    return lambda: len(told(observer, "pgsched"))


def test_an_enqueuer_who_did_not_see_the_registration_is_waited_for(db, worker, other_db, ear):
    with other_db.transaction():
        job = enqueue(other_db)
        assert worker.nap()[1]
        later = one(db, NEW_XID)

        assert worker.claim() == []
        assert not one(db, ALL_OLDER_ENDED, later)

    assert ear() == 0
    wait_for_all_older_than(db, later)
    assert ids(worker.claim()) == [job]


def test_to_wait_for_what_is_older_than_the_registration_itself_is_not_enough(
    db, worker, other_db, ear
):
    """The enqueuer's xid is younger than the registration's, and yet it found no sleeper."""
    with db.transaction():
        worker.nap()
        registration = one(db, NEW_XID)
        enqueuing = other_db.transaction()
        enqueuing.__enter__()
        job = enqueue(other_db)
    later = one(db, NEW_XID)

    wait_for_all_older_than(db, registration)
    assert not one(db, ALL_OLDER_ENDED, later)
    assert worker.claim() == []

    enqueuing.__exit__(None, None, None)
    assert ear() == 0
    wait_for_all_older_than(db, later)
    assert ids(worker.claim()) == [job]


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_an_enqueuer_whose_snapshot_is_older_than_the_sleeper_notifies_anyway(
    worker, other_db, ear, level
):
    with other_db.transaction():
        other_db.execute(f"set transaction isolation level {level}")
        one(other_db, "select count(*) from pgsched._idle")
        worker.nap()
        enqueue(other_db)

    assert ear() == 1


def test_a_read_committed_enqueuer_sees_a_sleeper_who_came_after_it_began(worker, other_db, ear):
    with other_db.transaction():
        other_db.execute("select pg_current_xact_id()")
        worker.nap()
        enqueue(other_db)

    assert ear() == 1


@pytest.mark.parametrize("sleeper", [True, False])
def test_two_phase_commit_works_with_notify_off(db, worker, other_db, ear, sleeper):
    if sleeper:
        worker.nap()
    other_db.execute("set pgsched.notify = off; begin")
    job = enqueue(other_db)
    other_db.execute("prepare transaction 'trap'")

    assert state(db, job) is None
    db.execute("commit prepared 'trap'")
    assert ids(worker.claim()) == [job]
    assert ear() == 0


def test_two_phase_commit_without_it_fails_only_if_somebody_sleeps(worker, other_db):
    other_db.execute("begin")
    enqueue(other_db)
    other_db.execute("prepare transaction 'trap'")
    other_db.execute("rollback prepared 'trap'")
    worker.nap()
    other_db.execute("begin")
    enqueue(other_db)

    with refused(psycopg.errors.FeatureNotSupported.sqlstate, "NOTIFY"):
        other_db.execute("prepare transaction 'trap'")


def test_a_stale_sleeper_is_not_notified(db, worker, clock, ear):
    """Its worker died asleep: its row counts for two safety polls, and no longer."""
    worker.nap(poll_s=5)
    clock.advance(9)
    enqueue(db, due_at="2000-01-01")
    assert ear() == 1

    clock.advance(1)
    enqueue(db, due_at="2000-01-01")
    assert ear() == 0


def test_under_load_there_is_no_notification_at_all(db, worker, rival, ear):
    for _ in range(10):
        enqueue_n(db, 20)
        for busy in (worker, rival):
            jobs = busy.claim(10)
            busy.fail(*jobs[:3], retry_in_s=0)
            busy.snooze(*jobs[3:5])
            busy.release(*jobs[5:7])
            busy.finish(*jobs[7:])

    assert ear() == 0


def test_a_job_due_in_300_ms_wakes_a_sleeper_who_then_naps_for_just_that(db, worker, clock, ear):
    clock.advance(0)
    assert worker.nap(poll_s=5)[0] == 5
    job = enqueue(db, due_at=clock.now + timedelta(milliseconds=300))

    assert ear() == 1
    assert worker.claim() == []
    assert worker.nap(poll_s=5)[0] == pytest.approx(0.3)
    clock.advance(0.3)
    assert ids(worker.claim()) == [job]


def test_a_rolled_back_enqueue_notifies_nobody(worker, other_db, ear):
    worker.nap()

    with other_db.transaction(force_rollback=True):
        enqueue(other_db)

    assert ear() == 0
