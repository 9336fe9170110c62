"""find_jobs(), cancel_jobs(), redrive_jobs(), reschedule_jobs(): many at once."""

from __future__ import annotations

import pytest

from tests.sql.actors import (
    Worker,
    declare,
    enqueue,
    enqueue_n,
    ids,
    one,
    outcomes,
    places,
    state,
    states,
    told,
)
from tests.sql.refusals import refused


def find(db, *wanted, **filters):
    """All pages of what find_jobs() gives."""
    found, after = [], 0
    named = "".join(f", {name} => %s" for name in filters)
    while after is not None:
        statement = f"select * from pgsched.find_jobs(%s::pgsched.job_state[]{named}, after => %s)"
        values = [list(wanted), *filters.values(), after]
        some, after = db.execute(statement, values).fetchone()
        found += some
    return found


def change(db, call, jobs, more="", *values):
    """What came of each job, by its id."""
    rows = db.execute(f"select * from pgsched.{call}(%s{more})", (list(jobs), *values)).fetchall()
    return {id: (done, told) for id, done, told in rows}


@pytest.fixture
def one_of_each(db, worker):
    """A job in each state that can be found, and one that has succeeded."""
    declare(db, "held")
    made = {}
    for what, queue in (("running", "q1"), ("dead", "q2"), ("done", "q3")):
        made[what] = enqueue(db, queue=queue, labels={"x": "1"})
        [job] = worker.claim(queue=queue)
        if what == "dead":
            worker.fail(job, final=True)
        elif what == "done":
            worker.finish(job)
    made["ready"] = enqueue(db, labels={"x": "1", "y": "2"})
    made["scheduled"] = enqueue(db, due_at="9000-01-01")
    made["cancelled"] = enqueue(db)
    db.execute("select pgsched.cancel(%s)", [made["cancelled"]])
    made["blocked"] = enqueue(db, "held")
    db.execute("select pgsched.pause_task('held')")
    return made


@pytest.mark.parametrize("what", ["running", "dead", "ready", "scheduled", "cancelled", "blocked"])
def test_a_job_is_found_by_its_state(db, one_of_each, what):
    assert find(db, what) == [one_of_each[what]]


def test_jobs_are_found_by_what_they_are(db, one_of_each):
    every = ("running", "dead", "ready", "scheduled", "cancelled", "blocked")

    assert find(db, *every) == sorted(id for what, id in one_of_each.items() if what != "done")
    assert find(db, *every, task="held") == [one_of_each["blocked"]]
    assert find(db, *every, queue="q2") == [one_of_each["dead"]]
    assert find(db, *every, labels='{"y": "2"}') == [one_of_each["ready"]]
    assert find(db, *every, made_until="2020-01-02") == []
    assert find(db, *every, made_since="2020-01-02", task="held") == [one_of_each["blocked"]]


def test_all_of_many_are_found_a_few_at_a_time(db):
    made = enqueue_n(db, 1005)

    assert find(db, "ready") == made
    assert find(db, "ready", max_jobs=400) == made
    assert find(db, "ready", task="ghost") == []


@pytest.mark.parametrize("most", [0, 1001])
def test_a_limit_out_of_range_is_refused(db, most):
    with refused("PS010", "max_jobs must be from 1 to 1000"):
        find(db, "ready", max_jobs=most)


def test_many_are_cancelled_and_the_others_told_of(db, one_of_each, other_db):
    other_db.execute("listen pgsched_cancel")

    came = change(db, "cancel_jobs", [*one_of_each.values(), 5])

    expected = {
        **dict.fromkeys(("ready", "scheduled", "blocked"), (True, "cancelled")),
        "running": (True, "cancelling"),
        "dead": (False, "dead"),
        "done": (False, "succeeded"),
        "cancelled": (False, "cancelled"),
    }
    assert came == {one_of_each[what]: each for what, each in expected.items()}
    assert len(told(other_db, "pgsched_cancel")) == 1
    assert places(db, one_of_each["ready"]) == ["cancelled"]


def test_siblings_of_a_claim_are_told_each_for_itself(db, worker):
    first, second, third = enqueue_n(db, 3)
    held = worker.claim()

    change(db, "cancel_jobs", [first, third])

    assert worker.fail(*held, retry_in_s=0) == [(first, 1, "cancelled"), (third, 1, "cancelled")]
    assert state(db, second) == "ready"


def test_many_are_redriven_and_the_others_told_of(db, one_of_each):
    came = change(
        db, "redrive_jobs", [one_of_each[what] for what in ("dead", "cancelled", "ready")]
    )

    assert came == {
        one_of_each["dead"]: (True, None),
        one_of_each["cancelled"]: (True, None),
        one_of_each["ready"]: (False, "ready"),
    }
    assert outcomes(db, one_of_each["dead"])[-1] == (2, "redriven", False)


def test_many_are_moved_and_the_others_told_of(db, one_of_each, worker):
    came = change(
        db, "reschedule_jobs", one_of_each.values(), ", priority => 7, queue => %s", "vip"
    )

    assert {id for id, (done, _) in came.items() if done} == {
        one_of_each[what] for what in ("ready", "scheduled", "blocked")
    }
    assert came[one_of_each["running"]] == (False, "running")
    assert ids(worker.claim(queue="vip")) == [one_of_each["ready"]]
    moved = "select queue, priority from pgsched.job where id = %s"
    assert db.execute(moved, [one_of_each["blocked"]]).fetchone() == ("vip", 7)


def test_a_sleeper_is_woken_by_what_moves_to_its_queue(db, worker, other_db):
    made = [enqueue(db, due_at="9000-01-01", queue=queue) for queue in ("a", "b")]
    worker.nap("b")
    other_db.execute("listen pgsched")

    change(db, "reschedule_jobs", made, ", due_at => now()")

    assert told(other_db, "pgsched") == [""]


@pytest.mark.parametrize("call", ["cancel_jobs", "redrive_jobs", "reschedule_jobs"])
@pytest.mark.parametrize("n", [0, 1001])
def test_none_and_too_many_are_refused(db, call, n):
    with refused("PS010", "the number of ids must be from 1 to 1000"):
        db.execute(f"select pgsched.{call}(%s::bigint[])", [[1] * n])


def test_values_out_of_range_are_refused_before_anything_moves(db):
    job = enqueue(db)

    with refused("PS010", "priority must be from -100 to 100"):
        change(db, "reschedule_jobs", [job], ", priority => 101")


def test_jobs_of_a_worker_that_died_are_cancelled_by_the_reaper(db, worker):
    made = enqueue_n(db, 2)
    worker.claim()
    worker.leave()
    change(db, "cancel_jobs", made)

    Worker(db).reap_all()

    assert states(db, made) == {"cancelled": 2}
    assert one(db, "select count(*) from pgsched._cancel") == 0
