"""register(), heartbeat() and leave(): one lease a worker."""

from __future__ import annotations

import uuid

import pytest

from tests.sql.actors import Worker, enqueue, one, places
from tests.sql.refusals import refused


def lease_left_s(worker):
    return one(
        worker.conn,
        "select extract(epoch from w.lease_until - pgsched.clock())::float8 from pgsched._worker"
        " as w where w.id = %s",
        worker.id,
    )


def live_for_s(worker):
    return one(
        worker.conn,
        "select extract(epoch from pgsched.clock() - w.live_since)::float8 from pgsched._worker"
        " as w where w.id = %s",
        worker.id,
    )


def test_registering_gives_a_lease_of_that_many_seconds(db, clock):
    clock.advance(0)

    assert lease_left_s(Worker(db, lease_s=12.5)) == pytest.approx(12.5)


@pytest.mark.parametrize("lease_s", [0, 0.5, 3601, float("nan"), float("inf"), None])
def test_a_lease_out_of_range_is_refused(db, lease_s):
    with refused("PS010", "p_lease_s must be from 1 to 3600"):
        Worker(db, lease_s=lease_s)


def test_an_unknown_role_is_refused(db):
    with refused("23514", "worker_role"):
        Worker(db, role="boss")


REGISTER = "select pgsched.register(%s, %s, 'h', 1, 'child', 1, '{q}', '{t}', 60)"


def test_an_id_is_registered_once(db, worker):
    with refused("23505", "was used before"):
        db.execute(REGISTER, (worker.id, "another"))


def test_who_registers_again_after_a_lost_answer_goes_on(db, clock):
    """Its lease is renewed; what it holds stays its own. Somebody else's is not."""
    id = uuid.uuid4()
    clock.advance(0)
    db.execute(REGISTER, (id, "w"))
    since = one(db, "select live_since from pgsched._worker where id = %s", id)
    clock.advance(50)

    db.execute(REGISTER, (id, "w"))
    lease = "select live_since, lease_until from pgsched._worker where id = %s"
    [(live_since, until)] = db.execute(lease, (id,)).fetchall()
    assert (live_since, (until - clock.now).total_seconds()) == (since, 60)
    one(db, "select pgsched.create_user('root', 'admin')")
    root = one(db, "select id::text from pgsched.user where name = 'root'")
    with db.transaction():
        one(db, "select set_config('pgsched.actor', %s, true)", root)
        with refused("23505", "was used before"), db.transaction():
            db.execute(REGISTER, (id, "w"))


def test_a_heartbeat_renews_the_lease_and_keeps_live_since(worker, clock):
    clock.advance(0)
    worker.heartbeat()
    clock.advance(59)

    assert worker.heartbeat()
    assert lease_left_s(worker) == pytest.approx(60)
    assert live_for_s(worker) >= 59


def test_a_heartbeat_after_the_lease_begins_a_new_life(worker, clock):
    clock.advance(61)

    assert worker.heartbeat()
    assert live_for_s(worker) == pytest.approx(0)
    assert worker.claim() == []


def test_a_heartbeat_names_those_it_renewed(db, worker, rival):
    unknown = uuid.uuid4()

    found = db.execute("select pgsched.heartbeat(%s)", ([worker.id, unknown, rival.id],)).fetchall()

    assert {row[0] for row in found} == {worker.id, rival.id}


def test_a_worker_that_left_is_told_so_by_its_heartbeat(worker):
    assert worker.leave() == 1
    assert not worker.heartbeat()
    assert worker.leave() == 0


def test_who_leaves_is_off_the_list_of_sleepers(db, worker):
    worker.nap()

    worker.leave()

    assert one(db, "select count(*) from pgsched._idle") == 0


def test_leaving_keeps_claims_for_the_reaper(db, worker):
    job = enqueue(db)
    worker.claim_one()

    worker.leave()

    assert places(db, job) == ["claim"]
