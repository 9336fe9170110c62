"""For whom a connection speaks: how long that holds, for which roles, and what it costs to ask."""

from __future__ import annotations

import os

import psycopg

from tests.sql.actors import Worker, acting_as, enqueue, enqueue_n, one, told
from tests.sql.events import emit
from tests.sql.refusals import refused
from tests.sql.timetable import schedule

ROLE = f"pgsched_app_{os.getpid()}"


def test_an_actor_that_is_set_for_a_transaction_is_gone_after_it(db, act, users):
    act("nobody")
    with db.transaction():
        db.execute("select set_config('pgsched.actor', %s, true)", [str(users["ann"])])
        enqueue(db)
    with db.transaction(force_rollback=True):
        db.execute("select set_config('pgsched.actor', %s, true)", [str(users["ann"])])

    assert one(db, "select pgsched._role()") == "nobody"
    with refused("PS028", "the user may not do this"):
        enqueue(db)
    assert one(db, "select count(*) from pgsched.job") == 0


def test_one_pipeline_sets_the_actor_for_one_call(db, act, users):
    act("nobody")
    with db.pipeline() as pipeline:
        db.execute("select set_config('pgsched.actor', %s, true)", [str(users["ann"])])
        made = db.execute("select pgsched.enqueue('t')")
        pipeline.sync()

    [[job]] = made.fetchall()
    assert one(db, "select pgsched._role()") == "nobody"
    act(None)
    assert one(db, "select owner from pgsched.job where id = %s", job) == "ann"


def test_a_connection_that_begins_as_nobody_stays_so_whatever_is_reset(dsn, users):
    options = "-c pgsched.actor=nobody"
    with psycopg.connect(dsn, autocommit=True, options=options) as conn:
        for reset in ("reset all", "discard all", "set pgsched.actor to default"):
            conn.execute(reset)
            assert one(conn, "select pgsched._role()") == "nobody"


def test_roles_with_grants_are_restricted_as_well(db, connect, dsn, users):
    act = "select set_config('pgsched.actor', %s, false)"
    grants = [f"select pgsched.grant_{what}('{ROLE}')" for what in ("enqueue", "observe", "emit")]
    grants.append(f"select pgsched.grant_schedule('{ROLE}')")
    db.execute(act, [str(users["cat"])])
    cats = enqueue(db)
    schedule(db, "cats")
    db.execute(act, [""])
    with acting_as(db, connect, dsn, ROLE, *grants) as app:
        app.execute(act, [str(users["ann"])])
        job = one(app, "select pgsched.enqueue('t')")
        schedule(app, "anns")
        emit(app)
        assert one(app, "select array_agg(id) from pgsched.job") == [job]
        assert one(app, "select array_agg(name::text) from pgsched.schedule") == ["anns"]
        assert one(app, "select array_agg(type::text) from pgsched.event") == ["order.created"]
        for view in ("run", "job_log", "running_now", "upcoming", "dead_letters", "stat_queue"):
            app.execute(f"select * from pgsched.{view}")
        with refused("PS001", f"job {cats} does not exist"):
            app.execute("select pgsched.explain(%s)", [cats])
        with refused("PS003", "does not exist"):
            app.execute("select pgsched.trigger_schedule('cats')")
        app.execute(act, [str(users["eve"])])
        with refused("PS028", "the user may not do this"):
            app.execute("select pgsched.trigger_schedule('cats')")
        with refused("42501", "permission denied"):
            app.execute("select * from pgsched._user")


def test_what_is_notified_names_no_job(db, act, other_db):
    for channel in ("pgsched", "pgsched_done", "pgsched_cancel", "pgsched_schedule"):
        other_db.execute(f"listen {channel}")
    act("cat")
    job = enqueue(db, key="secret", labels={"a": "secret"})
    schedule(db, "secret")
    act(None)
    worker = Worker(db)
    worker.claim()
    act("cat")
    db.execute("select pgsched.await(gen_random_uuid(), %s, 10)", [job])
    db.execute("select pgsched.cancel(%s)", [job])

    payloads = [
        each
        for channel in ("pgsched", "pgsched_done", "pgsched_cancel", "pgsched_schedule")
        for each in told(other_db, channel)
    ]
    assert {*payloads} <= {"", str(worker.id)}


def test_a_user_who_leaves_the_team_sees_it_no_more(db, act):
    act("bob")
    enqueue(db)
    act("ann")
    assert one(db, "select count(*) from pgsched.job") == 1
    db.execute("update pgsched._user set team = 'blue' where name = 'ann'")

    assert one(db, "select count(*) from pgsched.job") == 0


def test_upcoming_has_a_user_s_own_behind_a_hundred_of_others(db, act):
    db.execute(
        "insert into pgsched.job (task, due_at) select 'x', now() + '1 hour'"
        " from generate_series(1, 150)"
    )
    act("ann")
    mine = enqueue(db, due_at="2999-01-01")

    assert one(db, "select array_agg(id) from pgsched.upcoming") == [mine]


def test_who_asks_for_its_owners_jobs_finds_them_by_an_index_if_there_is_one(db, act):
    act("cat")
    enqueue_n(db, 1000)
    act("ann")
    enqueue(db)
    db.execute("analyze pgsched._job")
    [table] = db.execute("select tableoid::regclass::text from pgsched._job limit 1").fetchone()

    with db.transaction(force_rollback=True):
        db.execute("create index on pgsched._job (owner_id, id) where owner_id is not null")
        plan = db.execute(
            "explain select id from pgsched.job where owner_id = any(pgsched._owners_seen())"
            " order by id desc limit 20"
        ).fetchall()

    name = table.removeprefix("pgsched.")
    assert any(f"{name}_owner_id_id_idx on {name} " in line for (line,) in plan)


def test_an_owner_is_asked_for_once_a_statement(db):
    enqueue_n(db, 100)
    db.execute("set track_functions = 'all'")
    with db.transaction():
        before = one(db, CALLS)
        db.execute("select id, state from pgsched.job").fetchall()
        calls = one(db, CALLS) - before

    assert calls == 1


CALLS = """
select coalesce(sum(f.calls), 0)::int from pg_stat_xact_user_functions as f
 where f.schemaname = 'pgsched' and f.funcname = '_owners_seen'
"""
