"""Who may keep schedules, and with whose rights what they bring about is done."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from pgsched import calls, observe, timetable
from pgsched.db import run
from pgsched.moves import moves
from tests.sql.actors import acting_as, one
from tests.sql.refusals import refused
from tests.sql.timetable import change, plan, schedule, slots, tick

ROLE = f"pgsched_planner_{os.getpid()}"
DENIED = "42501"
ASKED = """
create or replace function public.asked(schedule text, nominal timestamptz) returns boolean
 language sql as 'select true'
"""


@pytest.fixture
def keeper(db, connect, dsn):
    """A connection as a role that may keep schedules, and nothing else."""
    db.execute(ASKED)
    with acting_as(db, connect, dsn, ROLE, f"select pgsched.grant_schedule('{ROLE}')") as conn:
        yield conn
    db.execute("drop function public.asked")


def test_who_may_keep_schedules_makes_changes_and_triggers_them(db, keeper, clock):
    clock.advance(0)
    schedule(keeper, args={"a": 1})
    change(keeper, every="2 minutes")
    keeper.execute("select pgsched.change_schedule('s', '{\"priority\": 3}')")
    keeper.execute("select pgsched.pause_schedule('s'), pgsched.resume_schedule('s')")
    job = one(keeper, "select pgsched.trigger_schedule('s')")
    plan(db, clock.now + timedelta(minutes=1))
    clock.advance(60)
    tick(db)

    assert one(db, "select args from pgsched.job where id = %s", job) == {"a": 1}
    assert one(keeper, "select version from pgsched.schedule") == 5
    assert one(keeper, "select count(*) from pgsched.slot") == 1
    keeper.execute("select pgsched.remove_schedule('s')")
    assert one(keeper, "select count(*) from pgsched.schedule") == 0


GRANTED = [
    pytest.param(f"select pgsched.grant_{what}('{ROLE}')", id=what)
    for what in ("schedule", "observe")
]


@pytest.mark.parametrize("granted", GRANTED)
def test_who_may_read_schedules_may_foresee_them(db, connect, dsn, granted):
    db.execute("insert into pgsched.calendar (name) values ('office')")
    timetable.add(db, "s", "t", {"cron": "0 6 * * *", "calendar": "office", "blackout": "b"})
    with acting_as(db, connect, dsn, ROLE, granted) as reader:
        assert timetable.forecast(reader, "s", 3) == timetable.forecast(db, "s", 3)
        [row] = run(reader, observe.schedules().all)
        assert (row["name"], row["overridden"]) == ("s", None)
        assert run(reader, calls.calendars()).keys() == {"office"}


def test_who_may_keep_schedules_does_so_from_python(db, keeper):
    db.execute("insert into pgsched.calendar (name) values ('office')")
    timetable.add(keeper, "s", "t", {"cron": "0 6 * * *", "calendar": "office", "blackout": "b"})
    with moves(keeper, ["s"]) as moved:
        timetable.change(keeper, "s", {"cron": "0 7 * * *"})

    assert [each.now.due_at.hour for each in moved[:2]] == [7, 7]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into pgsched.job (task) values ('t')",
        "select from pgsched._schedule",
        "insert into pgsched._schedule default values",
        "select pgsched._put_schedule(null, true)",
        "select pgsched._settle_slots('{}', '{}', now())",
        "insert into pgsched.holiday values ('c', '2027-01-01', 'x')",
    ],
)
def test_and_nothing_else(keeper, statement):
    with refused(DENIED, "permission denied"):
        keeper.execute(statement)


def test_who_was_not_granted_it_keeps_none(db, connect, dsn):
    usage = f"grant usage on schema pgsched to {ROLE}"
    with acting_as(db, connect, dsn, ROLE, usage) as stranger:
        for statement in (
            "insert into pgsched.schedule (name, task, every) values ('s', 't', '1 minute')",
            "select pgsched.trigger_schedule('s')",
            "select pgsched.change_schedule('s', '{}')",
        ):
            with refused(DENIED, "permission denied"):
                stranger.execute(statement)


def test_a_condition_is_named_only_by_who_may_call_it(db, keeper):
    """The ticker, who calls it, may call more."""
    schedule(keeper, condition="public.asked")
    db.execute("revoke execute on function public.asked from public")

    change(keeper, priority=1)
    with refused(DENIED, "permission denied for the condition public.asked"):
        schedule(keeper, "other", condition="public.asked")
    with refused("PS010", "condition must be a function"):
        schedule(keeper, "other", condition="public.other")


def test_slots_fire_with_a_condition_of_the_owner(db, keeper, clock):
    clock.advance(0)
    schedule(keeper, condition="public.asked")
    plan(db, clock.now + timedelta(minutes=1))
    clock.advance(60)

    assert (tick(db), slots(db)) == (1, [("fired", None)])
