"""The view `schedule`, and what planners ask and bring."""

from __future__ import annotations

from datetime import timedelta

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


def test_a_delay_becomes_a_time(db, clock):
    clock.advance(0)
    schedule(db, after=timedelta(hours=1))

    assert one(db, "select s.at from pgsched.schedule as s") == clock.now + timedelta(hours=1)


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
        ({"priority": 101}, "priority must be"),
        ({"args": [1]}, "args must be a JSON object"),
    ],
)
def test_what_is_wrong_is_said_at_once(db, columns, message):
    with pytest.raises(psycopg.Error, match=message):
        schedule(db, **columns)
    assert row(db) is None


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


def test_a_name_cannot_be_changed(db):
    schedule(db)
    with pytest.raises(psycopg.Error, match="cannot be changed"):
        db.execute("update pgsched.schedule set name = 'other'")


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
    schedule(db, "held", paused=True)

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
