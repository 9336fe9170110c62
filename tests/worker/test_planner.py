"""The planner: each schedule by itself, far enough, with all that may run and no more."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest

from pgsched import calls, timetable
from pgsched import db as database
from pgsched.worker.planner import plan_round, planned
from pgsched.worker.rounds import Rounds
from pgsched.worker.ticker import Ticker
from tests.sql.actors import Worker, one
from tests.sql.timetable import jobs, plan, schedule, slots, tick
from tests.sql.timetable import planned as nominals

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def noon(clock) -> datetime:
    clock.set(datetime(2027, 3, 1, 12, tzinfo=UTC))  # a Monday
    return clock.now


def settle(db):
    while tick(db) or plan_round(db):
        pass


def test_a_delay_is_planned_whatever_the_fraction_of_the_second(db):
    """By the real clock, which hardly ever stands on a whole second."""
    schedule(db, after="10 minutes")
    settle(db)

    assert (one(db, "select problem from pgsched.schedule"), len(nominals(db))) == (None, 1)


def test_whatever_goes_wrong_with_a_schedule_is_its_problem_for_a_minute(db, noon, clock):
    schedule(db)
    row = database.run(db, calls.schedule("s"))
    found = planned(row._replace(jitter_s=None), {}, [])
    database.run(db, calls.plan([found]))

    assert one(db, "select problem from pgsched.schedule").startswith("TypeError: ")
    assert plan_round(db) == 0
    clock.advance(61)
    settle(db)
    assert one(db, "select problem from pgsched.schedule") is None


def test_a_thread_of_the_worker_survives_what_nobody_thought_of(dsn, caplog):
    class Odd(Rounds):
        rounds = 0
        again = threading.Event()

        def _round(self, conn):
            Odd.rounds += 1
            if Odd.rounds == 1:
                raise IndexError("list index out of range")
            self.again.set()
            self._rest()

    thread = Odd(dsn, "odd thread", 0.01)
    with caplog.at_level(logging.WARNING, "pgsched.worker"):
        thread.start()
        assert thread.again.wait(10)
        thread.close()

    assert "odd thread pauses" in caplog.text
    assert "list index out of range" in caplog.text


@pytest.mark.parametrize("rule", [{"at": "2027-03-01 12:00:01+00"}, {"cron": "0 0 30 2 *"}])
def test_a_schedule_that_is_over_or_wrong_can_be_looked_at_and_changed(db, noon, clock, rule):
    schedule(db, **rule)
    settle(db)
    clock.advance(10)
    settle(db)

    with db.transaction():
        db.execute("set transaction read only")  # as on a standby
        assert database.run(db, calls.schedule("s")).name == "s"
    assert timetable.change(db, "s", {"every": "1 hour"}) == 2
    assert len(timetable.forecast(db, "s", 3)) == 3


def test_looking_at_a_schedule_waits_for_nobody(db, other_db, noon):
    schedule(db)
    with db.transaction():
        db.execute("update pgsched.schedule set priority = 1")
        assert len(timetable.forecast(other_db, "s", 3)) == 3


def test_slots_that_are_skipped_do_not_count_as_runs(db, noon, clock):
    """A long job lets four of the first five slots be skipped; five jobs come all the same."""
    worker = Worker(db, lease_s=3600)
    schedule(db, every="10 seconds", max_runs=5, overlap="skip")
    settle(db)
    clock.advance(10)
    settle(db)
    first = worker.claim_one()
    for _ in range(10):
        clock.advance(10)
        settle(db)
    worker.finish(first)
    for _ in range(10):
        clock.advance(10)
        settle(db)
        worker.finish(*worker.claim())

    assert (len(jobs(db)), nominals(db)) == (5, [])


def test_fewer_runs_than_there_were_is_no_problem(db, noon, clock):
    schedule(db, every="1 minute")
    settle(db)
    for _ in range(3):
        clock.advance(60)
        settle(db)
    db.execute("update pgsched.schedule set max_runs = 2")
    settle(db)

    assert one(db, "select problem from pgsched.schedule") is None
    clock.advance(60)
    settle(db)
    assert len(jobs(db)) == 3
    db.execute("update pgsched.schedule set max_runs = 4")
    settle(db)
    clock.advance(60)
    settle(db)
    assert len(jobs(db)) == 4


def test_once_keeps_the_last_that_can_run_though_thousands_after_it_cannot(db, noon, clock):
    freeze = (noon + 10 * MINUTE, noon + 120 * MINUTE)
    db.execute("insert into pgsched.blackout values ('freeze', %s, %s, 'x')", freeze)
    schedule(db, every="1 second", blackout="freeze", misfire="once")
    settle(db)
    clock.advance(110 * 60)
    settle(db)

    fired = db.execute("select nominal from pgsched._slot where outcome = 'fired'").fetchall()
    assert fired == [(noon + 10 * MINUTE - SECOND,)]
    assert len(slots(db)) == 110 * 60


def test_jitter_of_part_of_a_second_is_no_more(db, noon):
    schedule(db, every="1 second", jitter=timedelta(seconds=0.5))
    settle(db)

    most = one(db, "select max(due_at - nominal) from pgsched._plan")
    assert timedelta() < most <= timedelta(seconds=0.5)


def test_blackouts_that_are_over_count_while_others_follow_them_without_a_gap(db, noon):
    """Together they are one: a slot before it may have taken the place of one after it."""
    windows = {"over": (-20, -15), "first": (-9, -5), "second": (-6, -1), "third": (-1, 9)}
    for reason, (begin, end) in windows.items():
        db.execute(
            "insert into pgsched.blackout values ('b', %s, %s, %s)",
            (noon + begin * MINUTE, noon + end * MINUTE, reason),
        )

    found = database.run(db, calls.blackouts(noon))
    assert [each.reason for each in found] == ["first", "second", "third"]


def test_a_daily_slot_that_can_move_back_is_not_looked_for_each_minute(db, noon, clock):
    db.execute("insert into pgsched.calendar (name) values ('office')")
    schedule(db, cron="0 10 * * *", calendar="office", roll="preceding")
    settle(db)
    clock.advance(61)

    assert plan_round(db) == 0


def test_slots_that_keep_coming_due_do_not_keep_it_from_planning(db, dsn):
    schedule(db, "busy")
    schedule(db, "new", every="1 second")
    now = one(db, "select date_trunc('second', clock_timestamp())")
    plan(db, now, name="busy")

    Ticker(dsn)._work(db)
    assert (slots(db, "busy"), nominals(db, "new") != []) == ([("fired", None)], True)


def test_a_schedule_that_cannot_be_ticked_does_not_keep_it_from_planning(db, dsn, monkeypatch):
    schedule(db, "bad", overlap="cancel")
    schedule(db, "new", every="1 second")
    plan(db, one(db, "select date_trunc('second', clock_timestamp())"), name="bad")
    db.execute("update pgsched._schedule set retry_at = now() where name = 'bad'")
    monkeypatch.setattr(calls, "tick_apart", lambda: calls.base.Call("select 1 / 0", [], list))

    Ticker(dsn)._work(db)
    assert nominals(db, "new") != []


def test_it_looks_less_and_less_often_for_what_somebody_else_has_locked(db, other_db, dsn):
    schedule(db)
    plan(db, one(db, "select date_trunc('second', clock_timestamp())"))
    ticker = Ticker(dsn)

    with other_db.transaction():
        other_db.execute("update pgsched.schedule set priority = 1")
        waits = [ticker._work(db) for _ in range(6)]
    assert waits == [0.005, 0.01, 0.02, 0.04, 0.08, 0.08]
    assert (ticker._work(db), slots(db)) == (0.0, [("fired", None)])


def test_each_new_schedule_has_its_next_slots_before_any_has_all(db, noon):
    for name in ("a", "b", "c"):
        schedule(db, name, every="1 second")
    rounds: list[list[int]] = []
    while plan_round(db, 2):
        rounds.append([len(nominals(db, name)) for name in ("a", "b", "c")])

    first = next(found for found in rounds if min(found))
    assert max(first) < 15
    assert min(rounds[-1]) >= 60
