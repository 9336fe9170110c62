"""Workers plan and tick: planner and ticker against a real database."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest

from pgsched import calls, timetable
from pgsched import db as database
from pgsched.errors import InvalidValue, ScheduleExists, ScheduleNotFound, VersionChanged
from pgsched.worker.planner import plan_round
from tests.sql.timetable import change, planned, schedule, slots, tick
from tests.worker.processes import all_ended, eventually


def plan_all(db):
    while plan_round(db):
        pass


def problem(db, name="s"):
    [(text,)] = db.execute(
        "select s.problem from pgsched.schedule as s where s.name = %s", (name,)
    ).fetchall()
    return text


@pytest.fixture
def noon(clock) -> datetime:
    clock.set(datetime(2027, 3, 1, 12, tzinfo=UTC))  # a Monday
    return clock.now


def test_slots_are_planned_for_the_time_ahead_and_one_at_least(db, noon):
    schedule(db, "often", every="10 seconds")
    schedule(db, "daily", cron="0 6 * * *", timezone="Europe/Berlin")
    plan_all(db)

    often = planned(db, "often")
    assert often == [noon + timedelta(seconds=10 * n) for n in range(1, len(often) + 1)]
    assert 6 <= len(often) <= 13
    assert planned(db, "daily") == [datetime(2027, 3, 2, 5, tzinfo=UTC)]


def test_what_is_planned_is_not_planned_again_until_it_runs_short(db, noon, clock):
    schedule(db, every="10 seconds")
    plan_all(db)

    assert plan_round(db) == 0
    clock.advance(80)
    assert plan_round(db) == 1


def test_a_rule_that_the_planner_refuses_is_its_problem_and_others_go_on(db, noon):
    schedule(db, "bad", cron="61 * * * *")
    schedule(db, "never", cron="0 0 30 2 *")
    schedule(db, "good", every="1 hour")
    plan_all(db)

    assert "61" in problem(db, "bad")
    assert problem(db, "never")
    assert (problem(db, "good"), len(planned(db, "good"))) == (None, 1)
    change(db, "bad", cron="1 * * * *")
    plan_all(db)
    assert (problem(db, "bad"), planned(db, "bad")[0]) == (None, noon + timedelta(minutes=1))


def test_a_holiday_that_is_added_moves_what_was_planned(db, noon):
    db.execute("insert into pgsched.calendar (name) values ('office')")
    schedule(db, cron="0 18 * * *", calendar="office", roll="following")
    plan_all(db)
    assert planned(db) == [noon + timedelta(hours=6)]

    db.execute("insert into pgsched.holiday values ('office', '2027-03-01', 'Inventory')")
    tick(db)
    plan_all(db)
    [(due_at, notes)] = db.execute(
        "select p.due_at, p.notes from pgsched._plan as p where p.nominal = %s",
        (noon + timedelta(hours=6),),
    ).fetchall()
    assert due_at == noon + timedelta(hours=30)
    assert "Inventory" in notes[0]["text"]


def test_a_blackout_skips_what_falls_into_it(db, noon, clock):
    db.execute(
        "insert into pgsched.blackout values ('freeze', %s, %s, 'quarter end')",
        (noon, noon + timedelta(minutes=30)),
    )
    schedule(db, every="20 minutes", blackout="freeze")
    plan_all(db)
    clock.advance(20 * 60)
    tick(db)
    plan_all(db)

    [(outcome, reason)] = slots(db)
    assert (outcome, "quarter end" in reason) == ("skipped", True)
    assert noon + timedelta(minutes=40) in planned(db)


@pytest.mark.parametrize(
    ("policy", "fired"), [({"misfire": "once"}, 1), ({"misfire": "all", "misfire_limit": 7}, 7)]
)
def test_after_an_outage_of_hours_every_slot_is_decided_and_few_fire(
    db, noon, clock, policy, fired
):
    """3,600 slots: more than a planner takes at once."""
    schedule(db, every="1 second", **policy)
    plan_all(db)
    clock.advance(3600)
    while tick(db) or plan_round(db):
        pass

    outcomes = [outcome for outcome, _ in slots(db)]
    in_time = 61  # of the last minute: within grace
    assert outcomes.count("fired") == fired + in_time
    assert (len(outcomes), outcomes[0]) == (3600, "missed")
    assert planned(db)[0] == noon + timedelta(seconds=3601)


def test_once_is_once(db, noon, clock):
    schedule(db, at=noon + timedelta(minutes=1))
    plan_all(db)
    clock.advance(3600)
    tick(db)
    plan_all(db)

    assert (slots(db), planned(db)) == ([("fired", None)], [])


def test_a_forecast_says_when_and_why(db, noon):
    db.execute("insert into pgsched.calendar (name) values ('office')")
    db.execute("insert into pgsched.holiday values ('office', '2027-03-31', 'Inventory')")
    schedule(
        db, business="last business day of month at 18:00", calendar="office",
        timezone="America/New_York",
    )  # fmt: skip

    [march, april] = timetable.forecast(db, "s", 2)
    assert march.nominal == datetime(2027, 3, 30, 22, tzinfo=UTC)
    assert "Inventory" in march.notes[0].text
    assert april.nominal == datetime(2027, 4, 30, 22, tzinfo=UTC)


def test_python_refuses_at_once_what_sql_would_find_later(db):
    with pytest.raises(InvalidValue, match="61"):
        timetable.add(db, "s", "t", {"cron": "61 * * * *"})
    timetable.add(db, "s", "t", {"every": "1 hour"})
    with pytest.raises(InvalidValue, match="61"):
        timetable.change(db, "s", {"cron": "61 * * * *"})
    with pytest.raises(ScheduleExists):
        timetable.add(db, "s", "t", {"every": "1 hour"})
    with pytest.raises(ScheduleNotFound):
        timetable.forecast(db, "other", 1)


def test_a_change_that_expects_another_version_is_refused(db):
    timetable.add(db, "s", "t", {"every": "1 hour"})

    assert timetable.change(db, "s", {"cron": "0 * * * *"}, version=1) == 2
    with pytest.raises(VersionChanged, match="changed by somebody else"):
        timetable.change(db, "s", {"every": "2 hours"}, version=1)
    assert db.execute("select s.cron, s.every from pgsched.schedule as s").fetchall() == [
        ("0 * * * *", None)
    ]


def test_triggering_makes_a_job_now_and_moves_no_slot(db, noon):
    schedule(db, args={"a": 1})
    plan_all(db)
    before = planned(db)

    job = database.run(db, calls.trigger_schedule("s", None))
    other = database.run(db, calls.trigger_schedule("s", {"a": 2}))
    assert db.execute(
        "select j.args from pgsched.job as j where j.id in (%s, %s) order by j.id", (job, other)
    ).fetchall() == [({"a": 1},), ({"a": 2},)]
    assert planned(db) == before


def test_a_worker_fires_what_is_due(db, worker):
    worker()
    schedule(db, "beat", task="nothing", every="1 second", args={"n": 1})

    eventually(lambda: len(slots(db, "beat")) >= 2)
    db.execute("delete from pgsched.schedule")
    all_ended(db)
    assert {outcome for outcome, _ in slots(db, "beat")} == {"fired"}


def test_a_slow_condition_keeps_no_other_schedule_from_its_turn(db, worker):
    db.execute(
        "create function public.slow(schedule text, nominal timestamptz) returns boolean"
        " language sql as 'select pg_sleep(3600) is not null'"
    )
    worker()
    schedule(db, "slow", task="nothing", every="1 second", condition="public.slow")
    schedule(db, "beat", task="nothing", every="1 second")

    eventually(lambda: len(slots(db, "beat")) >= 3 and slots(db, "slow"))
    db.execute("update pgsched.schedule set paused = true")
    assert slots(db, "slow")[0] == (
        "skipped", "condition public.slow: canceling statement due to statement timeout",
    )  # fmt: skip


def test_workers_that_are_killed_while_ticking_decide_each_slot_once(db, worker):
    """Four workers, killed -9 at random and replaced: one job a slot, no slot left out."""
    dice = random.Random(7)
    alive = [worker(ready=False) for _ in range(4)]
    for n in range(20):
        schedule(db, f"s{n}", task="nothing", every="1 second", args={"n": n}, misfire="all")

    for _ in range(4):
        count = len(decided(db))
        eventually(lambda count=count: len(decided(db)) > count + 10)
        victim = alive.pop(dice.randrange(len(alive)))
        victim.kill()
        alive.append(worker(ready=False))
    db.execute("update pgsched.schedule set paused = true")

    found = decided(db)
    jobs = db.execute(
        "select j.labels ->> 'schedule', (j.labels ->> 'nominal')::timestamptz"
        " from pgsched.job as j"
    ).fetchall()
    assert sorted(jobs) == sorted(found)
    assert len(set(jobs)) == len(jobs)
    for n in range(20):
        times = sorted(nominal for name, nominal in found if name == f"s{n}")
        gaps = {later - earlier for earlier, later in itertools.pairwise(times)}
        assert gaps <= {timedelta(seconds=1)}


def decided(db):
    """Schedule and nominal time of the slots that fired."""
    return db.execute(
        "select d.schedule, d.nominal from pgsched._slot as d where d.outcome = 'fired'"
    ).fetchall()
