"""Many jobs at once meet claims and each other."""

from __future__ import annotations

from tests.sql.actors import enqueue_n, states


def change(db, call, jobs):
    """What each job was made, or is."""
    rows = db.execute(f"select id, state from pgsched.{call}(%s)", (jobs,)).fetchall()
    return dict(rows)


def test_what_is_being_claimed_is_waited_for_and_stopped_by_another_call(
    db, worker, patient_db, begin
):
    made = enqueue_n(db, 3)
    with db.transaction():
        worker.claim(2)
        cancelling = begin(change, patient_db, "cancel_jobs", made)

    assert sorted(cancelling.result().values()) == ["cancelled", "running", "running"]
    again = change(db, "cancel_jobs", made)
    assert sorted(again.values()) == ["cancelled", "cancelling", "cancelling"]


def test_two_who_cancel_the_same_jobs_do_not_deadlock(db, worker, patient_db, begin):
    made = enqueue_n(db, 6)
    worker.claim(3)
    with db.transaction():
        change(db, "cancel_jobs", made[::-1])
        other = begin(change, patient_db, "cancel_jobs", made)

    assert sorted(other.result().values()) == ["cancelled"] * 3 + ["cancelling"] * 3
    assert states(db, made) == {"running": 3, "cancelled": 3}


def test_what_moves_behind_a_claim_in_flight_is_told_that_it_runs(db, worker, patient_db, begin):
    first, second = enqueue_n(db, 2)
    with db.transaction():
        worker.claim(1)
        moving = begin(change, patient_db, "reschedule_jobs", [first, second])

    assert moving.result() == {first: "running", second: None}
