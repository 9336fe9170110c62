"""The view `schedule`, and what planners ask and bring."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.sql.actors import one
from tests.sql.timetable import change, plan, plan_no, planned, schedule

MINUTE = timedelta(minutes=1)


def row(db, name="s"):
    columns = "cron, every, timezone, overlap, misfire, grace::text, paused, version, problem"
    return db.execute(f"select {columns} from pgsched.schedule where name = %s", (name,)).fetchone()


def unplanned(db, limit=10):
    found = db.execute("select s.name from pgsched.unplanned(%s) as s", (limit,))
    return sorted(name for (name,) in found.fetchall())


def test_what_an_insert_leaves_out_has_defaults(db):
    schedule(db, cron="0 6 * * mon-fri")

    assert row(db) == (
        "0 6 * * mon-fri", None, "UTC", "allow", "once", "00:01:00", False, 1, None,
    )  # fmt: skip


def test_a_delay_becomes_a_time_on_the_next_whole_second(db, clock):
    clock.set(datetime(2027, 3, 1, 12, 0, 0, 1, tzinfo=UTC))
    schedule(db, "ten", after=timedelta(minutes=10))
    clock.set(datetime(2027, 3, 1, 12, tzinfo=UTC))
    schedule(db, "one", after=timedelta(minutes=1))

    assert db.execute("select s.at from pgsched.schedule as s order by 1").fetchall() == [
        (datetime(2027, 3, 1, 12, 1, tzinfo=UTC),),
        (datetime(2027, 3, 1, 12, 10, 1, tzinfo=UTC),),
    ]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"cron": "* * * * *", "every": "1 hour"}, "exactly one of"),
        ({"cron": None}, "exactly one of"),
        ({"cron": "* * * *"}, "cron must have 5 fields"),
        ({"cron": "* * * * $"}, "cron has a character"),
        ({"rrule": "FREQ=OFTEN"}, "rrule must be an RFC 5545 rule"),
        ({"timezone": "Mars/Olympus"}, "timezone must be a name"),
        ({"timezone": "EST5EDT4,M3.2.0,M11.1.0"}, "timezone must be a name"),
        ({"after": timedelta(seconds=-1)}, "after must not be negative"),
        ({"business": "last business day of month"}, "a business-day rule needs a calendar"),
        ({"overlap": "maybe"}, "overlap must be"),
        ({"misfire": "twice"}, "misfire must be"),
        ({"misfire_limit": 0}, "misfire_limit must be"),
        ({"max_runs": 0}, "max_runs must be"),
        ({"jitter": timedelta(days=2)}, "must be from 0 to 1 day"),
        ({"starts_at": "2026-02-01", "ends_at": "2026-01-01"}, "ends_at must be after"),
        ({"condition": "pg_catalog.now"}, "condition must be a function"),
        ({"condition": "no.such"}, "condition must be a function"),
        ({"condition": "no name at all ("}, "condition must be a function"),
        ({"condition": "unqualified"}, "named with its schema"),
        ({"at": "2027-01-01 12:00:00.5+00"}, "at must be a whole second"),
        ({"at": "infinity"}, "times must be finite, of the years 1901 to 2999"),
        ({"after": timedelta(days=400_000)}, "times must be finite, of the years 1901 to 2999"),
        ({"every": "1 hour", "starts_at": "2027-01-01 12:00:00.5+00"}, "must be a whole second"),
        ({"starts_at": "-infinity"}, "times must be finite"),
        ({"ends_at": "infinity"}, "times must be finite"),
        ({"ends_at": "3000-01-01 00:00+00"}, "times must be finite"),
        ({"misfire_limit": 1001}, "misfire_limit must be from 1 to 1000"),
        ({"priority": 101}, "priority must be"),
        ({"args": [1]}, "args must be a JSON object"),
    ],
)
def test_what_is_wrong_is_said_at_once(db, columns, message):
    with pytest.raises(psycopg.Error, match=message):
        schedule(db, **columns)
    assert row(db) is None


@pytest.mark.parametrize(
    "statement",
    [
        "insert into pgsched.blackout values ('b', '-infinity', '2027-01-01', 'r')",
        "insert into pgsched.blackout values ('b', '2027-01-01', 'infinity', 'r')",
        "insert into pgsched.holiday values ('c', 'infinity', 'never')",
        "insert into pgsched.holiday values ('c', '3000-01-01', 'late')",
    ],
)
def test_times_that_python_cannot_hold_are_refused(db, statement):
    """One would stop the planning of all."""
    db.execute("insert into pgsched.calendar (name) values ('c')")

    with pytest.raises(psycopg.Error, match="must be"):
        db.execute(statement)


def test_a_name_that_is_taken_is_refused(db):
    schedule(db)
    with pytest.raises(psycopg.Error, match="exists already"):
        schedule(db, cron="* * * * *")
    assert row(db)[1] == "1 minute"


def test_a_change_counts_the_version_and_drops_what_was_planned(db, clock):
    clock.advance(0)
    schedule(db)
    plan(db, clock.now + MINUTE)
    change(db, every="2 minutes", timezone="Europe/Berlin")

    assert row(db)[1:3] == ("2 minutes", "Europe/Berlin")
    assert (row(db)[7], planned(db)) == (2, [])


def test_a_change_of_kind_has_to_take_the_old_rule_away(db):
    schedule(db)
    with pytest.raises(psycopg.Error, match="exactly one of"):
        change(db, cron="* * * * *")
    change(db, cron="* * * * *", every=None)
    assert row(db)[:2] == ("* * * * *", None)


def test_its_name_and_what_the_database_gives_cannot_be_changed(db):
    schedule(db)
    for sets in ("name = 'other'", "runs = 7"):
        with pytest.raises(psycopg.Error, match="cannot be changed"):
            db.execute(f"update pgsched.schedule set {sets}")


def test_a_deleted_schedule_is_gone_but_its_name_is_free(db, clock):
    clock.advance(0)
    schedule(db)
    plan(db, clock.now + MINUTE)
    db.execute("delete from pgsched.schedule where name = 's'")

    assert (row(db), planned(db), unplanned(db)) == (None, [], [])
    schedule(db, cron="* * * * *")
    assert row(db)[0] == "* * * * *"


def test_what_lacks_slots_is_given_to_one_planner(db, other_db, clock):
    clock.advance(0)
    schedule(db, "a")
    schedule(db, "b")

    assert (unplanned(db), unplanned(other_db)) == (["a", "b"], [])
    plan(db, clock.now + MINUTE, name="a")
    clock.advance(61)
    assert unplanned(other_db) == ["b"]  # its planner died


def test_what_belongs_to_an_older_plan_is_left_out(db, clock):
    clock.advance(0)
    schedule(db)
    old = plan_no(db)
    change(db, every="5 minutes")

    assert plan(db, clock.now + MINUTE, no=old) == 0
    assert unplanned(db) == ["s"]


def test_a_slot_may_be_brought_twice(db, clock):
    clock.advance(0)
    schedule(db)

    assert plan(db, clock.now + MINUTE) == 1
    assert plan(db, clock.now + MINUTE, clock.now + 2 * MINUTE) == 1


def test_the_next_time_is_shown(db, clock):
    clock.advance(0)
    schedule(db)
    plan(db, clock.now + MINUTE, skipped=True)
    plan(db, clock.now + 2 * MINUTE)

    assert one(db, "select s.next_at from pgsched.schedule as s") == clock.now + 2 * MINUTE


def test_what_an_earlier_rule_moved_to_a_time_runs_then_and_what_is_new_there_does_not(db, clock):
    """Saturday's slot, due on Monday, was planned before the rule was changed on Sunday."""
    saturday, sunday, monday = (datetime(2027, 3, day, 10, tzinfo=UTC) for day in (6, 7, 8))
    clock.set(saturday - MINUTE)
    schedule(db)
    plan(db, saturday, dues=[monday])
    clock.set(sunday)
    change(db, every="1 day")
    plan(db, monday)

    taken = {"code": "moved", "text": "2027-03-06 10:00:00 UTC already runs then"}
    found = db.execute("select skipped, notes from pgsched._plan order by nominal")
    assert found.fetchall() == [(False, []), (True, [taken])]
