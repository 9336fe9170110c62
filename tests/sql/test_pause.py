"""pause_queue(), resume_queue(), pause_task(), resume_task() and declare_task()."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sql.actors import declare, enqueue, enqueue_n, ids, one, places, state, states, told
from tests.sql.refusals import refused


def test_jobs_may_be_enqueued_into_a_paused_queue_and_show_as_ready(db):
    db.execute("select pgsched.pause_queue('default')")

    assert state(db, enqueue(db)) == "ready"


def test_what_runs_goes_on_in_a_paused_queue(db, worker):
    enqueue(db)
    job = worker.claim_one()
    db.execute("select pgsched.pause_queue('default')")

    assert worker.finish(job) == []


def test_other_queues_go_on(db, worker):
    job = enqueue(db, queue="other")
    db.execute("select pgsched.pause_queue('default')")

    assert ids(worker.claim(queue="other")) == [job]


def test_a_queue_may_be_paused_and_resumed_twice(db, worker):
    job = enqueue(db)
    for name in ("pause", "pause", "resume", "resume"):
        db.execute(f"select pgsched.{name}_queue('default')")

    assert ids(worker.claim()) == [job]


def test_an_empty_queue_name_is_refused(db):
    with refused("23514", "1 to 200 characters"):
        db.execute("select pgsched.pause_queue('')")


def test_resuming_a_queue_wakes_its_sleepers(db, worker, other_db):
    db.execute("select pgsched.pause_queue('default')")
    worker.nap()
    other_db.execute("listen pgsched")

    db.execute("select pgsched.resume_queue('other')")
    assert told(other_db, "pgsched") == []
    db.execute("select pgsched.resume_queue('default')")
    assert told(other_db, "pgsched") == [""]


def test_due_jobs_of_a_paused_task_show_as_blocked_though_no_claim_saw_them(db):
    declare(db)
    due, later = enqueue(db), enqueue(db, due_at="9000-01-01")
    db.execute("select pgsched.pause_task('t')")

    assert [state(db, due), state(db, later)] == ["blocked", "scheduled"]
    assert places(db, due) == ["ready"]


def test_resuming_a_task_gives_back_who_waited_and_wakes_a_sleeper(db, worker, other_db):
    declare(db)
    made = enqueue_n(db, 3)
    db.execute("select pgsched.pause_task('t')")
    worker.claim()
    worker.nap()
    other_db.execute("listen pgsched")

    assert one(db, "select pgsched.resume_task('t')") == 3
    assert states(db, made) == {"ready": 3}
    assert told(other_db, "pgsched") == [""]


def test_who_waited_for_a_task_stands_where_it_stood(db, worker, clock):
    """Also one that came later than others through a retry or reschedule()."""
    declare(db)
    clock.advance(0)
    retried, moved = enqueue_n(db, 2)
    worker.fail(worker.claim_one(), retry_in_s=2)
    db.execute("select pgsched.reschedule(%s, %s)", (moved, clock.now + timedelta(seconds=3)))
    clock.advance(1)
    first = enqueue(db)
    db.execute("select pgsched.pause_task('t')")
    clock.advance(9)
    assert worker.claim() == []
    [last] = enqueue_n(db, 1)

    db.execute("select pgsched.resume_task('t')")

    assert [worker.claim_one().id for _ in range(4)] == [first, retried, moved, last]


def test_resuming_a_task_nobody_waits_for_gives_none(db):
    declare(db)

    assert one(db, "select pgsched.resume_task('t')") == 0


def test_one_resume_gives_back_at_most_10000(db, worker):
    declare(db)
    made = enqueue_n(db, 10_001)
    db.execute("select pgsched.pause_task('t')")
    for _ in range(2):
        worker.claim(10_000)

    assert one(db, "select pgsched.resume_task('t')") == 10_000
    assert places(db, made[-1]) == ["blocked"]
    assert one(db, "select pgsched.resume_task('t')") == 1


@pytest.mark.parametrize("name", ["pause_task", "resume_task"])
def test_an_unknown_task_is_refused(db, name):
    with refused("PS002", "task 'ghost' is not in the catalogue"):
        db.execute(f"select pgsched.{name}('ghost')")


def test_declaring_a_task_again_changes_its_policy_but_not_its_pause(db):
    declare(db, queue="a")
    db.execute("select pgsched.pause_task('t')")

    declare(db, queue="b", priority=3)

    found = db.execute("select queue, priority, paused from pgsched._task").fetchall()
    assert found == [("b", 3, True)]


def test_declaring_the_same_policy_again_writes_nothing(db):
    declare(db, timeout_s=5.0, retry={"kind": "linear"})
    before = one(db, "select ctid::text from pgsched._task")

    declare(db, timeout_s=5.0, retry={"kind": "linear"})

    assert one(db, "select ctid::text from pgsched._task") == before


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"queue": ""}, "1 to 200 characters"),
        ({"priority": 101}, "priority must be from -100 to 100"),
        ({"max_attempts": 0}, "max_attempts must be from 1 to 1000"),
        ({"timeout_s": 0.0}, "timeout_s must be above 0"),
        ({"isolation": "thread"}, "isolation must be none or process"),
        ({"retry": {"kind": "x"}}, "retry.kind"),
    ],
)
def test_a_policy_out_of_range_is_refused(db, policy, message):
    with refused("23514", message):
        declare(db, **policy)
