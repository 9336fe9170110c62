"""upkeep(): one step a call, without a leader; leavings, blocked jobs, vacuum."""

from __future__ import annotations

import psycopg
import pytest

from tests.sql.actors import Worker, declare, enqueue_n, one
from tests.sql.keeper import make_due, run_out, run_step, upkeep


@pytest.fixture
def dsn(copy, template):
    """A database of its own: marks of upkeep are not emptied between tests."""
    with copy(template) as made:
        yield made


# --- upkeep ------------------------------------------------------------------------------------


def test_each_call_does_the_step_that_has_been_due_longest_until_none_is(db, clock):
    clock.advance(0)
    steps = []
    more = True
    while more:
        step, _, more = upkeep(db)
        steps.append(step)

    assert sorted(steps) == sorted(
        step for (step,) in db.execute("select step from pgsched._upkeep").fetchall()
    )
    assert upkeep(db) == (None, "nothing is due", False)


def test_two_at_once_do_different_steps_and_neither_waits(db, other_db):
    make_due(db, "sweep", "blocked")
    with db.transaction():
        first, _, _ = upkeep(db)
        with other_db.transaction():
            second, _, _ = upkeep(other_db)
            third = upkeep(db)

    assert {first, second} == {"sweep", "blocked"}
    assert third == (None, "nothing is due", False)


def test_a_step_that_fails_is_reported_and_the_others_go_on(db, clock, warnings):
    clock.advance(0)
    make_due(db, "blocked", "sweep")
    db.execute("drop function pgsched._step_blocked")

    done = [upkeep(db), upkeep(db)]

    assert [step for step, _, _ in done] == ["blocked", "sweep"]
    assert done[0][1].startswith("42883 ")
    assert len(warnings) == 1
    assert one(db, "select error from pgsched._upkeep where step = 'blocked'") == done[0][1]
    clock.advance(60)
    assert upkeep(db)[0] == "blocked"


def test_it_is_refused_in_other_isolation_levels(db):
    db.execute("set default_transaction_isolation = 'repeatable read'")

    with pytest.raises(psycopg.Error) as caught:
        upkeep(db)

    assert caught.value.sqlstate == "PS023"


# --- leavings ----------------------------------------------------------------------------------


def test_sleepers_and_waiters_that_died_are_removed(db):
    """A minute after their rows ceased to count."""
    for table, key in (("_idle", "worker, queues, wake_at"), ("_waiter", "waiter, id")):
        rest = "'{}', now()" if table == "_idle" else "1"
        db.execute(
            f"insert into pgsched.{table} ({key}, expires_at)"
            f" select gen_random_uuid(), {rest}, now() - u * interval '1 second'"
            " from unnest(array[0, 50, 70, 1000]) as u"
        )

    done = run_step(db, "sweep")

    assert done.startswith("removed 2 sleepers, 2 waiters, 0 cancels")
    for table in ("_idle", "_waiter"):
        left = one(db, f"select min(expires_at) > now() - interval '1 min' from pgsched.{table}")
        assert left


def test_the_cancel_of_a_job_that_succeeded_nevertheless_is_removed(db):
    done_id, running_id = enqueue_n(db, 2)
    worker = Worker(db)
    jobs = worker.claim(2)
    for job in jobs:
        db.execute("select pgsched.cancel(%s)", (job.id,))
    worker.finish(*[job for job in jobs if job.id == done_id])

    run_step(db, "sweep")

    assert db.execute("select id from pgsched._cancel").fetchall() == [(running_id,)]


def test_of_doubles_of_a_lane_one_row_stays(db):
    db.execute(
        "insert into pgsched._lane (queue, priority)"
        " select q, p from unnest(array['a', 'b']) as q, unnest(array[0, 5, 0, 0]) as p"
    )

    done = run_step(db, "sweep")

    assert " 4 lanes" in done
    left = db.execute("select queue, priority from pgsched._lane order by 1, 2").fetchall()
    assert left == [("a", 0), ("a", 5), ("b", 0), ("b", 5)]


def test_two_sweeps_with_different_snapshots_leave_a_lane(db, other_db, connect, dsn):
    """The second sees a row that the first does not, and not yet what the first deleted."""
    third = connect(dsn)
    db.execute("insert into pgsched._lane values ('x', 0), ('a', 0), ('a', 0)")
    db.execute("delete from pgsched._lane where queue = 'x'")
    with db.transaction():
        first = one(db, "select (pgsched._step_sweep(now(), 0, 0)).done")
        third.execute("insert into pgsched._lane values ('a', 0)")
        second = one(other_db, "select (pgsched._step_sweep(now(), 0, 0)).done")

    assert " 1 lanes" in first
    assert " lanes" in second
    assert one(db, "select count(*) from pgsched._lane") >= 1
    run_step(db, "sweep")
    assert one(db, "select count(*) from pgsched._lane") == 1


def test_a_sweep_does_not_wait_for_rows_that_are_locked(db, other_db):
    db.execute("insert into pgsched._lane values ('a', 0), ('a', 0), ('a', 0)")
    with other_db.transaction():
        other_db.execute("select from pgsched._lane where ctid = '(0,2)' for update")
        done = run_step(db, "sweep")

    assert " 1 lanes" in done


def test_roll_ups_are_kept_for_24_hours(db):
    db.execute(
        "insert into pgsched._stat select now() - u * interval '1 hour', 'q', 't', 'succeeded', 1,"
        " '{}', '{}' from unnest(array[1, 23, 25, 48]) as u"
    )

    done = run_step(db, "sweep")

    assert done.endswith("2 roll-ups")
    assert one(db, "select min(slot) > now() - interval '24 hours' from pgsched._stat")


# --- blocked -----------------------------------------------------------------------------------


def test_jobs_of_tasks_that_are_not_paused_any_more_are_admitted_1000_a_step(db):
    """Those of tasks that still are stay."""
    for task in ("paused", "resumed"):
        declare(db, task)
        db.execute("select pgsched.pause_task(%s)", (task,))
        enqueue_n(db, 1200, task=task)
    assert Worker(db).claim(5000) == []
    db.execute("update pgsched._task set paused = false where name = 'resumed'")
    db.execute("delete from pgsched._lane")

    done = run_out(db, "blocked")

    assert done == [
        "admitted 1000 jobs of resumed",
        "admitted 200 jobs of resumed",
        "no job waits for a task that runs",
    ]
    assert {job.task for job in Worker(db).claim(5000)} == {"resumed"}  # by a lane announced anew
    assert one(db, "select count(*) from pgsched._blocked where subject = 'paused'") == 1200


# --- vacuum ------------------------------------------------------------------------------------


def test_a_hot_table_is_due_for_vacuum_when_dead_rows_have_piled_up_and_not_after_it(db):
    db.execute("alter table pgsched._ready set (autovacuum_enabled = off)")
    db.execute("alter table pgsched._claim set (autovacuum_enabled = off)")
    assert db.execute("select pgsched.vacuum_due()").fetchall() == []
    enqueue_n(db, 20001)
    db.execute("delete from pgsched._ready")
    db.execute("select pg_stat_force_next_flush()")

    due = db.execute("select pgsched.vacuum_due()").fetchall()

    assert due == [("pgsched._ready",)]
    db.execute("vacuum (skip_locked) pgsched._ready")
    assert db.execute("select pgsched.vacuum_due()").fetchall() == []
