"""declare_task(), change_task(), reset_task(), and the views task and task_version."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from psycopg.types.json import Jsonb

from tests.sql import timetable
from tests.sql.actors import declare, enqueue, enqueue_n, ids, one, state
from tests.sql.keeper import run_out
from tests.sql.refusals import refused


def policy(db, *fields, task="t"):
    return db.execute(
        f"select {', '.join(fields)} from pgsched.task where name = %s", [task]
    ).fetchone()


def change(db, changes, task="t", version=None):
    return one(db, "select pgsched.change_task(%s, %s, %s::int)", task, Jsonb(changes), version)


def versions(db):
    return db.execute(
        "select version, changes - 'handler', overrides from pgsched.task_version"
        " where task = 't' order by version"
    ).fetchall()


def test_declaring_the_same_again_makes_no_version(db):
    for _ in range(3):
        declare(db, priority=3)

    assert policy(db, "priority", "version") == (3, 1)


def test_a_new_declaration_is_a_new_version(db):
    declare(db, priority=3)
    declare(db, priority=4, category="mail")

    assert policy(db, "priority", "category", "version") == (4, "mail", 2)
    assert versions(db)[1] == (2, {"priority": 4, "category": "mail"}, {})


def test_what_an_operator_sets_survives_deploys(db):
    declare(db, priority=3, timeout_s=9)
    change(db, {"priority": 50, "timeout_s": None})
    declare(db, priority=4, timeout_s=10, max_attempts=2)

    assert policy(db, "priority", "timeout_s", "max_attempts") == (50, None, 2)
    assert policy(db, "overrides", "version") == ({"priority": 50, "timeout_s": None}, 3)


def test_what_is_reset_is_as_code_says_by_then(db):
    declare(db, priority=3)
    change(db, {"priority": 50, "queue": "slow", "category": "x"})
    declare(db, priority=4)

    db.execute("select pgsched.reset_task('t', '{priority}')")
    assert policy(db, "priority", "queue", "category") == (4, "slow", "x")
    db.execute("select pgsched.reset_task('t')")
    assert policy(db, "priority", "queue", "category", "overrides") == (4, "default", None, {})


def test_setting_what_is_set_makes_no_version(db):
    declare(db)

    assert [change(db, {"priority": 5}), change(db, {"priority": 5})] == [2, 2]
    assert one(db, "select pgsched.reset_task('t', '{queue}')") == 2


def test_a_version_tells_what_changed_and_who_did_it(db):
    declare(db)
    change(db, {"priority": 5})

    assert versions(db)[1] == (2, {"priority": 5}, {"priority": 5})
    assert versions(db)[0][1]["queue"] == "default"
    assert one(db, "select bool_and(changed_by = session_user) from pgsched.task_version")


def test_a_job_remembers_the_version_it_was_made_under(db):
    before = enqueue(db)
    declare(db)
    first = enqueue(db)
    change(db, {"priority": 5})
    many = enqueue_n(db, 2)

    made = dict(db.execute("select id, task_version from pgsched.job").fetchall())
    assert made == {before: None, first: 1, many[0]: 2, many[1]: 2}


def test_jobs_of_schedules_and_events_remember_it_too(db, clock):
    clock.set(datetime(2027, 3, 1, 12, tzinfo=UTC))
    declare(db, "late")
    change(db, {"priority": 5}, task="late")
    timetable.schedule(db, task="late")
    timetable.plan(db, clock.now + timedelta(minutes=1))
    clock.advance(60)
    timetable.tick(db)
    db.execute(
        "insert into pgsched.subscription (name, task, event_type) values ('s', 'late', 'a')"
    )
    db.execute("select pgsched.emit('a')")

    assert db.execute("select task_version from pgsched.job").fetchall() == [(2,), (2,)]


def test_the_version_of_a_job_cannot_be_forged(db):
    with refused("PS010", "given by the database"):
        db.execute("insert into pgsched.job (task, task_version) values ('t', 7)")


def test_an_update_of_the_view_sets_fields_in_place_of_what_code_says(db):
    declare(db, priority=3)

    db.execute("update pgsched.task set priority = 9, description = 'by hand' where name = 't'")
    declare(db, priority=4)

    assert policy(db, "priority", "description") == (9, "by hand")
    assert policy(db, "overrides") == ({"priority": 9, "description": "by hand"},)


def test_an_update_of_the_view_to_null_sets_none(db):
    declare(db, timeout_s=5)

    db.execute("update pgsched.task set timeout_s = null where name = 't'")

    assert policy(db, "timeout_s", "overrides") == (None, {"timeout_s": None})


def test_a_task_is_made_and_forgotten_by_way_of_the_view(db):
    db.execute("insert into pgsched.task (name, queue) values ('t', 'q')")
    assert policy(db, "queue", "max_attempts", "version") == ("q", 10, 1)

    db.execute("delete from pgsched.task where name = 't'")
    assert policy(db, "queue") is None
    declare(db)
    assert policy(db, "version") == (2,)


@pytest.mark.parametrize("column", ["name", "handler", "transactional", "version", "overrides"])
def test_what_code_alone_says_cannot_be_set(db, column):
    declare(db)
    value = {"version": "7", "transactional": "true", "overrides": "'{\"a\": 1}'"}.get(
        column, "'x'"
    )

    with refused("PS024", "cannot be set"):
        db.execute(f"update pgsched.task set {column} = {value}")


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"paused": True}, "PS010", "no paused that could be changed"),
        ({"name": "u", "version": 3}, "PS010", "no name, version that could be changed"),
        ({"queue": None}, "PS010", "queue must not be null"),
        ({"priority": 101}, "23514", "from -100 to 100"),
        ({"timeout_s": 0}, "23514", "above 0"),
        ({"retry": {"kind": "never"}}, "23514", "kind"),
        ({"isolation": "thread"}, "23514", "none or process"),
        ({"category": ""}, "23514", "1 to 200"),
        ({"labels": [1]}, "23514", "JSON object"),
        ({"priority": "high"}, "22P02", "integer"),
    ],
)
def test_wrong_fields_are_refused(db, changes, code, words):
    declare(db)

    with refused(code, words):
        change(db, changes)
    assert policy(db, "version", "overrides") == (1, {})


def test_a_stale_version_is_refused(db):
    declare(db)
    change(db, {"priority": 1}, version=1)

    with refused("PS026", "at version 2 by now, not 1"):
        change(db, {"priority": 2}, version=1)


@pytest.mark.parametrize("call", ["change_task('t', '{}')", "reset_task('t')", "resume_task('t')"])
def test_an_unknown_task_is_refused(db, call):
    with refused("PS002", "not in the catalogue"):
        db.execute(f"select pgsched.{call}")


def test_jobs_of_a_disabled_task_wait_and_are_released_in_order(db, worker):
    declare(db)
    jobs = [enqueue(db, due_at=f"2020-01-0{n}") for n in (1, 2, 3)]
    change(db, {"enabled": False})
    assert worker.claim() == []
    assert [state(db, job) for job in jobs] == ["blocked"] * 3
    reasons = one(db, "select reasons from pgsched.explain(%s)", jobs[0])
    assert "disabled" in " ".join(reasons)

    change(db, {"enabled": True})

    assert [ids(worker.claim(1)) for _ in jobs] == [[job] for job in jobs]


def test_released_jobs_come_before_those_that_no_claim_had_seen(db, worker):
    declare(db)
    jobs = enqueue_n(db, 6)
    db.execute("select pgsched.pause_task('t')")
    assert worker.claim(3) == []

    db.execute("select pgsched.resume_task('t')")

    assert [ids(worker.claim(1)) for _ in jobs] == [[job] for job in jobs]


def test_a_task_may_be_inserted_as_paused_but_not_with_a_version(db):
    db.execute("insert into pgsched.task (name, paused) values ('t', true)")
    assert policy(db, "paused", "enabled") == (True, True)

    with refused("PS024", "given by the database"):
        db.execute("insert into pgsched.task (name, version) values ('u', 7)")


def test_a_task_that_is_disabled_and_paused_waits_for_both(db, worker):
    declare(db)
    job = enqueue(db)
    db.execute("select pgsched.pause_task('t')")
    change(db, {"enabled": False})
    assert worker.claim() == []

    assert one(db, "select pgsched.resume_task('t')") == 0
    run_out(db, "blocked")
    assert worker.claim() == []
    change(db, {"enabled": True})
    assert ids(worker.claim()) == [job]


def test_two_workers_that_declare_at_once_make_one_version(db, connect, dsn):
    conns = [connect(dsn) for _ in range(4)]
    begin = threading.Barrier(len(conns))

    def start(conn):
        begin.wait()
        declare(conn, priority=3)

    threads = [threading.Thread(target=start, args=[conn]) for conn in conns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert policy(db, "version") == (1,)


def test_a_declaration_waits_for_a_change_and_keeps_it(db, other_db):
    declare(db, priority=3)
    with other_db.transaction():
        change(other_db, {"queue": "slow"})
        waiting = threading.Thread(target=declare, args=[db], kwargs={"priority": 4})
        waiting.start()
    waiting.join()

    assert policy(db, "priority", "queue", "version") == (4, "slow", 3)


def test_workers_are_told_of_a_change(db, other_db):
    declare(db)
    other_db.execute("listen pgsched_task")

    change(db, {"timeout_s": 3})

    assert [note.payload for note in other_db.notifies(timeout=5, stop_after=1)] == ["t"]
