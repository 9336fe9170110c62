"""What a change does to slots: none is lost, none fires twice, and whoever changes waits little."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from pgsched.worker.planner import plan_round
from tests.sql.actors import one, wait_until_blocked
from tests.sql.refusals import refused
from tests.sql.timetable import change, jobs, plan, plan_no, planned, schedule, slots, tick

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Of March 2027, whose 1st is a Monday."""
    return datetime(2027, 3, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def blocked(db, connect, dsn):
    """Runs a statement that has to wait, on a connection of its own; gives what awaits its end."""
    with ThreadPoolExecutor() as pool:

        def run(statement: str) -> Callable[[], object]:
            conn = connect(dsn)
            ended = pool.submit(conn.execute, statement)
            wait_until_blocked(db, conn)
            return ended.result

        yield run


def settle(db):
    """Plan and tick until nothing is left to do."""
    while tick(db) or plan_round(db):
        pass


@pytest.fixture
def office(db):
    db.execute("insert into pgsched.calendar (name) values ('office')")


@pytest.fixture
def saturday_on_friday(db, office, clock):
    """A schedule whose Saturday's 10:00 has fired on Friday, and it is Friday noon."""
    clock.set(at(5, 9))
    schedule(db, cron="0 10 * * 6", calendar="office", roll="preceding")
    settle(db)
    clock.set(at(5, 10))
    settle(db)
    assert slots(db) == [("fired", None)]
    clock.set(at(5, 12))


def test_a_slot_that_is_due_before_its_nominal_time_is_planned_in_time(db, saturday_on_friday):
    assert (len(jobs(db)), planned(db)) == (1, [at(13, 10)])


@pytest.mark.parametrize(
    "columns",
    [{"labels": {"a": 1}}, {"priority": 1}, {"paused": True}, {"misfire": "all"}, {"grace": "0"}],
    ids=str,
)
def test_a_change_of_anything_but_its_times_plans_nothing_anew(db, saturday_on_friday, columns):
    before = plan_no(db)
    change(db, **columns)

    assert (plan_no(db), planned(db)) == (before, [at(13, 10)])


@pytest.mark.parametrize(
    "what",
    [
        "update pgsched.schedule set roll = 'modified_following'",
        "insert into pgsched.holiday values ('office', '2027-03-31', 'Inventory')",
        "select pgsched.pause_schedule('s'), pgsched.resume_schedule('s')",
        "delete from pgsched.schedule",
    ],
)
def test_what_was_decided_is_not_planned_again(db, saturday_on_friday, clock, what):
    """Saturday's 10:00 is still to come, nominally."""
    db.execute(what)
    if what.startswith("delete"):
        schedule(db, cron="0 10 * * 6", calendar="office", roll="preceding")
    settle(db)

    clock.set(at(6, 12))
    settle(db)
    assert (slots(db), planned(db)) == ([("fired", None)], [at(13, 10)])


def test_a_change_on_sunday_leaves_monday_its_one_job(db, office, clock):
    clock.set(at(6, 9))
    schedule(db, cron="0 10 * * *", calendar="office", roll="following")
    settle(db)
    clock.set(at(7, 12))
    settle(db)
    change(db, timezone="Africa/Abidjan")
    settle(db)
    clock.set(at(8, 10))
    settle(db)

    assert [outcome for outcome, _ in slots(db)] == ["skipped", "skipped", "fired"]
    assert len(jobs(db)) == 1


def test_one_that_is_made_on_sunday_runs_on_monday(db, office, clock):
    """Saturday's, which would have come first, is none of it."""
    clock.set(at(7, 12))
    schedule(db, cron="0 10 * * *", calendar="office", roll="following")
    settle(db)
    clock.set(at(8, 10))
    settle(db)

    assert slots(db) == [("fired", None)]


def test_a_change_of_the_calendar_loses_no_slot_that_was_moved(db, office, clock):
    clock.set(at(6, 9))
    schedule(db, cron="0 10,14 * * *", calendar="office", roll="following")
    settle(db)
    clock.set(at(8, 12))
    settle(db)
    assert len(jobs(db)) == 1
    db.execute("insert into pgsched.holiday values ('office', '2027-03-31', 'Inventory')")
    settle(db)
    clock.set(at(8, 14))
    settle(db)

    assert len(jobs(db)) == 2
    assert len(slots(db)) == 6


def test_jitter_loses_no_slot_when_the_calendar_changes(db, office, clock):
    clock.set(at(1, 9))
    schedule(
        db, every="10 seconds", calendar="office", jitter="1 hour", misfire="all", misfire_limit=999
    )
    for n in range(30):
        clock.set(at(1, 9) + n * MINUTE)
        settle(db)
        db.execute(
            "insert into pgsched.holiday values ('office', date '2027-04-01' + %s, 'x')", (n,)
        )
    db.execute("update pgsched.schedule set ends_at = %s", (clock.now,))
    settle(db)
    clock.advance(7200)
    settle(db)

    nominals = [n for (n,) in db.execute("select nominal from pgsched._slot order by 1").fetchall()]
    assert nominals == [at(1, 9) + n * timedelta(seconds=10) for n in range(1, 6 * 29 + 1)]
    assert len(jobs(db)) == len(nominals)


def test_late_and_waiting_slots_survive_a_change_of_the_rule(db, clock):
    clock.set(at(1, 9))
    schedule(db, every="1 minute", overlap="queue", misfire="all", grace="0")
    plan(db, *(clock.now + n * MINUTE for n in (1, 2, 3, 4)))
    clock.advance(120)
    tick(db)  # the first fires, the second waits
    clock.advance(60)
    change(db, every="1 hour")

    assert planned(db) == [at(1, 9, 2), at(1, 9, 3)]
    settle(db)
    assert planned(db) == [at(1, 9, 2), at(1, 10)]
    assert slots(db) == [("fired", None), ("skipped", "overlap")]


def test_a_change_begins_when_it_has_the_row(db, other_db, clock, blocked):
    """Not when it was asked for: a tick may have decided slots meanwhile."""
    schedule(db, every="1 second")
    with other_db.transaction():
        other_db.execute("select from pgsched._schedule for update")
        done = blocked("update pgsched.schedule set every = '2 seconds'")
        before = one(other_db, "select clock_timestamp()")
    done()

    since, to = db.execute("select since, planned_to from pgsched._schedule").fetchall()[0]
    assert before < since == to


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("update pgsched.schedule set priority = 1", "update pgsched.schedule set queue = 'q'"),
        ("update pgsched.schedule set priority = 1", "delete from pgsched.schedule"),
        ("delete from pgsched.schedule", "update pgsched.schedule set queue = 'q'"),
    ],
)
def test_of_two_who_change_at_once_the_second_is_told(db, other_db, blocked, first, second):
    schedule(db)
    with other_db.transaction():
        other_db.execute(first)
        done = blocked(second)

    with refused("PS026", "changed by somebody else"):
        done()


def test_change_schedule_without_a_version_looks_again(db, other_db, blocked):
    schedule(db)
    with other_db.transaction():
        other_db.execute("update pgsched.schedule set priority = 1")
        done = blocked("select pgsched.change_schedule('s', '{\"queue\": \"q\"}')")
    done()

    found = db.execute("select priority, queue, version from pgsched.schedule").fetchall()
    assert found == [(1, "q", 3)]


def test_a_plan_for_a_schedule_that_was_deleted_is_none_for_its_namesake(db, clock):
    clock.advance(0)
    schedule(db)
    old = plan_no(db)
    db.execute("delete from pgsched.schedule")
    schedule(db, every="1 hour")

    assert plan(db, clock.now + MINUTE, no=old) == 0


def test_a_planner_waits_for_nobody(db, other_db, clock):
    """People lock several schedules, in any order: whoever waits for one could be in a circle."""
    clock.advance(0)
    schedule(db)
    with other_db.transaction():
        other_db.execute("update pgsched.schedule set priority = 1")
        assert plan(db, clock.now + MINUTE) == 0
    assert plan(db, clock.now + MINUTE) == 1


def test_an_edit_of_holidays_holds_up_nobody_and_counts_once_it_is_committed(
    db, other_db, office, clock
):
    clock.set(at(1, 9))
    schedule(db, cron="0 10,14 * * *", calendar="office")
    settle(db)
    with other_db.transaction():
        other_db.execute("insert into pgsched.holiday values ('office', '2027-03-02', 'x')")
        change(db, priority=3)
        clock.set(at(1, 10))
        settle(db)
        clock.set(at(1, 14))
        settle(db)
        assert (slots(db), planned(db)) == ([("fired", None)] * 2, [at(2, 10)])
    settle(db)
    assert planned(db) == [at(2, 10), at(2, 14), at(3, 10)]
    assert one(db, "select next_at from pgsched.schedule") == at(3, 10)


def test_a_calendar_that_comes_after_its_schedules_heals_them(db, clock):
    clock.set(at(1, 9))
    schedule(db, business="last business day of month at 18:00", calendar="late and not late2")
    settle(db)
    assert "late" in one(db, "select problem from pgsched.schedule")
    db.execute("insert into pgsched.calendar (name) values ('late'), ('late2')")
    settle(db)

    assert one(db, "select problem from pgsched.schedule") is None
    assert len(planned(db)) == 1


def test_a_holiday_that_goes_to_another_calendar_concerns_both(db, clock):
    clock.set(at(1, 9))
    db.execute("insert into pgsched.calendar (name) values ('one'), ('two')")
    db.execute("insert into pgsched.holiday values ('one', '2027-03-01', 'x')")
    for name in ("one", "two"):
        schedule(db, name, cron="0 10 * * 1", calendar=name)
    settle(db)
    db.execute("update pgsched.holiday set calendar = 'two'")
    settle(db)

    shown = {name: one(db, "select next_at from pgsched.schedule where name = %s", name)
             for name in ("one", "two")}  # fmt: skip
    assert shown == {"one": at(1, 10), "two": at(8, 10)}
    versions = db.execute("select version from pgsched.calendar order by name").fetchall()
    assert all(version > 1 for (version,) in versions)
