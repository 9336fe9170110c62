"""Events that jobs emit: how deep in their chain they are, and where it is stopped."""

from __future__ import annotations

import psycopg
import pytest

from tests.sql.actors import enqueue, one
from tests.sql.events import emit, run_next, subscribe


def feed(db):
    """An event makes a job of task `t`, which emits the same event; returns each depth so far."""
    subscribe(db)
    emit(db)
    while True:
        yield [depth for (depth,) in db.execute("select depth from pgsched._event order by id")]
        emit(db, cause_job=run_next(db).id)


def test_an_event_is_one_deeper_than_the_one_that_made_its_job(db):
    chain = feed(db)

    assert [next(chain) for _ in range(3)] == [[0], [0, 1], [0, 1, 2]]


def test_a_chain_that_feeds_itself_is_stopped_and_named(db):
    with db.transaction(force_rollback=True):
        db.execute("update pgsched._setting set value = 2 where name = 'event_depth_max'")
        with pytest.raises(psycopg.Error, match="more than 2 events have followed") as caught:
            list(feed(db))

    link = "order.created > t > "
    assert caught.value.sqlstate == "PS027"
    assert caught.value.diag.message_detail == link * 3 + "order.created"


def test_a_job_that_a_job_of_an_event_made_continues_the_chain(db):
    subscribe(db)
    emit(db)
    child = enqueue(db, "child", parent_id=run_next(db).id)
    emit(db, "done", cause_job=child)

    assert one(db, "select depth from pgsched.event where type = 'done'") == 1


def test_no_number_of_jobs_in_between_hides_the_chain(db):
    subscribe(db)
    emit(db)
    job_id = run_next(db).id
    for _ in range(150):
        job_id = enqueue(db, "child", parent_id=job_id)
    emit(db, "done", cause_job=job_id)

    assert one(db, "select depth from pgsched.event where type = 'done'") == 1


def test_labels_that_only_look_like_those_of_an_event_begin_no_chain(db):
    subscribe(db)
    event_id = emit(db)
    job_id = enqueue(db, labels={"event": str(event_id), "subscription": "s"})
    other_id = enqueue(db, labels={"event": "x"}, parent_id=job_id)
    emit(db, "done", cause_job=other_id)

    assert one(db, "select depth from pgsched.event where type = 'done'") == 0


def test_the_setting_names_the_cause_where_the_caller_does_not(db):
    subscribe(db)
    emit(db)
    job_id = run_next(db).id
    db.execute("select set_config('pgsched.cause_job', %s, false)", (str(job_id),))
    emit(db, "a")
    db.execute("insert into pgsched.event (type) values ('b'), ('c')")

    found = db.execute("select type, depth, cause_job from pgsched._event order by id offset 1")
    assert found.fetchall() == [(name, 1, job_id) for name in "abc"]
