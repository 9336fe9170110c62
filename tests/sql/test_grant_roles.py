"""grant_worker(), grant_client(), grant_admin() and the others: each its own, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from pgsched.worker.planner import plan_round
from tests.sql.actors import Connection, Worker, acting_as, declare, enqueue, one, state
from tests.sql.refusals import refused
from tests.sql.timetable import schedule, tick

ROLE = f"pgsched_of_{os.getpid()}"
DENIED = "42501"

WORKER = {
    *("register", "heartbeat", "leave", "reap", "nap", "rise", "next_due", "suspects_due"),
    *("claim", "claim_suspect", "finish", "complete", "fail", "snooze", "release", "evict"),
    *("log", "cancels", "save_checkpoint", "checkpoint", "upkeep", "unplanned", "plan", "tick"),
    *("tick_apart", "declare_task", "declare_schedule", "declare_subscription"),
    *("retire_declarations", "quiet_for"),
}
PUSHER = {"push_state", "claim_push", "hold_endpoint", "hand_over", "lapse"}
ENQUEUE: set[str] = set()  # by INSERT alone
EMIT = {"emit", "emit_many", "_depth_here", "_own_type"}
CLIENT = ENQUEUE | EMIT | {"await", "forgo", "outcome", "job_state"}
OBSERVE = {
    *("explain", "_upcoming", "_running_now", "_stat_queue", "_stat_task", "_jobs_of"),
    *("_problems_of", "_require_schedule", "_jobs_in", "_endpoints", "backlog"),
}
SCHEDULE = {"trigger_schedule", "_require_schedule"}
OPERATE = {
    *("cancel", "redrive", "redrive_many", "reschedule", "replay", "pause_queue", "resume_queue"),
    *("change_task", "reset_task", "pause_task", "resume_task", "restore_declared"),
    *("restore_schedule", "restore_calendar", "begin_request", "keep_answer"),
    *("create_user", "sign_up", "change_user", "set_password"),
    *("make_api_key", "revoke_api_key", "rotate_secret", "change_setting"),
    "save_script",
    *("find_jobs", "cancel_jobs", "redrive_jobs", "reschedule_jobs", "cancel_run", "retry_run"),
    *("create_hook", "change_hook", "rotate_hook", "finish_rotation", "remove_hook"),
    *("add_endpoint", "change_endpoint", "rotate_endpoint", "remove_endpoint"),
    *("pause_endpoint", "resume_endpoint"),
}
API = {
    *(
        "_principal_of_key",
        "_principal_of_user",
        "_sign_up_begin",
        "_log_in_begin",
        "_log_in_end",
        "_refresh",
    ),
    *("_log_out", "_secrets", "_hook_secrets", "_deliver"),
    *("_call_back_heartbeat", "_call_back_finish", "_require_own_worker", "_hold"),
    "_expect",
}
# Open to all, and done with the rights of whoever calls: on views and tables, or on nothing.
OPEN = {
    *("clock", "new_id", "id_at", "id_time", "vacuum_due"),
    *("enqueue", "enqueue_many", "watch", "unwatch"),
    *("subscribe", "unsubscribe", "enable_subscription"),
    *("change_schedule", "pause_schedule", "resume_schedule", "remove_schedule"),
    *("grant_enqueue", "grant_emit", "grant_observe", "grant_schedule"),
    *("grant_client", "grant_worker", "grant_pusher", "grant_admin", "grant_api"),
}
GRANTS = {
    "client": CLIENT,
    "worker": WORKER,
    "pusher": WORKER | PUSHER,
    "observe": OBSERVE,
    "schedule": SCHEDULE,
    "enqueue": ENQUEUE,
    "emit": EMIT,
    "admin": CLIENT | WORKER | OBSERVE | SCHEDULE | OPERATE,
    "api": CLIENT | WORKER | OBSERVE | SCHEDULE | OPERATE | API,
}
READS, WRITES = {"SELECT"}, {"SELECT", "INSERT", "UPDATE", "DELETE"}

CALLABLE = """
select p.proname from pg_proc as p
 where p.pronamespace = 'pgsched'::regnamespace and p.prorettype <> 'trigger'::regtype
   and has_function_privilege(%s, p.oid, 'execute')
   and not has_function_privilege('public', p.oid, 'execute')
"""
TOUCHABLE = """
select c.relname, p from pg_class as c
 cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER',
   'REFERENCES']) as p
 where c.relnamespace = 'pgsched'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
   and has_table_privilege(%s, c.oid, p)
"""


@pytest.fixture(params=GRANTS)
def granted(request, db, connect, dsn) -> Generator[tuple[str, Connection]]:
    """What a new role was granted, and a connection as that role."""
    grant = f"select pgsched.grant_{request.param}('{ROLE}')"
    with acting_as(db, connect, dsn, ROLE, grant) as conn:
        yield request.param, conn


def as_role(db, connect, dsn, what: str):
    return acting_as(db, connect, dsn, ROLE, f"select pgsched.grant_{what}('{ROLE}')")


def test_who_was_granted_it_may_call_that_alone(db, granted):
    what, _ = granted

    assert {name for (name,) in db.execute(CALLABLE, (ROLE,)).fetchall()} == GRANTS[what]


def relations(db, what: str) -> dict[str, set[str]]:
    """What each grant lets a role do with which relation."""
    public = [
        name
        for (name,) in db.execute(
            "select c.relname from pg_class as c where c.relkind = 'v'"
            " and c.relnamespace = 'pgsched'::regnamespace and not c.relname ^@ '_'"
        ).fetchall()
    ]
    seen = ("slot", "calendar", "holiday", "blackout", "declaration")
    times = dict.fromkeys([*seen, "calendar_version", "schedule_version"], READS)
    work = ("_migration", "task", "job", "calendar", "holiday", "blackout", "script")
    kept = ("schedule", "calendar", "holiday", "blackout", "subscription")
    all_of_it = {**dict.fromkeys(public, READS), **dict.fromkeys(kept, WRITES)}
    return {
        "client": {"job": READS},
        "enqueue": {"job": READS},
        "emit": {},
        "worker": dict.fromkeys(work, READS),
        "pusher": dict.fromkeys(work, READS),
        "observe": dict.fromkeys(public, READS),
        "schedule": {"schedule": WRITES, **times},
        "admin": all_of_it,
        "api": all_of_it,
    }[what]


def test_who_was_granted_it_may_touch_that_alone(db, granted):
    what, _ = granted
    found: dict[str, set[str]] = {}
    for name, right in db.execute(TOUCHABLE, (ROLE,)).fetchall():
        found.setdefault(name, set()).add(right)

    assert found == relations(db, what)


def test_no_right_is_hidden_in_a_column_or_a_sequence(db, granted):
    what, _ = granted
    columns = db.execute(
        "select distinct c.relname, p from pg_class as c join pg_attribute as a"
        " on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) as p"
        " where c.relnamespace = 'pgsched'::regnamespace and c.relkind in ('r', 'p', 'v')"
        " and has_column_privilege(%(role)s, c.oid, a.attnum, p)"
        " and not has_table_privilege(%(role)s, c.oid, p)",
        {"role": ROLE},
    ).fetchall()
    sequences = db.execute(
        "select c.relname, p from pg_class as c cross join unnest(array['SELECT', 'UPDATE']) as p"
        " where c.relnamespace = 'pgsched'::regnamespace and c.relkind = 'S'"
        " and has_sequence_privilege(%s, c.oid, p)",
        (ROLE,),
    ).fetchall()

    inserts = {
        "job": {"client", "enqueue", "admin", "api"},
        "event": {"client", "emit", "admin", "api"},
    }
    expected = {(view, "INSERT") for view, who in inserts.items() if what in who}
    assert ({*columns}, sequences) == (expected, [])


def test_every_public_function_is_somebody_s(db):
    """A new one belongs into a list here, and into _called_by() unless it is open to all."""
    lists = [WORKER, PUSHER, CLIENT, OBSERVE, SCHEDULE, OPERATE, OPEN]
    public = {
        name
        for (name,) in db.execute(
            "select p.proname from pg_proc as p where p.pronamespace = 'pgsched'::regnamespace"
            " and not p.proname ^@ '_'"
        ).fetchall()
    }
    open_to_all = {
        name
        for (name,) in db.execute(
            "select p.proname from pg_proc as p where p.pronamespace = 'pgsched'::regnamespace"
            " and not p.proname ^@ '_' and has_function_privilege('public', p.oid, 'execute')"
        ).fetchall()
    }

    assert public == {name for each in lists for name in each if not name.startswith("_")}
    assert open_to_all == OPEN


def test_what_runs_as_its_definer_is_not_open_and_has_a_path_of_its_own(db):
    """But triggers, and what tells nothing."""
    found = db.execute(
        "select p.proname, has_function_privilege('public', p.oid, 'execute'),"
        " coalesce('search_path=pg_catalog, pg_temp' = any(p.proconfig), false)"
        " from pg_proc as p where p.pronamespace = 'pgsched'::regnamespace and p.prosecdef"
        " and p.prorettype <> 'trigger'::regtype"
    ).fetchall()

    assert len(found) > 40
    assert {name for name, is_open, _ in found if is_open} == {
        *("_in_catalogue", "_role", "_owners_seen", "_owner_of", "_caused_by")
    }
    assert [name for name, _, fixed in found if not fixed] == []


def test_only_the_owner_grants(granted):
    _, conn = granted
    for what in GRANTS:
        with refused(DENIED, "only the owner of schema pgsched|permission denied"):
            conn.execute(f"select pgsched.grant_{what}('{ROLE}')")


def test_a_worker_s_role_claims_ticks_and_declares(db, connect, dsn, clock):
    clock.advance(0)
    schedule(db)
    job = enqueue(db)
    with as_role(db, connect, dsn, "worker") as conn:
        worker = Worker(conn)
        declare(conn, "t", priority=3)
        worker.finish(worker.claim_one())
        plan_round(conn)
        tick(conn)
        conn.execute("select pgsched.upkeep()")
        with refused(DENIED, "permission denied for function cancel"):
            conn.execute("select pgsched.cancel(%s)", (job,))
        with refused(DENIED, "permission denied for view job"):
            enqueue(conn)
    assert state(db, job) == "succeeded"


def test_a_worker_s_role_declares_no_condition_that_it_may_not_call(db, connect, dsn):
    """declare_schedule() runs as the owner, who may."""
    db.execute(
        "create function public.asked(schedule text, nominal timestamptz) returns boolean"
        " language sql as 'select true';"
        " revoke execute on function public.asked from public"
    )
    columns = '{"every": "1 minute", "condition": "public.asked"}'
    declared = f"select pgsched.declare_schedule('s', 't', '{columns}')"
    try:
        with as_role(db, connect, dsn, "worker") as conn:
            with refused(DENIED, "permission denied for the condition"):
                conn.execute(declared)
            db.execute(f"grant execute on function public.asked to {ROLE}")
            conn.execute(declared)
    finally:
        db.execute("drop function public.asked")


def test_a_worker_s_role_vacuums_where_postgres_lets_it(db, connect, dsn):
    able = one(db, "select current_setting('server_version_num')::int >= 170000")
    maintained = (
        "select count(*) from pgsched._hot_tables() as h"
        " where has_table_privilege(%s, h.name, 'maintain')"
    )
    with as_role(db, connect, dsn, "worker") as conn:
        if able:
            assert one(db, maintained, ROLE) == 10
            conn.execute("vacuum (skip_locked) pgsched._ready")
        assert conn.execute("select pgsched.vacuum_due()").fetchall() == []


def test_a_client_s_role_waits_for_results(db, connect, dsn):
    with as_role(db, connect, dsn, "client") as conn:
        job = one(conn, "select pgsched.enqueue('t', '{}')")
        one(conn, "select pgsched.emit('e')")
        conn.execute("select pgsched.await(gen_random_uuid(), %s, 1)", (job,))
        assert one(conn, "select state::text from pgsched.outcome(%s)", job) == "ready"
        with refused(DENIED, "permission denied for function cancel"):
            conn.execute("select pgsched.cancel(%s)", (job,))


def test_an_admin_s_role_runs_the_place_and_reads_no_secret(db, connect, dsn):
    declare(db)
    job = enqueue(db)
    with as_role(db, connect, dsn, "admin") as conn:
        for statement in (
            "select pgsched.pause_queue('q')",
            "select pgsched.pause_task('t'), pgsched.resume_task('t')",
            """select pgsched.change_task('t', '{"priority": 1}')""",
            f"select pgsched.cancel({job}), pgsched.redrive({job})",
            "insert into pgsched.calendar (name) values ('office')",
            "insert into pgsched.blackout values ('b', now(), now() + interval '1 h', 'r')",
            "select pgsched.subscribe('s', 'e', 't')",
            "insert into pgsched.schedule (name, task, every) values ('s', 't', '1 minute')",
            "select pgsched.pause_schedule('s'), pgsched.trigger_schedule('s')",
            "select pgsched.create_user('ann', 'admin', null, 'hash')",
            "select pgsched.set_password('ann', 'other')",
            "select pgsched.rotate_secret()",
            "select pgsched.add_endpoint('e', 'https://jobs.example')",
        ):
            conn.execute(statement)
        for private in (
            *("_user", "_api_key", "_refresh_token", "_secret", "_hook_secret", "_endpoint"),
        ):
            with refused(DENIED, "permission denied"):
                conn.execute(f"select from pgsched.{private}")
        for call in (
            "_log_in_begin('ann', null)",
            "_secrets()",
            "_principal_of_user(1, 1)",
            "_hook_secrets('h')",
            "push_state()",
        ):
            with refused(DENIED, "permission denied"):
                conn.execute(f"select pgsched.{call}")
