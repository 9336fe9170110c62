"""tick(): planned slots become jobs, once, by each schedule's policies."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.sql.actors import Worker, declare, one
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


def test_times_in_args_and_labels_are_in_utc_whoever_ticks(db, now, clock):
    schedule(db, args={"at": "$nominal"})
    plan(db, now + MINUTE)
    said = f"{now + MINUTE:%Y-%m-%dT%H:%M}"

    with db.transaction():
        db.execute("set local timezone = 'Asia/Kolkata'")
        assert one(db, "select u.args ->> 'at' from pgsched.upcoming as u").startswith(said)
        clock.advance(60)
        tick(db)
        db.execute("select pgsched.trigger_schedule('s')")
        found = db.execute("select j.args ->> 'at', j.labels ->> 'nominal' from pgsched.job as j")
        texts = [text for row in found.fetchall() for text in row if text]
    assert [text[:16] for text in texts] == [said] * 3
    assert {text[-6:] for text in texts} == {"+00:00"}


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


def test_after_its_last_run_a_schedule_ends(db, now, clock):
    """What is due with it is recorded as skipped, what is to come goes."""
    schedule(db, max_runs=2)
    plan(db, *(now + n * MINUTE for n in (1, 2, 3, 4)))
    clock.advance(180)

    assert tick(db) == 3
    assert slots(db) == [("fired", None), ("fired", None), ("skipped", "max_runs")]
    assert planned(db) == []


def test_slots_of_a_paused_schedule_are_recorded_as_skipped(db, now, clock):
    """Also those that were planned before; nothing is made up for."""
    schedule(db)
    plan(db, now + MINUTE)
    change(db, paused=True)
    plan(db, now + 2 * MINUTE)
    clock.advance(120)

    assert (tick(db), slots(db), jobs(db)) == (2, [("skipped", "paused")] * 2, [])


def test_a_slot_that_waits_goes_on_waiting_while_its_schedule_is_paused(db, now, clock):
    worker = Worker(db, lease_s=3600)
    schedule(db, overlap="queue")
    plan(db, now + MINUTE, now + 2 * MINUTE)
    clock.advance(120)
    tick(db)
    worker.finish(worker.claim_one())
    change(db, paused=True)

    assert (tick(db), len(jobs(db))) == (0, 1)
    change(db, paused=False)
    assert (tick(db), len(jobs(db))) == (1, 2)


def test_a_newer_slot_does_not_overtake_one_that_waits(db, now, clock):
    worker = Worker(db, lease_s=3600)
    schedule(db, overlap="queue")
    plan(db, *(now + n * MINUTE for n in (1, 2, 3, 4)))
    clock.advance(120)
    tick(db)
    clock.advance(60)
    worker.finish(worker.claim_one())

    assert tick(db) == 2
    assert slots(db) == [("fired", None)] * 2
    assert [at for (at,) in held(db)] == [now + 3 * MINUTE]
    assert one(db, "select s.next_at from pgsched.schedule as s") == now + 4 * MINUTE


def test_a_job_that_was_triggered_does_not_hide_one_that_runs(db, now, clock):
    worker = Worker(db, lease_s=3600)
    schedule(db, overlap="skip")
    plan(db, now + MINUTE, now + 2 * MINUTE)
    clock.advance(60)
    tick(db)
    worker.claim_one()
    db.execute("select pgsched.trigger_schedule('s')")
    worker.finish(worker.claim_one())
    clock.advance(60)

    assert (tick(db), slots(db)) == (1, [("fired", None), ("skipped", "overlap")])


def test_a_slot_waits_for_a_job_that_was_triggered(db, now, clock):
    schedule(db, overlap="skip")
    plan(db, now + MINUTE)
    db.execute("select pgsched.trigger_schedule('s')")
    clock.advance(60)

    assert (tick(db), slots(db)) == (1, [("skipped", "overlap")])


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


def test_a_slot_that_was_decided_before_leaves_the_plan_without_a_word(db, now, clock):
    schedule(db)
    plan(db, now + MINUTE, now + 2 * MINUTE)
    db.execute(
        "insert into pgsched._slot values ('s', %s, 'skipped', 'by hand', null, now())",
        (now + MINUTE,),
    )
    clock.advance(120)

    assert (tick(db), planned(db)) == (1, [])
    assert slots(db) == [("skipped", "by hand"), ("fired", None)]


def held(db):
    """Nominal times of the slots that wait."""
    return db.execute("select s.nominal from pgsched.slot as s where s.outcome = 'held'").fetchall()
