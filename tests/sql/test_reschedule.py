"""reschedule(): another time, priority or queue for a job that waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sql.actors import attempt, declare, due_in_s, enqueue, ids, one, places, state, told
from tests.sql.refusals import refused


def reschedule(db, job, **values):
    named = "".join(f", {name} => %s" for name in values)
    db.execute(f"select pgsched.reschedule(%s{named})", (job, *values.values()))


def lane(db, job):
    return db.execute("select queue, priority from pgsched.job where id = %s", (job,)).fetchone()


def test_a_job_moves_to_a_later_time_and_back(db, clock):
    clock.advance(0)
    job = enqueue(db)

    reschedule(db, job, due_at=clock.now + timedelta(seconds=50))
    assert (state(db, job), due_in_s(db, job)) == ("scheduled", pytest.approx(50))
    reschedule(db, job, due_at=clock.now - timedelta(days=1))
    assert (state(db, job), due_in_s(db, job)) == ("ready", pytest.approx(0))


def test_a_job_moves_to_another_lane(db, worker):
    job = enqueue(db)

    reschedule(db, job, priority=50, queue="vip")

    assert lane(db, job) == ("vip", 50)
    assert ids(worker.claim(queue="vip")) == [job]


def test_null_leaves_each_as_it_is(db, clock):
    clock.advance(0)
    job = enqueue(db, queue="q", priority=3, due_at=clock.now + timedelta(seconds=9))

    reschedule(db, job)

    assert (lane(db, job), due_in_s(db, job)) == (("q", 3), pytest.approx(9))


def test_attempts_are_kept(db, worker):
    job = enqueue(db)
    worker.fail(worker.claim_one())

    reschedule(db, job, due_at="2000-01-01")

    assert attempt(db, job) == 1
    assert worker.claim_one().attempt == 2


def test_a_blocked_job_moves_and_stays_blocked(db, worker):
    declare(db, "t")
    job = enqueue(db)
    db.execute("select pgsched.pause_task('t')")
    worker.claim()

    reschedule(db, job, queue="vip", priority=4)

    assert (places(db, job), lane(db, job)) == (["blocked"], ("vip", 4))
    db.execute("select pgsched.resume_task('t')")
    assert ids(worker.claim(queue="vip")) == [job]


def test_a_suspect_that_moves_is_found_in_its_new_queue(db, worker):
    job = enqueue(db)
    db.execute(
        "with r as (delete from pgsched._ready returning *) insert into pgsched._blocked"
        " select id, queue, priority, attempt, due_at, 'suspect', queue from r"
    )

    reschedule(db, job, queue="vip")

    assert worker.claim_suspect("default") == []
    assert ids(worker.claim_suspect("vip")) == [job]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"priority": 101}, "priority must be from -100 to 100"),
        ({"priority": -101}, "priority must be from -100 to 100"),
        ({"queue": ""}, "queue must have 1 to 200 characters"),
        ({"queue": "x" * 201}, "queue must have 1 to 200 characters"),
        ({"due_at": "infinity"}, "due_at must be finite and before the year 10000"),
        ({"due_at": "-infinity"}, "due_at must be finite and before the year 10000"),
        ({"due_at": "10000-01-01"}, "due_at must be finite and before the year 10000"),
    ],
)
def test_values_out_of_range_are_refused(db, values, message):
    job = enqueue(db)

    with refused("PS010", message):
        reschedule(db, job, **values)
    assert state(db, job) == "ready"


def test_a_job_that_runs_or_has_ended_is_refused_with_its_state(db, worker):
    job = enqueue(db)
    claimed = worker.claim_one()

    with refused("PS020", f"job {job} is running"):
        reschedule(db, job, priority=1)
    worker.finish(claimed)
    with refused("PS020", f"job {job} is succeeded"):
        reschedule(db, job, priority=1)


def test_an_unknown_job_is_refused(db):
    with refused("PS001", "does not exist"):
        reschedule(db, 5)


def test_a_sleeper_is_woken_when_a_job_moves_forward_and_not_when_it_moves_back(
    db, worker, other_db, clock
):
    clock.advance(0)
    job = enqueue(db, due_at=clock.now + timedelta(hours=1))
    worker.nap()
    other_db.execute("listen pgsched")

    reschedule(db, job, due_at=clock.now + timedelta(hours=2))
    assert told(other_db, "pgsched") == []
    reschedule(db, job, due_at=clock.now)
    assert told(other_db, "pgsched") == [""]


def test_the_row_is_never_updated_but_made_anew(db):
    """An UPDATE in the middle of a claim would make SKIP LOCKED find nothing."""
    job = enqueue(db)
    db.execute(
        "create function pg_temp.refuse() returns trigger language plpgsql as"
        " 'begin raise exception ''updated''; end'"
    )
    with db.transaction(force_rollback=True):
        db.execute(
            "create trigger t before update on pgsched._ready"
            " for each statement execute function pg_temp.refuse()"
        )
        reschedule(db, job, priority=9)
        assert one(db, "select priority from pgsched._ready") == 9


def version(db, job):
    return one(
        db,
        "select pgsched._job_version(queue, priority, due_at, attempt, state)"
        " from pgsched.job where id = %s",
        job,
    )


def test_with_a_version_only_a_job_that_stands_as_it_did_is_moved(db):
    job = enqueue(db)
    seen = version(db, job)

    reschedule(db, job, priority=1, version=seen)
    with refused("PS026", f"job {job} has changed"):
        reschedule(db, job, priority=2, version=seen)

    assert lane(db, job) == ("default", 1)


@pytest.mark.parametrize("how", ["claim", "cancel", "fail"])
def test_a_version_changes_with_what_happens_to_a_job(db, worker, how):
    job = enqueue(db)
    seen = version(db, job)
    if how == "cancel":
        db.execute("select pgsched.cancel(%s)", [job])
    else:
        held = worker.claim_one()
        if how == "fail":
            worker.fail(held, retry_in_s=0)

    assert version(db, job) != seen
    with refused("PS026", "has changed"):
        reschedule(db, job, version=seen)


def test_a_version_does_not_change_with_time_alone(db, clock):
    clock.advance(0)
    job = enqueue(db, due_at=clock.now + timedelta(seconds=9))
    seen = version(db, job)

    clock.advance(20)

    assert (state(db, job), version(db, job)) == ("ready", seen)
