"""Which coming runs a change moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from pgsched import timetable
from pgsched.moves import moves
from pgsched.time import Occasion, Plan


@pytest.fixture
def dsn(shared_dsn):
    """A database that is shared: nothing here changes its schema."""
    return shared_dsn


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def noon(clock) -> datetime:
    clock.set(datetime(2027, 3, 1, 12, tzinfo=UTC))  # a Monday
    return clock.now


def test_a_holiday_moves_what_would_run_on_it(db, noon):
    db.execute("insert into pgsched.calendar (name) values ('office')")
    timetable.add(db, "s", "t", {"cron": "0 18 2 3 *", "calendar": "office", "roll": "following"})
    with moves(db, ["s"]) as moved:
        db.execute("insert into pgsched.holiday values ('office', '2027-03-02', 'Inventory')")

    [tuesday] = moved
    assert (tuesday.schedule, tuesday.was.due_at) == ("s", noon + DAY + 6 * HOUR)
    assert tuesday.now.due_at == noon + 2 * DAY + 6 * HOUR
    assert "Inventory" in tuesday.now.notes[0].text


def test_a_change_that_is_only_tried_tells_the_same_and_changes_nothing(db, noon):
    timetable.add(db, "s", "t", {"cron": "0 0 1 1 *", "max_runs": 2})
    with moves(db, ["s"], dry_run=True) as tried:
        timetable.change(db, "s", {"cron": "0 6 1 1 *"})
    assert timetable.forecast(db, "s", 1)[0].nominal.hour == 0
    with moves(db, ["s"]) as moved:
        timetable.change(db, "s", {"cron": "0 6 1 1 *"})

    assert tried == moved
    assert [(each.was.due_at.hour, each.now.due_at.hour) for each in moved] == [(0, 6)]


def test_what_comes_and_what_goes_has_nothing_on_the_other_side(db, noon):
    timetable.add(db, "s", "t", {"every": "1 hour", "max_runs": 4})
    with moves(db, ["s"]) as ended:
        timetable.change(db, "s", {"max_runs": 2})
    with moves(db, ["s"]) as more:
        timetable.change(db, "s", {"max_runs": 3})

    assert [each.was.due_at for each in ended] == [noon + 3 * HOUR, noon + 4 * HOUR]
    assert {each.now for each in ended} == {None}
    assert [(each.was, each.now.due_at) for each in more] == [(None, noon + 3 * HOUR)]


def test_moves_look_no_further_than_both_forecasts(db, noon):
    """Of an endless schedule the next 500: of twice as many, the same time is half as long."""
    timetable.add(db, "s", "t", {"every": "1 hour"})
    with moves(db, ["s"]) as moved:
        timetable.change(db, "s", {"every": "30 minutes"})

    assert [each.was for each in moved] == [None] * 250
    assert moved[-1].now.due_at < noon + 251 * HOUR


def test_moves_look_a_year_ahead_and_not_at_centuries(db, noon, monkeypatch):
    looked: list[datetime] = []

    def counted(plan: Plan, instant: datetime) -> Iterator[Occasion]:
        for each in after(plan, instant):
            looked.append(each.nominal)
            yield each

    after = Plan.after
    monkeypatch.setattr(Plan, "after", counted)
    timetable.add(db, "s", "t", {"cron": "0 0 1 1 *"})
    looked.clear()
    with moves(db, ["s"]):
        pass

    assert looked == [noon.replace(year=y, month=1, day=1, hour=0) for y in (2028, 2029)] * 2


def test_a_change_that_takes_its_time_moves_nothing_at_the_end_of_the_year(db, noon, clock):
    timetable.add(db, "s", "t", {"cron": "0 0 * * *"})
    with moves(db, ["s"]) as moved:
        clock.set(noon + 2 * DAY)

    assert moved == []


def test_a_schedule_that_is_removed_meanwhile_is_left_out(db, noon):
    for name in ("a", "b"):
        timetable.add(db, name, "t", {"cron": "0 0 1 1 *"})
    with moves(db, ["gone", "a", "b"]) as moved:
        db.execute("select pgsched.remove_schedule('a')")
        timetable.change(db, "b", {"cron": "0 6 1 1 *"})

    assert [each.schedule for each in moved] == ["b"]


def test_schedules_that_are_too_many_are_named(db, noon):
    with moves(db, [f"s{n}" for n in range(202)]) as moved:
        pass

    assert (moved, moved.unseen) == ([], ["s200", "s201"])
