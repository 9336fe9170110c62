"""Who may keep schedules, and with whose rights what they bring about is done."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

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
