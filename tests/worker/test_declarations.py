"""What code declares beside its tasks is there once a worker has started."""

from __future__ import annotations

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor

from psycopg.types.json import Jsonb

from pgsched import db as database
from pgsched.models import Policy
from pgsched.registry import Task
from pgsched.worker import declarations
from tests.sql.timetable import change
from tests.worker.processes import eventually


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


def test_a_child_that_is_started_later_declares_nothing(db, worker):
    """A worker of older code runs on during a deploy."""
    older = worker(app="tests.apps.declaring")
    worker(app="tests.apps.declaring", environ={"DECLARING": "later"})
    [pid] = older.children(db)
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: set(older.children(db)) - {pid}, or_else="no child in its place")

    assert schedules(db) == [("report", "report", "0 7 * * *", "UTC", None)]
    assert subscriptions(db) == []


def test_a_change_at_the_same_moment_keeps_no_declaration_from_its_end(db, dsn):
    declared = "select pgsched.declare_schedule('s', 't', %s)"
    db.execute(declared, [Jsonb({"cron": "0 6 * * *"})])

    async def write() -> None:
        async with await database.connect_async(dsn) as conn:
            await declarations.write(conn, [Task(lambda: None, "t", Policy())])

    with ThreadPoolExecutor() as threads:
        with db.transaction():
            change(db, "s", priority=3)
            writing = threads.submit(asyncio.run, write())
            eventually(lambda: db.execute("select from pg_locks where not granted").fetchall())
        writing.result(20)
    assert schedules(db) == []
