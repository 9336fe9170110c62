"""tick(): planned slots become jobs, once, by each schedule's policies."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.sql.actors import Worker, declare, one, state
from tests.sql.refusals import refused
from tests.sql.timetable import change, jobs, plan, planned, schedule, slots, tick

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now(clock) -> datetime:
    clock.advance(0)
    return clock.now


def test_nothing_is_due_before_its_time(db, now):
    schedule(db)
    plan(db, now + MINUTE)

    assert (tick(db), jobs(db)) == (0, [])


def test_a_slot_that_is_due_becomes_a_job_once(db, now, clock):
    schedule(db, args={"a": 1})
    plan(db, now + MINUTE)
    clock.advance(60)

    assert (tick(db), tick(db)) == (1, 0)
    [job] = jobs(db)
    assert slots(db) == [("fired", None)]
    assert one(db, "select d.job_id from pgsched._slot as d") == job
    assert one(db, "select j.args from pgsched.job as j") == {"a": 1}
    assert one(db, "select j.labels ->> 'schedule' from pgsched.job as j") == "s"


def test_the_jobs_queue_and_priority_come_from_the_schedule_else_from_the_task(db, now, clock):
    declare(db, "t", queue="slow", priority=7)
    schedule(db, "plain")
    schedule(db, "named", queue="fast", priority=-1)
    schedule(db, "unknown", task="never declared")
    for name in ("plain", "named", "unknown"):
        plan(db, now + MINUTE, name=name)
    clock.advance(60)
    tick(db)

    found = db.execute("select j.labels ->> 'schedule', j.queue, j.priority from pgsched.job as j")
    assert sorted(found.fetchall()) == [
        ("named", "fast", -1),
        ("plain", "slow", 7),
        ("unknown", "default", 0),
    ]


def test_args_may_name_the_nominal_time_and_the_schedule(db, now, clock):
    schedule(db, args={"at": "$nominal", "of": ["$schedule"], "kept": "$nominally"})
    plan(db, now + MINUTE)
    clock.advance(60)
    tick(db)

    args = one(db, "select j.args from pgsched.job as j")
    assert datetime.fromisoformat(args.pop("at")) == now + MINUTE
    assert args == {"of": ["s"], "kept": "$nominally"}


def test_two_who_tick_at_once_fire_a_slot_once(db, other_db, now, clock):
    schedule(db)
    plan(db, now + MINUTE)
    clock.advance(60)

    with db.transaction():
        assert tick(db) == 1
        assert tick(other_db) == 0  # it skips the schedule that is being decided
    assert tick(other_db) == 0
    assert slots(db) == [("fired", None)]


def test_a_tick_that_is_rolled_back_leaves_its_slots_for_the_next(db, other_db, now, clock):
    schedule(db)
    plan(db, now + MINUTE)
    clock.advance(60)

    with db.transaction(force_rollback=True):
        assert tick(db) == 1
    assert (jobs(db), tick(other_db)) == ([], 1)


def test_a_slot_that_the_plan_skips_is_recorded_and_makes_no_job(db, now, clock):
    schedule(db)
    plan(db, now + MINUTE, skipped=True, notes=[{"code": "holiday", "text": "it is Easter"}])
    clock.advance(60)

    assert (tick(db), slots(db), jobs(db)) == (1, [("skipped", "it is Easter")], [])


def test_a_slot_within_its_grace_is_fired_late(db, now, clock):
    schedule(db, misfire="skip", grace="1 minute")
    plan(db, now + MINUTE)
    clock.advance(60 + 59)

    tick(db)
    assert slots(db) == [("fired", None)]


@pytest.mark.parametrize(
    ("policy", "outcomes"),
    [
        ({"misfire": "skip"}, ["missed"] * 4 + ["fired"]),
        ({"misfire": "once"}, ["missed"] * 3 + ["fired"] * 2),
        ({"misfire": "all"}, ["fired"] * 5),
        ({"misfire": "all", "misfire_limit": 2}, ["missed"] * 2 + ["fired"] * 3),
    ],
)
def test_what_is_late_beyond_its_grace_follows_the_misfire_policy(db, now, clock, policy, outcomes):
    """Four are late; the fifth is in time."""
    schedule(db, grace="30 seconds", **policy)
    plan(db, *(now + n * MINUTE for n in range(1, 6)))
    clock.advance(300)

    assert tick(db) == 5
    assert [outcome for outcome, _ in slots(db)] == outcomes
    assert len(jobs(db)) == outcomes.count("fired")


def test_overlap_skip_makes_no_job_while_the_one_before_is_not_done(db, now, clock):
    worker = Worker(db, lease_s=3600)
    schedule(db, overlap="skip")
    plan(db, *(now + n * MINUTE for n in (1, 2, 3)))
    clock.advance(60)
    tick(db)
    held = worker.claim_one()
    clock.advance(60)
    tick(db)
    worker.finish(held)
    clock.advance(60)
    tick(db)

    assert slots(db) == [("fired", None), ("skipped", "overlap"), ("fired", None)]


def test_overlap_queue_lets_one_slot_wait_for_the_end_of_the_job_before(db, now, clock):
    worker = Worker(db, lease_s=3600)
    schedule(db, overlap="queue")
    plan(db, *(now + n * MINUTE for n in (1, 2, 3)))
    clock.advance(60)
    tick(db)
    held = worker.claim_one()
    clock.advance(120)

    assert tick(db) == 2  # one waits, one is skipped
    assert (tick(db), len(jobs(db))) == (0, 1)
    worker.finish(held)
    assert tick(db) == 1
    assert slots(db) == [("fired", None), ("fired", None), ("skipped", "overlap")]


def test_overlap_cancel_cancels_the_one_before(db, now, clock):
    schedule(db, overlap="cancel")
    plan(db, now + MINUTE, now + 2 * MINUTE)
    clock.advance(60)
    tick(db)
    clock.advance(60)
    tick(db)

    first, second = jobs(db)
    assert (state(db, first), state(db, second)) == ("cancelled", "ready")


def test_after_its_last_run_a_schedule_only_records_skipped_slots(db, now, clock):
    schedule(db, max_runs=2)
    plan(db, *(now + n * MINUTE for n in (1, 2, 3)))
    clock.advance(180)

    assert tick(db) == 3
    assert slots(db) == [("fired", None), ("fired", None), ("skipped", "max_runs")]


def test_a_condition_decides_whether_a_slot_fires(db, now, clock):
    db.execute(
        "create or replace function public.even(schedule text, nominal timestamptz) returns boolean"
        " language sql as $$ select extract(minute from nominal)::int % 2 = 0 $$"
    )
    schedule(db, condition="public.even")
    plan(db, now + MINUTE, now + 2 * MINUTE)
    clock.advance(120)
    tick(db)

    assert sorted(slots(db)) == [("fired", None), ("skipped", "condition")]


def test_a_condition_that_fails_is_the_problem_of_its_schedule_alone(db, now, clock):
    db.execute(
        "create or replace function public.broken(schedule text, nominal timestamptz)"
        " returns boolean language sql as $$ select 1 / 0 = 1 $$"
    )
    schedule(db, "bad", condition="public.broken")
    schedule(db, "good")
    for name in ("bad", "good"):
        plan(db, now + MINUTE, name=name)
    clock.advance(60)

    assert tick(db) == 2
    assert (slots(db, "bad"), slots(db, "good")) == ([("skipped", "condition")], [("fired", None)])
    problem = one(db, "select s.problem from pgsched.schedule as s where s.name = 'bad'")
    assert problem == "condition public.broken: division by zero"


def test_a_schedule_that_cannot_make_its_job_stops_no_other_and_is_tried_again(db, now, clock):
    """Its args were allowed when it was made."""
    schedule(db, "bad", args={"a": "x" * 2000})
    schedule(db, "good")
    for name in ("bad", "good"):
        plan(db, now + MINUTE, name=name)
    db.execute("update pgsched._setting set value = 1024 where name = 'args_bytes_max'")
    clock.advance(60)

    try:
        assert tick(db) == 1
    finally:
        db.execute("update pgsched._setting set value = 1048576 where name = 'args_bytes_max'")
    assert (slots(db, "bad"), slots(db, "good")) == ([], [("fired", None)])
    problem = one(db, "select s.problem from pgsched.schedule as s where s.name = 'bad'")
    assert problem == "args must not exceed 1024 bytes"
    clock.advance(60)
    assert (tick(db), len(slots(db, "bad"))) == (1, 1)


def test_a_paused_schedule_fires_nothing_and_makes_up_for_nothing(db, now, clock):
    schedule(db)
    plan(db, now + MINUTE)
    change(db, paused=True)
    clock.advance(60)

    assert (tick(db), planned(db)) == (0, [])


def test_it_says_when_the_next_slot_is_due(db, now):
    schedule(db)
    assert one(db, "select t.next_due_at from pgsched.tick() as t") is None
    plan(db, now + 2 * MINUTE, now + MINUTE)
    assert one(db, "select t.next_due_at from pgsched.tick() as t") == now + MINUTE


@pytest.mark.parametrize("limit", [0, 10_001, None])
def test_a_limit_out_of_range_is_refused(db, limit):
    with refused("PS010", "p_limit must be from 1 to 10000"):
        tick(db, limit)


def test_a_slot_is_never_decided_twice_even_if_it_is_planned_again(db, now, clock):
    schedule(db)
    plan(db, now + MINUTE)
    clock.advance(60)
    tick(db)

    assert (plan(db, now + MINUTE), tick(db)) == (0, 0)
