"""A cancel finds its job wherever it is going, and is never lost."""

from __future__ import annotations

import pytest

from tests.sql.actors import declare, enqueue, enqueue_n, one, outcomes, places, state


def cancel(conn, job):
    return one(conn, "select pgsched.cancel(%s)", job)


def test_a_cancel_during_a_claim_in_flight_reaches_the_running_job(db, worker, patient_db, begin):
    job = enqueue(db)
    with db.transaction():
        claimed = worker.claim_one()
        cancelling = begin(cancel, patient_db, job)

    assert cancelling.result() == "cancelling"
    assert worker.fail(claimed) == [(job, 1, "cancelled")]
    assert places(db, job) == ["cancelled"]


def test_a_cancel_during_a_claim_that_rolls_back_takes_the_waiting_job(
    db, worker, patient_db, begin
):
    job = enqueue(db)
    with db.transaction(force_rollback=True):
        worker.claim_one()
        cancelling = begin(cancel, patient_db, job)

    assert cancelling.result() == "cancelled"
    assert worker.claim() == []


@pytest.mark.parametrize(
    ("leave", "expected"),
    [
        ("fail", "cancelled"),
        ("snooze", "cancelled"),
        ("release", "cancelled"),
        ("final", "dead"),
        ("finish", "succeeded"),
    ],
)
def test_a_cancel_behind_an_exit_in_flight_finds_the_job_in_its_next_place(
    db, worker, patient_db, begin, leave, expected
):
    job = enqueue(db)
    claimed = worker.claim_one()
    with db.transaction():
        match leave:
            case "final":
                worker.fail(claimed, final=True)
            case _:
                getattr(worker, leave)(claimed)
        cancelling = begin(cancel, patient_db, job)

    assert cancelling.result() == expected
    assert state(db, job) == expected


@pytest.mark.parametrize("leave", ["fail", "snooze"])
def test_an_exit_behind_a_cancel_in_flight_ends_the_job_cancelled(
    db, worker, patient_db, begin, leave
):
    job = enqueue(db)
    claimed = worker.claim_one()
    with db.transaction():
        assert cancel(db, job) == "cancelling"
        leaving = begin(getattr(worker.on(patient_db), leave), claimed)

    assert leaving.result() == [(job, 1, "cancelled")]
    assert places(db, job) == ["cancelled"]
    assert outcomes(db, job) == [(1, "cancelled", False)]


def test_a_release_behind_a_cancel_in_flight_ends_the_job_cancelled(db, worker, patient_db, begin):
    job = enqueue(db)
    claimed = worker.claim_one()
    with db.transaction():
        cancel(db, job)
        leaving = begin(worker.on(patient_db).release, claimed)

    assert leaving.result() == 1
    assert places(db, job) == ["cancelled"]


def test_a_success_behind_a_cancel_in_flight_is_a_success(db, worker, patient_db, begin):
    job = enqueue(db)
    claimed = worker.claim_one()
    with db.transaction():
        cancel(db, job)
        finishing = begin(worker.on(patient_db).finish, claimed)

    assert finishing.result() == []
    assert state(db, job) == "succeeded"


def test_a_reap_passes_a_claim_that_is_being_cancelled_and_the_next_takes_it(db, worker, rival):
    job = enqueue(db)
    worker.claim_one()
    worker.leave()
    with db.transaction():
        assert cancel(db, job) == "cancelling"
        assert rival.reap() == 0

    assert rival.reap() == 1
    assert places(db, job) == ["cancelled"]


def test_a_cancel_behind_a_reschedule_in_flight_takes_the_job(db, patient_db, begin):
    job = enqueue(db)
    with db.transaction():
        db.execute("select pgsched.reschedule(%s, priority => 9)", (job,))
        cancelling = begin(cancel, patient_db, job)

    assert cancelling.result() == "cancelled"
    assert places(db, job) == ["cancelled"]


def test_a_reschedule_behind_a_claim_in_flight_is_told_that_it_runs(db, worker, patient_db, begin):
    job = enqueue(db)
    with db.transaction():
        worker.claim_one()
        moving = begin(patient_db.execute, f"select pgsched.reschedule({job}, priority => 9)")

    assert moving.exception().sqlstate == "PS020"


def test_of_two_moves_with_one_version_one_is_made(db, patient_db, begin):
    job = enqueue(db)
    seen = one(
        db,
        "select pgsched._job_version(queue, priority, due_at, attempt, state)"
        " from pgsched.job where id = %s",
        job,
    )
    move = "select pgsched.reschedule(%s, priority => %s, version => %s)"
    with db.transaction():
        db.execute(move, (job, 1, seen))
        second = begin(patient_db.execute, move, (job, 2, seen))

    assert second.exception().sqlstate == "PS026"
    assert one(db, "select priority from pgsched.job where id = %s", job) == 1


def test_a_cancel_behind_the_resume_of_its_task_takes_the_job(db, worker, patient_db, begin):
    declare(db)
    job = enqueue(db)
    db.execute("select pgsched.pause_task('t')")
    worker.claim()
    with db.transaction():
        db.execute("select pgsched.resume_task('t')")
        cancelling = begin(cancel, patient_db, job)

    assert cancelling.result() == "cancelled"
    assert places(db, job) == ["cancelled"]


def test_two_redrives_at_once_make_one_run(db, worker, patient_db, begin):
    made = enqueue_n(db, 3)
    worker.fail(*worker.claim(), final=True)
    with db.transaction():
        assert one(db, "select pgsched.redrive_many()") == 3
        second = begin(one, patient_db, "select pgsched.redrive_many()")

    assert second.result() == 0
    assert [places(db, job) for job in made] == [["ready"]] * 3
    assert outcomes(db, made[0])[-1] == (2, "redriven", False)


def test_a_cancel_of_one_job_does_not_wait_for_a_claim_of_others(db, worker, other_db):
    first, second = enqueue_n(db, 2)
    with db.transaction():
        assert worker.claim_one().id == first
        assert cancel(other_db, second) == "cancelled"
