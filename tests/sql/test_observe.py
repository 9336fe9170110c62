"""What people see: the public views, and why a job is not running."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import errors
from psycopg.rows import dict_row

from tests.sql.actors import Worker, declare, enqueue, enqueue_n, one, state
from tests.sql.timetable import plan, schedule

PS001 = "PS001"
VIEWS = (
    "job", "run", "job_log", "dead_letters", "upcoming", "running_now", "stat_queue", "stat_task",
    "stat_worker", "event", "subscription", "stat_day", "stat_ended",
)  # fmt: skip


def rows(db, view, where="true", *values):
    with db.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(f"select * from pgsched.{view} where {where}", values).fetchall()


def row(db, view, where="true", *values):
    [found] = rows(db, view, where, *values)
    return found


def explain(db, job_id):
    with db.cursor(row_factory=dict_row) as cursor:
        [found] = cursor.execute("select * from pgsched.explain(%s)", (job_id,)).fetchall()
    return found


def reasons(db, job_id):
    return explain(db, job_id)["reasons"]


def in_an_hour():
    return datetime.now(UTC) + timedelta(hours=1)


def able(conn, *tasks, concurrency=10, role="child", queues="{default}"):
    """A live worker that knows these tasks."""
    made = Worker(conn, register=False)
    conn.execute(
        "select pgsched.register(%s, 'able', 'host', 1, %s, %s, %s, %s, 60)",
        (made.id, role, concurrency, queues, list(tasks)),
    )
    return made


# --- stat_queue ----------------------------------------------------------------------------------


def test_stat_queue_counts_each_place_a_job_can_be_in(db, worker, clock):
    clock.advance(0)
    declare(db, "held")
    enqueue_n(db, 6)
    enqueue(db, due_at=clock.now + timedelta(hours=1))
    enqueue(db, due_at=clock.now + timedelta(hours=1), priority=5)
    enqueue(db, "held", priority=9)
    db.execute("select pgsched.pause_task('held')")
    jobs = worker.claim(3)
    worker.fail(jobs[0], final=True)
    clock.advance(40)

    found = row(db, "stat_queue")

    counted = ("queue", "ready", "scheduled", "blocked", "running", "dead", "oldest_due_s")
    assert {name: found[name] for name in counted} == {
        "queue": "default",
        "ready": 4,
        "scheduled": 2,
        "blocked": 1,
        "running": 1,
        "dead": 1,
        "oldest_due_s": 40.0,
    }
    assert (found["paused"], found["capped"]) == (False, False)


def test_a_paused_queue_without_jobs_is_seen(db):
    db.execute("select pgsched.pause_queue('mail')")

    found = row(db, "stat_queue")

    assert (found["queue"], found["paused"], found["ready"]) == ("mail", True, 0)


def test_counts_stop_at_ten_thousand_and_say_so(db):
    enqueue_n(db, 10_500, queue="full")
    enqueue_n(db, 10_000, queue="brim")

    found = {each["queue"]: (each["ready"], each["capped"]) for each in rows(db, "stat_queue")}

    assert found == {"full": (10_001, True), "brim": (10_000, False)}


def test_counts_read_no_more_of_a_long_lane_than_they_count(db):
    """10,001 index entries of 60,000 jobs: not the rest, whatever the statistics say."""
    enqueue_n(db, 60_000)
    db.execute("vacuum pgsched._ready")  # else each entry is looked up in the table too
    db.execute("select pg_stat_force_next_flush()")
    before = one(db, "select pg_stat_get_tuples_returned('pgsched._ready_lane'::regclass)")
    scans = one(db, "select pg_stat_get_numscans('pgsched._ready'::regclass)")

    db.execute("select * from pgsched.stat_queue")

    db.execute("select pg_stat_force_next_flush()")
    after = one(db, "select pg_stat_get_tuples_returned('pgsched._ready_lane'::regclass)")
    assert 10_001 <= after - before < 25_000
    assert one(db, "select pg_stat_get_numscans('pgsched._ready'::regclass)") == scans


def stat(db, outcome="succeeded", runs=300, ago_s=60, wait=(), run=()):
    db.execute(
        "insert into pgsched._stat (slot, queue, task, outcome, runs, wait_ms, run_ms)"
        " values (pgsched.clock() - make_interval(secs => %s), 'default', 't', %s, %s, %s, %s)",
        (ago_s, outcome, runs, list(wait), list(run)),
    )


@pytest.fixture
def rolled_up(db):
    """No roll-ups but those of the test."""
    db.execute("delete from pgsched._stat")
    yield
    db.execute("delete from pgsched._stat")


def test_rates_and_percentiles_come_from_the_roll_up_of_five_minutes(db, clock, rolled_up):
    clock.advance(0)
    enqueue(db)
    stat(db, runs=600, ago_s=10, run=[0] * 20 + [600])  # 32..38 ms
    stat(db, runs=300, ago_s=290, run=[0] * 40 + [300])  # 1024..1218 ms
    stat(db, "failed", runs=30, ago_s=20)
    stat(db, "lost", runs=3, ago_s=20)
    stat(db, "snoozed", runs=1000, ago_s=20)
    stat(db, runs=9000, ago_s=301, run=[0] * 60 + [9000])

    found = row(db, "stat_queue")

    assert (found["succeeded_per_s"], float(found["failed_per_s"])) == (3, 0.11)
    assert 32 <= found["run_ms_p50"] <= 38
    assert 1024 <= found["run_ms_p95"] <= 1218
    assert found["wait_ms_p50"] is None
    by_task = row(db, "stat_task")
    assert (by_task["task"], by_task["succeeded_per_s"]) == ("t", 3)
    assert by_task["run_ms_p95"] == found["run_ms_p95"]


# --- stat_task, stat_worker, running_now ---------------------------------------------------------


def test_stat_task_tells_policy_and_places(db, clock):
    clock.advance(0)
    declare(db, "t", queue="default", priority=7, max_attempts=3)
    able(db, "t", "u")
    worker = able(db, "t")
    able(db, "t", role="supervisor")
    enqueue_n(db, 5)
    jobs = worker.claim(4)
    worker.fail(*jobs[:2], final=True)
    enqueue(db, "unheard_of")
    worker.claim()
    db.execute("select pgsched.pause_task('t')")

    found = {each["task"]: each for each in rows(db, "stat_task")}

    t = found["t"]
    assert (t["queue"], t["priority"], t["max_attempts"], t["paused"]) == ("default", 7, 3, True)
    assert (t["running"], t["dead"], t["workers"]) == (3, 2, 2)
    assert (found["unheard_of"]["running"], found["unheard_of"]["queue"]) == (1, None)


def test_stat_task_counts_what_a_pause_holds(db, worker):
    declare(db, "held")
    db.execute("select pgsched.pause_task('held')")
    enqueue_n(db, 3, "held")
    assert worker.claim() == []

    assert row(db, "stat_task", "task = 'held'")["blocked"] == 3


def test_stat_worker_tells_who_lives_and_sleeps(db, clock):
    clock.advance(0)
    busy, asleep = Worker(db, lease_s=60), Worker(db, lease_s=60)
    dead = Worker(db, lease_s=10)
    enqueue_n(db, 2)
    busy.claim()
    clock.advance(20)
    asleep.heartbeat()
    asleep.nap()

    found = {each["id"]: each for each in rows(db, "stat_worker")}

    told = ("live", "idle", "running", "seen_ago_s", "lease_left_s")
    assert [found[busy.id][name] for name in told] == [True, False, 2, 20.0, 40.0]
    assert [found[asleep.id][name] for name in told] == [True, True, 0, 0.0, 60.0]
    assert [found[dead.id][name] for name in told] == [False, False, 0, 20.0, -10.0]


def test_running_now_tells_who_runs_what_and_what_it_said(db, clock):
    clock.advance(0)
    worker = able(db, "t")
    enqueue_n(db, 2)
    quiet, vocal = worker.claim()
    for progress, message in ((0.1, "begun"), (0.5, None), (None, "half way")):
        clock.advance(1)
        worker.log(vocal, message, progress)
    db.execute("select pgsched.cancel(%s)", (vocal.id,))

    found = {each["id"]: each for each in rows(db, "running_now")}

    told = ("task", "attempt", "worker", "running_s", "cancelling", "progress", "message")
    assert [found[vocal.id][n] for n in told] == ["t", 1, "able", 3.0, True, 0.5, "half way"]
    assert [found[quiet.id][n] for n in told] == ["t", 1, "able", 3.0, False, None, None]
    log = rows(db, "job_log", "job_id = %s order by logged_at", vocal.id)
    assert [(each["message"], each["progress"]) for each in log] == [
        ("begun", 0.1), (None, 0.5), ("half way", None),
    ]  # fmt: skip


def test_stat_ended_counts_by_state(db, worker):
    enqueue_n(db, 5)
    worker.fail(*worker.claim(2), final=True)
    worker.finish(*worker.claim(1))
    db.execute("select pgsched.cancel(id) from pgsched._ready")

    found = {each["state"]: (each["jobs"], each["capped"]) for each in rows(db, "stat_ended")}

    assert found == {"dead": (2, False), "cancelled": (2, False), "expired": (0, False)}


# --- run, dead_letters, upcoming -----------------------------------------------------------------


def test_run_keeps_every_attempt_with_its_task(db, worker):
    job_id = enqueue(db, "mail")
    worker.fail(worker.claim_one(), error="first", retry_in_s=0)
    worker.finish(worker.claim_one(), results=['{"n": 1}'])

    found = rows(db, "run", "job_id = %s order by attempt", job_id)

    told = ("attempt", "task", "outcome", "charged", "worker", "error", "result")
    assert [tuple(each[name] for name in told) for each in found] == [
        (1, "mail", "failed", True, worker.id, "first", None),
        (2, "mail", "succeeded", False, worker.id, None, {"n": 1}),
    ]


def test_dead_letters_have_what_a_redrive_needs_to_know(db, worker):
    declare(db, "mail", max_attempts=4)
    job_id = enqueue(db, "mail", args={"to": "a"}, labels={"x": 1})
    cancelled = enqueue(db)
    worker.fail(worker.claim(1)[0], error="refused", final=True)
    db.execute("select pgsched.cancel(%s)", (cancelled,))

    found = row(db, "dead_letters")

    told = ("id", "task", "queue", "args", "attempt", "max_attempts", "error", "labels")
    assert [found[name] for name in told] == [
        job_id, "mail", "default", {"to": "a"}, 1, 4, "refused", {"x": 1},
    ]  # fmt: skip


def test_upcoming_has_the_next_hundred_of_each_lane_soonest_first(db, clock):
    clock.advance(0)
    enqueue(db)
    db.execute(
        "insert into pgsched.job (task, priority, due_at) select 't', p, pgsched.clock()"
        " + make_interval(secs => n) from generate_series(1, 130) as n, unnest('{0,5}'::int[]) as p"
    )
    last = enqueue(db, due_at=clock.now + timedelta(seconds=0.5), queue="other", args={"a": 1})

    found = rows(db, "upcoming")

    assert len(found) == 201
    assert found[0]["id"] == last
    assert (found[0]["due_in_s"], found[0]["args"]) == (0.5, {"a": 1})
    assert [each["due_in_s"] for each in found] == sorted(each["due_in_s"] for each in found)
    assert {each["due_in_s"] for each in found if each["queue"] == "default"} == set(range(1, 101))


def test_upcoming_has_the_slots_of_schedules(db, clock):
    clock.advance(0)
    schedule(db, args={"at": "$schedule"}, queue="q")
    schedule(db, "paused", paused=True)
    for name in ("s", "paused"):
        plan(db, *(clock.now + timedelta(minutes=n) for n in (1, 2)), name=name)
    enqueue(db, due_at=clock.now + timedelta(seconds=90))

    found = rows(db, "upcoming")
    assert [(each["schedule"], each["due_in_s"]) for each in found] == [
        ("s", 60), (None, 90), ("s", 120),
    ]  # fmt: skip
    assert (found[0]["id"], found[0]["queue"], found[0]["args"]) == (None, "q", {"at": "s"})


def test_slots_of_a_paused_schedule_hide_none_in_upcoming(db, clock):
    clock.advance(0)
    schedule(db, "paused", paused=True)
    plan(db, *(clock.now + timedelta(seconds=n) for n in range(1, 121)), name="paused")
    schedule(db)
    plan(db, clock.now + timedelta(minutes=3))

    assert [each["schedule"] for each in rows(db, "upcoming")] == ["s"]


def test_the_newest_jobs_are_found_without_reading_the_others(db):
    enqueue_n(db, 2000)
    db.execute("analyze pgsched._job")

    plan = db.execute("explain select id, state from pgsched.job order by id desc limit 20")

    assert "Sort" not in "".join(line for (line,) in plan.fetchall())


# --- explain -------------------------------------------------------------------------------------


def test_explain_names_every_reason_at_once(db, clock):
    clock.advance(0)
    declare(db, "mail")
    job_id = enqueue(db, "mail", due_at=clock.now + timedelta(hours=1), queue="post")
    db.execute("select pgsched.pause_queue('post'), pgsched.pause_task('mail')")

    found = explain(db, job_id)

    assert (found["state"], found["attempt"], found["max_attempts"]) == ("scheduled", 0, 10)
    due, queue, task, no_worker, unknown = found["reasons"]
    assert due.endswith("in 01:00:00")
    assert queue.startswith("queue post is paused")
    assert task.startswith("task mail is paused")
    assert no_worker == "no live worker on queue post"
    assert unknown == "no live worker knows task mail"


def test_explain_tells_apart_what_workers_serve_and_know(db, clock):
    clock.advance(0)
    job_id = enqueue(db)
    able(db, "other")
    able(db, "t", queues="{elsewhere}")
    able(db, "t", role="supervisor")

    assert reasons(db, job_id) == ["none of the 1 live workers on queue default knows task t"]


def test_explain_sees_that_every_worker_is_busy(db, clock):
    clock.advance(0)
    worker = able(db, "t", concurrency=2)
    enqueue_n(db, 2)
    worker.claim()
    job_id = enqueue(db)

    assert reasons(db, job_id) == ["all 1 workers of the queue are busy"]


def test_explain_counts_who_is_ahead(db, clock):
    clock.advance(0)
    able(db, "t")
    enqueue_n(db, 3)
    enqueue(db, priority=-1)
    enqueue(db, priority=50, due_at=in_an_hour())
    enqueue(db, priority=50)
    enqueue(db, priority=50, queue="other")
    job_id = enqueue(db)
    enqueue(db)

    assert reasons(db, job_id) == ["its turn comes: 4 due jobs of its queue are ahead"]


def test_explain_does_not_count_workers_whose_lease_is_over(db, clock):
    clock.advance(0)
    able(db, "t")
    job_id = enqueue(db)
    clock.advance(61)

    assert reasons(db, job_id) == [
        "no live worker on queue default",
        "no live worker knows task t",
    ]


def test_explain_has_no_reason_for_a_job_that_runs(db):
    worker = able(db, "t")
    job_id = enqueue(db)
    worker.claim()

    found = explain(db, job_id)

    assert (found["state"], found["reasons"], found["attempt"]) == ("running", [], 1)


def test_explain_says_that_a_running_job_lost_its_worker(db, clock):
    clock.advance(0)
    worker = able(db, "t")
    job_id = enqueue(db)
    worker.claim()
    clock.advance(61)
    [late] = reasons(db, job_id)
    worker.leave()
    [gone] = reasons(db, job_id)

    assert "its lease is over" in late
    assert gone.startswith("its worker is gone")


def test_explain_knows_jobs_held_by_a_pause_and_after_it(db, clock):
    clock.advance(0)
    worker = able(db, "t")
    declare(db, "t")
    job_id = enqueue(db)
    db.execute("select pgsched.pause_task('t')")
    assert worker.claim() == []
    held = explain(db, job_id)
    db.execute("update pgsched._task set paused = false")  # what resume_task() does beyond 10,000

    assert held["state"] == "blocked"
    assert held["reasons"] == ["task t is paused: pgsched.resume_task('t')"]
    assert reasons(db, job_id)[0].startswith("task t is not held any more")


def test_explain_knows_suspects(db, clock):
    clock.advance(0)
    job_id = enqueue(db)
    for _ in range(2):
        able(db, "t").claim()
        db.execute("select pgsched.leave(array(select w.id from pgsched._worker as w))")
        Worker(db).reap_all()
    able(db, "t")
    assert state(db, job_id) == "blocked"

    suspect, no_worker, *_ = reasons(db, job_id)

    assert suspect.startswith("it is a suspect")
    assert no_worker == "no live worker on queue default"
    able(db, "t", role="suspect")
    assert reasons(db, job_id) == [suspect]


@pytest.mark.parametrize(
    ("final", "attempts", "why"),
    [(True, 1, "told not to retry"), (None, 2, "out of attempts: 2 of 2 have failed")],
)
def test_explain_says_why_a_job_is_dead(db, worker, final, attempts, why):
    job_id = enqueue(db, max_attempts=2)
    for n in range(attempts):
        worker.fail(worker.claim_one(), error=f"no {n + 1}", final=final, retry_in_s=0)

    found = explain(db, job_id)

    assert (found["state"], found["attempt"]) == ("dead", attempts)
    assert found["reasons"][0] == why
    assert found["last_error"] == f"no {attempts}"


def test_explain_tells_the_attempt_and_the_error_before_a_success(db, worker):
    job_id = enqueue(db)
    worker.fail(worker.claim_one(), error="at first", retry_in_s=0)
    worker.finish(worker.claim_one())

    found = explain(db, job_id)

    assert (found["state"], found["attempt"], found["last_error"]) == ("succeeded", 2, "at first")
    assert found["reasons"][0].startswith("succeeded at ")


def test_explain_refuses_an_unknown_id(db):
    with pytest.raises(errors.Error) as refused:
        explain(db, 5)

    assert refused.value.sqlstate == PS001


# --- who may -------------------------------------------------------------------------------------


@pytest.fixture
def role(db, connect, dsn):
    """A connection as a role that was granted nothing, and the role's name."""
    name = f"pgsched_observer_{os.getpid()}"
    db.execute(f"create role {name}")
    conn = connect(dsn)
    conn.execute(f"set role {name}")
    yield conn, name
    conn.close()
    db.execute(f"drop owned by {name}")
    db.execute(f"drop role {name}")


def test_grant_observe_lets_a_role_read_every_view_and_change_nothing(db, role):
    conn, name = role
    job_id = enqueue(db)
    with pytest.raises(errors.InsufficientPrivilege):
        conn.execute("select * from pgsched.stat_queue")
    db.execute("select pgsched.grant_observe(%s::regrole)", (name,))

    for view in VIEWS:
        conn.execute(f"select * from pgsched.{view}")
    assert explain(conn, job_id)["state"] == "ready"
    for statement in (
        "insert into pgsched.job (task) values ('t')",
        f"select pgsched.cancel({job_id})",
        "select pgsched.grant_enqueue('postgres')",
        "select * from pgsched._job",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            conn.execute(statement)


def test_grant_enqueue_lets_a_role_make_jobs_and_nothing_else(db, role):
    conn, name = role
    db.execute("select pgsched.grant_enqueue(%s::regrole)", (name,))

    made = one(conn, "select pgsched.enqueue('t', '{}', delay => '1 s', labels => '{\"a\": 1}')")
    many = conn.execute("select pgsched.enqueue_many('t', '{\"{}\"}')").fetchall()
    enqueue(conn, queue="q", priority=3, max_attempts=2, timeout_s=1, key="k", trace="x")

    assert (state(db, made), len(many)) == ("scheduled", 1)
    assert one(conn, "select count(*) from pgsched.job") == 3
    for statement in (
        "insert into pgsched.job (id, task) values (1, 't')",
        "insert into pgsched.job (task, created_at) values ('t', now())",
        "select * from pgsched.stat_queue",
        f"select pgsched.explain({made})",
        f"select pgsched.cancel({made})",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            conn.execute(statement)


def test_nobody_may_call_a_private_function_but_those_that_run_with_the_caller_s_rights(db):
    open_ = db.execute(
        "select p.proname from pg_proc as p where p.pronamespace = 'pgsched'::regnamespace"
        " and p.proname ^@ '_' and has_function_privilege('public', p.oid, 'execute') order by 1"
    ).fetchall()

    of_emit = {"_cause", "_caused_by", "_emitter", "_refuse_event_column"}
    of_actors = {
        "_actor",
        "_admins_write",
        "_key_owner",
        "_owner_of",
        "_owners_seen",
        "_require_admin",
        "_require_change",
        "_require_writer",
        "_role",
    }
    of_watch = {
        "_key_columns",
        "_watch_body",
        "_watch_fits",
        "_watch_shape",
        "_watched",
        "_require_readable",
        "_require_watchable",
        "_unwatch",
        "_watch_query",
        "_watch_side",
    }
    assert {name for (name,) in open_} == {
        "_caller",
        "_due_at",
        "_enqueue_rows",
        "_expect_subscription",
        "_hot_tables",
        "_in_catalogue",
        "_job_version",
        "_refuse_id",
        "_unknown_subscription",
    } | of_emit | of_watch | of_actors


def test_every_public_view_and_function_says_what_it_does(db):
    silent = db.execute(
        "select c.relname from pg_class as c where c.relnamespace = 'pgsched'::regnamespace"
        " and c.relkind = 'v' and not c.relname ^@ '_' and obj_description(c.oid) is null"
        " union all select p.proname from pg_proc as p"
        " where p.pronamespace = 'pgsched'::regnamespace and not p.proname ^@ '_'"
        " and obj_description(p.oid) is null"
    ).fetchall()

    assert silent == []
