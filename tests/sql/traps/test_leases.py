"""Who may take over from whom, and when."""

from __future__ import annotations

from tests.sql.actors import Worker, enqueue, enqueue_n, one, outcomes, places, state, states


def test_after_an_outage_longer_than_the_lease_nobody_is_reaped_before_a_full_lease(
    db, worker, other_db, clock
):
    """All leases are past; who comes back first must give the others time to come back."""
    clock.advance(0)
    job = enqueue(db)
    running = worker.claim_one()
    first = Worker(other_db)
    clock.advance(3600)

    assert first.heartbeat()
    assert first.reap() == 0
    clock.advance(55)
    first.heartbeat()
    assert first.reap() == 0
    assert worker.heartbeat()
    assert worker.finish(running) == []
    assert outcomes(db, job) == [(1, "succeeded", False)]


def test_after_an_outage_who_does_not_come_back_is_reaped_in_the_end(db, worker, other_db, clock):
    clock.advance(0)
    job = enqueue(db)
    worker.claim_one()
    first = Worker(other_db)
    clock.advance(3600)
    for _ in range(3):
        first.heartbeat()
        clock.advance(30)
    first.heartbeat()

    assert first.reap_all() == 2
    assert (state(db, job), worker.heartbeat()) == ("ready", False)


def test_a_worker_without_a_lease_reaps_nobody(db, worker, other_db, clock):
    """It may be the one that was cut off."""
    clock.advance(0)
    cut_off = Worker(other_db)
    clock.advance(3600)

    assert cut_off.reap() == 0
    assert worker.heartbeat()


def test_a_new_worker_reaps_nobody_before_a_full_lease(db, worker, other_db, clock):
    clock.advance(3600)
    new = Worker(other_db, lease_s=30)

    assert new.reap() == 0
    clock.advance(29)
    assert new.reap() == 0
    new.heartbeat()
    clock.advance(1)
    assert new.reap() == 1
    assert not worker.heartbeat()


def ripe_reaper(conn, clock):
    """A worker that may reap, when every lease given before it has run out."""
    reaper = Worker(conn, lease_s=100)
    clock.advance(90)
    reaper.heartbeat()
    clock.advance(90)
    return reaper


def test_a_heartbeat_behind_a_reap_in_flight_is_told_that_the_lease_is_gone(
    db, worker, patient_db, begin, clock
):
    clock.advance(0)
    reaper = ripe_reaper(db, clock)
    with db.transaction():
        assert reaper.reap() == 1
        beating = begin(worker.on(patient_db).heartbeat)

    assert beating.result() is False


def test_a_reap_behind_a_heartbeat_in_flight_passes_it(db, worker, other_db, clock):
    clock.advance(0)
    reaper = ripe_reaper(other_db, clock)
    with db.transaction():
        assert worker.heartbeat()
        assert reaper.reap() == 0

    assert reaper.reap() == 0
    assert worker.heartbeat()


def test_a_heartbeat_that_committed_after_the_reap_rolled_back_renews(
    db, worker, patient_db, begin, clock
):
    clock.advance(0)
    reaper = ripe_reaper(db, clock)
    with db.transaction(force_rollback=True):
        reaper.reap()
        beating = begin(worker.on(patient_db).heartbeat)

    assert beating.result() is True
    assert reaper.reap() == 0


def test_a_claim_in_flight_when_its_worker_is_deleted_is_caught_by_the_next_reap(
    db, worker, rival, other_db
):
    """A child was killed while its claim was on the way: the supervisor did not see the claim."""
    job = enqueue(db)
    with db.transaction():
        worker.claim_one()
        assert worker.on(other_db).leave() == 1
        assert rival.reap() == 0

    assert places(db, job) == ["claim"]
    assert rival.reap() == 1
    assert (state(db, job), outcomes(db, job)) == ("ready", [(1, "lost", False)])


def test_two_reapers_share_the_orphans_without_waiting(db, worker, rival, other_db):
    made = enqueue_n(db, 4)
    for _ in range(4):
        worker.claim(1)
    worker.leave()
    reaper = Worker(db)
    with db.transaction():
        assert reaper.reap(2) == 2
        assert rival.reap_all() == 2

    assert states(db, made) == {"ready": 4}
    assert one(db, "select count(*) from pgsched._run") == 4


def test_a_finish_in_flight_is_not_reaped(db, worker, rival):
    job = enqueue(db)
    claimed = worker.claim_one()
    worker.leave()
    with db.transaction():
        assert worker.finish(claimed) == []
        assert rival.reap() == 0

    assert rival.reap() == 0
    assert outcomes(db, job) == [(1, "succeeded", False)]


def test_a_finish_behind_a_reap_in_flight_is_lost(db, worker, patient_db, begin):
    job = enqueue(db)
    claimed = worker.claim_one()
    worker.leave()
    reaper = Worker(db)
    with db.transaction():
        assert reaper.reap() == 1
        finishing = begin(worker.on(patient_db).finish, claimed)

    assert finishing.result() == [(job, 1, "lost")]
    assert state(db, job) == "ready"
