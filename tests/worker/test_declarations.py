"""What code declares beside its tasks is there once a worker has started."""

from __future__ import annotations

from tests.sql.timetable import change


def schedules(db):
    return db.execute(
        "select s.name, s.task, s.cron, s.timezone, s.priority from pgsched.schedule as s"
    ).fetchall()


def subscriptions(db):
    return db.execute("select s.name, s.event_type from pgsched.subscription as s").fetchall()


def test_a_worker_writes_what_code_declares_and_ends_what_it_declares_no_more(db, worker):
    first = worker(app="tests.apps.declaring", processes=2)

    assert schedules(db) == [("report", "report", "0 6 * * *", "UTC", 1)]
    assert subscriptions(db) == [("report", "order.created")]
    [told, *_] = [line for line in first.messages if "not written" in line]
    assert told.startswith("task refused: schedule refused is not written: ")

    change(db, "report", timezone="Asia/Tokyo")
    worker(app="tests.apps.declaring", environ={"DECLARING": "later"})
    assert schedules(db) == [("report", "report", "0 7 * * *", "Asia/Tokyo", None)]
    assert subscriptions(db) == []
