"""Whose a thing is that is made, and what a user cannot learn or reach by the ways around."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from tests.sql.actors import enqueue, one
from tests.sql.events import emit, subscribe
from tests.sql.refusals import refused
from tests.sql.timetable import plan, schedule, tick


def owner(db, job_id):
    return one(db, "select owner from pgsched.job where id = %s", job_id)


def test_a_job_is_its_actor_s_and_a_child_its_parent_s(db, act):
    free = enqueue(db)
    act("ann")
    anns = enqueue(db)
    [many] = db.execute("select pgsched.enqueue_many('t', array['{}']::jsonb[])").fetchone()
    act("bob")
    child = enqueue(db, parent_id=anns)
    act(None)
    of_worker = enqueue(db, parent_id=anns)
    of_free = enqueue(db, parent_id=free)

    owners = [owner(db, job) for job in (free, anns, many, child, of_worker, of_free)]
    assert owners == [None, "ann", "ann", "ann", "ann", None]


def test_owner_and_owner_id_are_given_by_the_database(db, act, users):
    act("ann")
    for column, value in (("owner", "cat"), ("owner_id", users["cat"])):
        with refused("PS010", "given by the database"):
            enqueue(db, **{column: value})
    schedule(db)
    with refused("PS010", "and owner of a schedule cannot be changed"):
        db.execute("update pgsched.schedule set owner = 'cat'")
    with refused("PS010", "'owner' of a schedule cannot be changed"):
        db.execute("""select pgsched.change_schedule('s', '{"owner": "cat"}')""")


def test_a_parent_that_is_not_seen_does_not_exist(db, act):
    act("cat")
    job = enqueue(db)
    act("ann")
    for parent in (job, 1):
        with refused("PS001", f"job {parent} does not exist"):
            enqueue(db, parent_id=parent)
    act(None)

    assert one(db, "select count(*) from pgsched.job") == 1
    assert one(db, "select count(*) from pgsched._ready") == 1


def test_a_schedule_s_job_is_the_schedule_s_owner_s_whoever_ticks_or_triggers(db, act, clock):
    clock.advance(0)
    act("ann")
    schedule(db)
    act("boss")
    triggered = one(db, "select pgsched.trigger_schedule('s')")
    act(None)
    plan(db, clock.now + timedelta(minutes=1))
    clock.advance(60)
    tick(db)

    assert one(db, "select array_agg(owner) from pgsched.job") == ["ann", "ann"]
    assert one(db, "select owner from pgsched.schedule") == "ann"
    act("cat")
    assert one(db, "select count(*) from pgsched.slot") == 0
    with refused("PS003", "does not exist"):
        db.execute("select pgsched.trigger_schedule('s')")
    act(None)
    assert one(db, "select task from pgsched.job where id = %s", triggered) == "t"


def test_the_name_of_another_s_schedule_is_taken_also_when_that_was_removed(db, act):
    act("cat")
    schedule(db)
    act("ann")
    with refused("PS025", "exists already"):
        schedule(db)
    act("cat")
    db.execute("delete from pgsched.schedule")
    act("ann")
    with refused("PS025", "exists already"):
        schedule(db)
    act("cat")
    schedule(db)

    assert one(db, "select count(*) from pgsched.schedule") == 1


def test_what_a_subscription_makes_of_a_user_s_event_is_nobody_s(db, act):
    subscribe(db, args={"secret": 1})
    subscribe(db, "odd", filter="$.data.total > 1")
    act("ann")
    event = emit(db, data={"total": "x"})

    assert db.execute("select id, jobs, problems from pgsched.event").fetchall() == [
        (event, [], [])
    ]
    assert one(db, "select count(*) from pgsched.job") == 0
    act(None)
    assert owner(db, one(db, "select jobs[1] from pgsched.event")) is None
    assert one(db, "select cardinality(problems) from pgsched.event") == 1


def test_an_event_that_a_job_emits_or_its_end_is_the_job_s_owner_s(db, act, worker):
    subscribe(db, event_type="job.*", filter='$.data.task == "t"')
    act("ann")
    job = enqueue(db)
    act(None)
    emit(db, "by.emit", cause_job=job)
    with db.transaction():
        db.execute("select set_config('pgsched.cause_job', %s, true)", [str(job)])
        db.execute("insert into pgsched.event (type) values ('by.insert')")
    worker.finish(*worker.claim())

    act("bob")
    found = db.execute("select type from pgsched.event order by id").fetchall()
    assert found == [("by.emit",), ("by.insert",), ("job.succeeded",)]
    act("cat")
    assert one(db, "select count(*) from pgsched.event") == 0


def test_a_cause_that_is_not_seen_does_not_exist(db, act):
    job = enqueue(db)
    act("ann")

    for cause in (job, 1):
        with refused("PS001", f"job {cause} does not exist"):
            emit(db, cause_job=cause)
        db.execute("select set_config('pgsched.cause_job', %s, false)", [str(cause)])
        with refused("PS001", f"job {cause} does not exist"):
            db.execute("insert into pgsched.event (type) values ('a')")
        db.execute("reset pgsched.cause_job")


def test_a_user_learns_of_no_other_s_event_by_its_id_and_takes_none_from_it(db, act):
    act("cat")
    cats = emit(db, id="1")
    act("ann")
    anns = emit(db, id="1")
    again = emit(db, id="1")
    act("boss")
    ours = emit(db, id="1")
    act(None)

    assert len({cats, anns, ours}) == 3
    assert (anns, ours) == (again, emit(db, id="1"))


def test_a_user_is_not_told_the_chain_that_others_began(db, act):
    db.execute("update pgsched._setting set value = 1 where name = 'event_depth_max'")
    subscribe(db, event_type="a", task="secret")
    act("ann")
    emit(db, "a")
    act(None)
    secret = one(db, "select id from pgsched.job")
    db.execute(
        "update pgsched._job set owner_id = %s",
        [one(db, "select id from pgsched._user where name = 'ann'")],
    )
    emit(db, "a", cause_job=secret)
    act("ann")
    last = one(db, "select max(id) from pgsched._job")
    db.execute("update pgsched._job set owner_id = pgsched._actor()")
    with pytest.raises(psycopg.Error) as caught:
        emit(db, "a", cause_job=last)
    act(None)
    db.execute("update pgsched._setting set value = 16 where name = 'event_depth_max'")

    assert caught.value.sqlstate == "PS027"
    assert "secret" not in str(caught.value.diag.message_detail)
