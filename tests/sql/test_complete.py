"""complete(): a job of a transactional task ends in the transaction of its effects."""

from __future__ import annotations

import pytest

from tests.sql.actors import declare, enqueue, enqueue_n, one, outcomes, places, state
from tests.sql.refusals import refused


@pytest.fixture
def exact(db, worker):
    """A claimed job of a transactional task."""
    declare(db, "exact", transactional=True)
    enqueue(db, "exact")
    return worker.claim_one()


@pytest.mark.parametrize("level", ["read committed", "repeatable read", "serializable"])
def test_the_job_succeeds_with_the_callers_transaction_in_any_isolation(db, worker, exact, level):
    with db.transaction():
        db.execute(f"set transaction isolation level {level}")
        worker.complete(exact, {"n": 1})

    assert state(db, exact.id) == "succeeded"
    assert one(db, "select result from pgsched._run") == {"n": 1}


def test_a_rollback_leaves_the_job_running(db, worker, exact):
    with db.transaction(force_rollback=True):
        worker.complete(exact)
        assert state(db, exact.id) == "succeeded"

    assert places(db, exact.id) == ["claim"]
    assert outcomes(db, exact.id) == []


def test_a_job_of_a_plain_task_is_refused_with_what_to_declare(db, worker):
    enqueue_n(db, 2)

    for job in worker.claim():
        with refused("PS022", "transactional"):
            worker.complete(job)


def test_a_plain_job_alone_in_its_claim_is_refused_as_well(db, worker):
    enqueue(db)

    with refused("PS022", "transactional"):
        worker.complete(worker.claim_one())


def test_a_second_complete_is_refused_and_its_effects_roll_back(worker, exact):
    worker.complete(exact)

    with refused("PS021", "no longer holds"):
        worker.complete(exact)


def test_another_worker_or_attempt_is_refused(db, worker, rival, exact):
    with refused("PS021", "no longer holds"):
        rival.complete(exact)
    with refused("PS021", "no longer holds"):
        worker.complete(exact._replace(attempt=2))
    assert places(db, exact.id) == ["claim"]


def test_a_reaped_worker_cannot_complete(db, worker, rival, exact):
    worker.leave()
    rival.reap_all()

    with refused("PS021", "no longer holds"):
        worker.complete(exact)


def test_a_suspect_of_a_transactional_task_completes(db, worker, exact):
    db.execute("update pgsched._claim set flags = 3")

    worker.complete(exact)

    assert state(db, exact.id) == "succeeded"
