"""tick_apart(): schedules with conditions, jobs to cancel, or failures: they hold up no other."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import pytest

from tests.sql.actors import Worker, acting_as, declare, one, state
from tests.sql.timetable import jobs, plan, schedule, slots, tick, tick_apart

MINUTE = timedelta(minutes=1)
ROLE = f"pgsched_outsider_{os.getpid()}"


@pytest.fixture
def now(clock) -> datetime:
    clock.advance(0)
    return clock.now


@pytest.fixture
def condition(db):
    """Makes a function public.asked with this body; it goes after the test."""

    def make(body: str, language: str = "plpgsql") -> str:
        db.execute(
            "create function public.asked(schedule text, nominal timestamptz) returns boolean"
            f" language {language} as $$ {body} $$"
        )
        return "public.asked"

    yield make
    db.execute("drop function if exists public.asked")


def problem(db, name="s"):
    return one(db, "select s.problem from pgsched.schedule as s where s.name = %s", name)


def test_overlap_cancel_cancels_the_one_before(db, now, clock):
    schedule(db, overlap="cancel")
    plan(db, now + MINUTE, now + 2 * MINUTE)
    clock.advance(60)
    tick(db)
    clock.advance(60)
    assert (tick(db), tick(db)) == (1, 0)

    first, second = jobs(db)
    assert (state(db, first), state(db, second)) == ("cancelled", "ready")


def test_a_condition_decides_whether_a_slot_fires(db, now, clock, condition):
    even = condition("select extract(minute from nominal)::int % 2 = 0", "sql")
    schedule(db, condition=even)
    plan(db, now + MINUTE, now + 2 * MINUTE)
    clock.advance(120)
    tick(db)

    assert sorted(slots(db)) == [("fired", None), ("skipped", "condition")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("select 1 / 0 = 1", "condition public.asked: division by zero"),
        ("begin assert false, 'no'; return true; end", "condition public.asked: no"),
    ],
)
def test_a_condition_that_fails_is_the_problem_of_its_schedule_alone(
    db, now, clock, condition, body, reason
):
    asked = condition(body, "sql" if body.startswith("select") else "plpgsql")
    schedule(db, "bad", condition=asked)
    schedule(db, "good")
    for name in ("bad", "good"):
        plan(db, now + MINUTE, now + 2 * MINUTE, name=name)
    clock.advance(120)

    assert one(db, "select t.decided from pgsched.tick() as t") == 2  # without asking
    assert tick_apart(db, within_s=0.2) == 2
    assert (slots(db, "bad"), slots(db, "good")) == (
        [("skipped", reason)] * 2,
        [("fired", None)] * 2,
    )
    assert problem(db, "bad") == reason


@pytest.mark.parametrize(
    ("columns", "asked"),
    [
        ({"misfire": "once"}, [4, 5, 6]),
        ({"misfire": "skip"}, [5, 6]),
        ({"misfire": "all"}, [1, 2, 3, 4, 5, 6]),
        ({"paused": True}, []),
    ],
)
def test_a_condition_is_asked_for_what_may_fire_in_order(db, now, clock, condition, columns, asked):
    """Of six slots the last two are in time."""
    db.execute("create table public.seen (n serial, nominal timestamptz)")
    body = "begin insert into public.seen (nominal) values (nominal); return true; end"
    schedule(db, condition=condition(body), grace="1 minute", **columns)
    plan(db, *(now + n * MINUTE for n in range(1, 7)))
    clock.advance(360)

    try:
        assert tick(db) == 6
        seen = db.execute("select s.nominal from public.seen as s order by s.n").fetchall()
    finally:
        db.execute("drop table public.seen")
    assert [(nominal - now) // MINUTE for (nominal,) in seen] == asked
    assert [outcome for outcome, _ in slots(db)].count("fired") == len(asked)


def test_what_a_slow_condition_has_no_time_for_is_asked_again_and_not_lost(
    db, now, clock, condition
):
    """Of six late slots four may fire; the second of these four hangs."""
    hangs = "begin if extract(minute from nominal) = %s then perform pg_sleep(60); end if;"
    minute = (now + 4 * MINUTE).minute
    schedule(
        db, condition=condition(f"{hangs % minute} return true; end"),
        misfire="all", misfire_limit=4, grace="0",
    )  # fmt: skip
    plan(db, *(now + n * MINUTE for n in range(1, 7)))
    clock.advance(361)

    assert tick_apart(db, within_s=0.2) == 3
    assert tick(db) == 0  # others have their turn
    clock.advance(5)
    assert tick_apart(db, within_s=0.2) == 1
    clock.advance(5)
    assert (tick(db), problem(db)) == (2, None)
    reason = "condition public.asked: canceling statement due to statement timeout"
    assert slots(db) == [
        ("missed", "late"), ("missed", "late"), ("fired", None), ("skipped", reason),
        ("fired", None), ("fired", None),
    ]  # fmt: skip


def test_a_settling_that_is_cut_off_is_the_problem_of_its_schedule(
    db, other_db, now, clock, condition
):
    """Here because somebody else holds a lock that it needs."""
    schedule(db, condition=condition("begin return true; end"))
    plan(db, now + MINUTE)
    clock.advance(60)

    with other_db.transaction():
        other_db.execute("lock table pgsched._slot in exclusive mode")
        assert tick_apart(db, within_s=0.2) == 0
    assert problem(db) == "canceling statement due to statement timeout"
    assert tick(db) == 0
    clock.advance(60)
    assert (tick(db), slots(db), problem(db)) == (1, [("fired", None)], None)


def test_while_a_condition_is_asked_others_tick(db, other_db, now, clock, condition):
    schedule(db, "bad", condition=condition("begin return true; end"))
    schedule(db, "good")
    for name in ("bad", "good"):
        plan(db, now + MINUTE, name=name)
    clock.advance(60)

    with db.transaction():
        assert one(db, "select pgsched.tick_apart()") == 1
        assert (tick(other_db), slots(other_db, "good")) == (1, [("fired", None)])


def test_a_condition_that_is_gone_is_a_problem(db, now, clock, condition):
    schedule(db, condition=condition("begin return true; end"))
    db.execute("drop function public.asked")
    plan(db, now + MINUTE)
    clock.advance(60)

    assert tick(db) == 1
    assert "condition must be a function" in problem(db)


def test_a_condition_of_somebody_without_our_rights_is_not_called(
    db, connect, dsn, now, clock, condition
):
    """It would run with the rights of whoever ticks."""
    schedule(db, condition=condition("begin return true; end"))
    plan(db, now + MINUTE)
    clock.advance(60)

    with acting_as(db, connect, dsn, ROLE, f"alter function public.asked owner to {ROLE}"):
        assert tick(db) == 1
        assert [outcome for outcome, _ in slots(db)] == ["skipped"]
        assert f"its owner, {ROLE}, must be" in problem(db)
        db.execute("alter function public.asked owner to current_user")


def test_what_waits_for_a_job_to_cancel_is_tried_again_and_holds_up_no_other(
    db, other_db, now, clock
):
    """A transactional handler may hold its claim for minutes."""
    declare(db, "t", transactional=True)
    worker = Worker(db, lease_s=3600)
    schedule(db, "slow", overlap="cancel")
    schedule(db, "good")
    plan(db, now + MINUTE, now + 2 * MINUTE, name="slow")
    clock.advance(60)
    tick(db)
    held = worker.claim_one()
    clock.advance(60)
    plan(db, now + 2 * MINUTE + timedelta(seconds=1), name="good")
    clock.advance(1)

    with other_db.transaction():
        worker.on(other_db).complete(held)
        assert one(db, "select t.decided from pgsched.tick() as t") == 1
        assert (tick_apart(db), slots(db, "good")) == (0, [("fired", None)])
        assert (tick_apart(db), problem(db, "slow")) == (0, None)  # not yet again
    clock.advance(1)
    assert tick_apart(db) == 1
    assert slots(db, "slow") == [("fired", None)] * 2
    assert state(db, held.id) == "succeeded"


def test_what_failed_is_tried_again_apart_so_that_the_others_go_on_together(db, now, clock):
    schedule(db, "bad", args={"a": "x" * 2000}, misfire="skip", grace="30 seconds")
    plan(db, now + MINUTE, name="bad")
    db.execute("update pgsched._setting set value = 1024 where name = 'args_bytes_max'")
    clock.advance(60)
    try:
        assert tick(db) == 0
        assert db.execute("select t.decided, t.apart from pgsched.tick() as t").fetchall() == [
            (0, False)
        ]
        clock.advance(60)
        assert db.execute("select t.decided, t.apart from pgsched.tick() as t").fetchall() == [
            (0, True)
        ]
    finally:
        db.execute("update pgsched._setting set value = 1048576 where name = 'args_bytes_max'")

    assert tick(db) == 1
    assert slots(db, "bad") == [("missed", "late")]  # by now it is late, and misfire says so
    assert problem(db, "bad") is None


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
