"""pgsched.schedule_version and calendar_version: what was, and how it comes back."""

from __future__ import annotations

import threading
from datetime import date

import psycopg
import pytest

from tests.sql.actors import Connection, one, wait_until_blocked
from tests.sql.timetable import change, schedule


def calendar_changes(db: Connection) -> list[tuple[int, dict]]:
    return db.execute(
        "select version, changes from pgsched.calendar_version where calendar = 'c' order by 1"
    ).fetchall()


def schedule_changes(db: Connection) -> list[tuple[int, dict]]:
    return db.execute(
        "select version, changes from pgsched.schedule_version where schedule = 's' order by 1"
    ).fetchall()


def make(db: Connection) -> None:
    db.execute("insert into pgsched.calendar (name, about) values ('c', 'ours')")
    db.execute("insert into pgsched.holiday values ('c', '2027-01-05', 'Rest')")


def test_each_change_of_a_calendar_is_a_version_with_what_it_changed(db):
    make(db)
    with db.transaction():
        db.execute("insert into pgsched.holiday values ('c', '2027-01-06', 'Feast')")
        db.execute("delete from pgsched.holiday where day = '2027-01-05'")
        db.execute("update pgsched.calendar set weekend = '{5,6}'")
    db.execute("update pgsched.holiday set name = 'Fast'")
    db.execute("delete from pgsched.calendar")

    assert calendar_changes(db) == [
        (1, {"weekend": [6, 7], "about": "ours"}),
        (2, {"2027-01-05": "Rest"}),
        (3, {"2027-01-05": None, "2027-01-06": "Feast", "weekend": [5, 6]}),
        (4, {"2027-01-06": "Fast"}),
        (5, {"removed": True}),
    ]


def test_a_change_that_changes_nothing_is_no_version(db):
    make(db)
    db.execute("update pgsched.calendar set weekend = '{6,7}', about = 'ours'")
    db.execute("insert into pgsched.holiday values ('c', '2027-01-05', 'x') on conflict do nothing")

    assert one(db, "select version from pgsched.calendar") == len(calendar_changes(db)) == 2


def test_a_calendar_of_another_name_begins_anew_and_leaves_the_old_history(db):
    make(db)
    db.execute("update pgsched.calendar set name = 'd'")

    assert calendar_changes(db)[-1] == (3, {"removed": True})
    assert one(db, "select columns from pgsched.calendar_version where calendar = 'd'") == {
        "weekend": [6, 7], "about": "ours", "2027-01-05": "Rest",
    }  # fmt: skip


def test_an_old_version_of_a_calendar_is_put_back_even_if_it_is_removed(db):
    make(db)
    db.execute("update pgsched.calendar set weekend = '{5}', about = null")
    db.execute("update pgsched.holiday set day = '2027-01-07'")
    assert one(db, "select pgsched.restore_calendar('c', 2)") == 5
    back = one(db, "select columns from pgsched.calendar_version where version = 5")
    db.execute("delete from pgsched.calendar")
    assert one(db, "select pgsched.restore_calendar('c', 4)") == 7

    assert back == {"weekend": [6, 7], "about": "ours", "2027-01-05": "Rest"}
    assert one(db, "select weekend from pgsched.calendar") == [5]
    assert one(db, "select day from pgsched.holiday") == date(2027, 1, 7)


def test_two_who_change_a_calendar_at_once_make_a_version_each(db, other_db):
    make(db)
    with db.transaction():
        db.execute("insert into pgsched.holiday values ('c', '2027-02-01', 'A')")
        second = "insert into pgsched.holiday values ('c', '2027-02-02', 'B')"
        waiting = threading.Thread(target=other_db.execute, args=[second])
        waiting.start()
        wait_until_blocked(db, other_db)
    waiting.join()

    assert calendar_changes(db)[2:] == [(3, {"2027-02-01": "A"}), (4, {"2027-02-02": "B"})]


def test_each_change_of_a_schedule_is_a_version_with_what_it_changed(db):
    schedule(db, every="1 hour", jitter="00:01:30")
    with db.transaction():
        change(db, priority=7)
        change(db, every=None, cron="0 6 * * *")
    db.execute("delete from pgsched.schedule")
    schedule(db, every="1 hour")

    [(first, made), *others] = schedule_changes(db)
    assert (first, made["every"], made["jitter"]) == (1, "1 hour", "00:01:30")
    assert [found for _, found in others[:3]] == [
        {"priority": 7}, {"every": None, "cron": "0 6 * * *"}, {"removed": True},
    ]  # fmt: skip
    assert one(db, "select version from pgsched.schedule") == others[3][0] == 5


def test_a_version_of_a_schedule_says_the_same_in_any_session(db, other_db):
    schedule(db, starts_at="2027-01-01T00:00:00Z", grace="01:30:00")
    other_db.execute("set timezone = 'Asia/Tokyo'; set intervalstyle = 'iso_8601'")
    change(other_db, priority=1)

    assert schedule_changes(db)[1][1] == {"priority": 1}


def test_an_old_version_of_a_schedule_is_put_back_even_if_it_is_removed(db):
    schedule(db, every="1 hour", priority=3, jitter="00:01:30")
    change(db, every=None, cron="0 6 * * *", priority=None, paused=True)
    assert one(db, "select pgsched.restore_schedule('s', 1)") == 3
    db.execute("delete from pgsched.schedule")
    assert one(db, "select pgsched.restore_schedule('s', 2)") == 5

    found = db.execute("select columns from pgsched.schedule_version order by version")
    [first, second, third, fourth, fifth] = [columns for (columns,) in found]
    assert (third, fourth, fifth) == (first, None, second)
    assert one(db, "select paused from pgsched.schedule")


@pytest.mark.parametrize("kind", ["schedule", "calendar"])
def test_what_never_was_cannot_come_back(db, kind):
    make(db)
    schedule(db)
    db.execute("delete from pgsched.schedule; delete from pgsched.calendar")
    gone = one(db, f"select max(version) from pgsched.{kind}_version")
    for name, version in (("x", 1), ("s", gone), ("c", gone), ("s", None)):
        with pytest.raises(psycopg.Error, match="has no version") as caught:
            db.execute(f"select pgsched.restore_{kind}(%s, %s)", (name, version))
        assert caught.value.sqlstate == "PS010"
