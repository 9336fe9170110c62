"""What a client of the database and one of the API do alike: Scheduler, pgsched.remote.Client."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from pgsched import Scheduler
from pgsched.errors import (
    CalendarNotFound,
    InvalidValue,
    JobNotFound,
    JobStateConflict,
    ScheduleExists,
    ScheduleNotFound,
    VersionChanged,
)
from pgsched.remote import Client


@pytest.fixture(params=["database", "api"])
def client(request, dsn, api):
    """A client of either kind; the API asks nobody who it is."""
    with Scheduler(dsn) if request.param == "database" else Client(str(api.base_url)) as made:
        yield made


def row(db, job, columns):
    return db.execute(f"select {columns} from pgsched.job where id = %s", (job.id,)).fetchone()


def test_a_job_has_what_was_said_about_it(client, db):
    """Every option; what is left out is the task's policy."""
    due = datetime(2100, 1, 2, 3, 4, 5, tzinfo=UTC)
    parent = client.enqueue("t")
    job = client.enqueue(
        "t",
        {"a": [1, "ü", 10**30]},
        queue="q",
        priority=-7,
        due_at=due,
        max_attempts=3,
        timeout_s=1.5,
        retry={"kind": "linear", "base_s": 2},
        key="k",
        labels={"x": 1},
        trace="00-ab-cd-01",
        parent_id=parent.id,
    )

    columns = (
        "task, args, queue, priority, due_at, max_attempts, timeout_s, retry, key, labels, trace,"
        " parent_id"
    )
    retry = {"kind": "linear", "base_s": 2}
    assert row(db, job, columns) == (
        "t", {"a": [1, "ü", 10**30]}, "q", -7, due, 3, 1.5, retry, "k", {"x": 1}, "00-ab-cd-01",
        parent.id,
    )  # fmt: skip
    assert row(db, parent, "args, queue, priority, key") == ({}, "default", 0, None)
    assert (job.state(), parent.state(), repr(job)) == ("scheduled", "ready", f"Job({job.id})")


def test_a_time_may_have_any_offset_that_python_has(client, db):
    """Also of local mean time, as zones have it for early years, and beyond those of Postgres."""
    for offset in (timedelta(minutes=53, seconds=28), timedelta(hours=23)):
        due = datetime(2100, 1, 2, 3, 4, 5, tzinfo=timezone(offset))
        one_job, [of_many] = (
            client.enqueue("t", due_at=due),
            client.enqueue_many("t", [{}], due_at=due),
        )
        moved = client.enqueue("t", delay=60)
        client.reschedule(moved.id, due_at=due)

        assert [row(db, job, "due_at") for job in (one_job, of_many, moved)] == [(due,)] * 3


def test_a_delay_may_be_of_centuries(client, db):
    """As by SQL: a job may be due until the year 9999."""
    job = client.enqueue("t", delay=timedelta(days=365 * 1000))
    [due] = db.execute("select due_at from pgsched.job where id = %s", (job.id,)).fetchone()
    assert due > datetime(3020, 1, 1, tzinfo=UTC)
    with pytest.raises(InvalidValue):
        client.enqueue("t", delay=249_000_000_000)


def test_args_of_many_jobs_may_come_one_by_one(client, db):
    """Of a generator no job is lost."""
    jobs = client.enqueue_many("t", ({"n": n} for n in range(3)))
    found = db.execute("select args -> 'n' from pgsched.job order by id").fetchall()
    assert (len(jobs), found) == (3, [(0,), (1,), (2,)])


def test_people_change_their_mind(client, db):
    """cancel, redrive, reschedule: named errors where they come too late."""
    job = client.enqueue("t")
    client.reschedule(job.id, priority=9, queue="other")
    assert row(db, job, "priority, queue") == (9, "other")

    assert client.cancel(job.id) == "cancelled"
    with pytest.raises(JobStateConflict):
        client.reschedule(job.id, priority=1)
    client.redrive(job.id)
    assert job.state() == "ready"
    with pytest.raises(JobStateConflict):
        client.redrive(job.id)
    with pytest.raises(JobNotFound) as caught:
        client.cancel(1)
    assert caught.value.message == "job 1 does not exist"


def test_what_is_wrong_with_a_schedule_has_a_name(client):
    schedules = client.schedules
    with pytest.raises(InvalidValue, match="61"):
        schedules.add("s", "t", cron="61 * * * *")
    schedules.add("s", "t", at=datetime(2100, 1, 1, tzinfo=UTC))
    with pytest.raises(ScheduleExists):
        schedules.add("s", "t", every="1 hour")
    with pytest.raises(VersionChanged):
        schedules.change("s", version=7, every="1 hour")
    for ask in (schedules.get, schedules.pause, schedules.trigger, schedules.forecast):
        with pytest.raises(ScheduleNotFound):
            ask("other")


def test_a_calendar_from_its_making_to_its_end(client):
    """Only what is given of it is changed."""
    calendars, eve, feast = client.calendars, date(2027, 12, 24), date(2027, 12, 25)
    assert calendars.set("c", holidays={eve: "Eve"}, about="ours") == (1, {eve: "Eve"}, {})
    changed = calendars.set("c", weekend={5}, holidays={feast: "Feast"})
    assert changed == (2, {feast: "Feast"}, {eve: "Eve"})
    assert calendars.set("c", about="theirs") == (3, {}, {})
    found = calendars.get("c")
    assert (found.name, found.weekend, found.holidays) == ("c", {5}, {feast: "Feast"})
    assert calendars.restore("c", 1) == 4
    [listed] = calendars.list()
    assert (listed["about"], listed["holidays"], listed["last_day"]) == ("ours", 1, eve)

    client.schedules.add("s", "t", cron="0 6 * * *", calendar="c")
    with pytest.raises(InvalidValue, match="heeded by schedules"):
        calendars.drop("c")
    calendars.drop("c", force=True)
    [last] = calendars.history("c", 1)
    assert (last["version"], last["changes"]) == (5, {"removed": True})
    assert last["changed_at"].tzinfo is not None
    for ask in (calendars.get, calendars.drop):
        with pytest.raises(CalendarNotFound, match="there is no calendar 'c'"):
            ask("c")
    with pytest.raises(InvalidValue, match="has no version 9"):
        calendars.restore("c", 9)


def test_a_preview_tells_what_would_move_and_changes_nothing(client):
    calendars, schedules = client.calendars, client.schedules
    calendars.set("office", weekend=[])
    schedules.add("s", "t", cron="0 6 24 12 *", calendar="office", roll="following")
    first = schedules.forecast("s", 1)[0]

    [moved] = schedules.preview("s", cron="0 7 24 12 *")
    assert (moved.schedule, moved.was) == ("s", first)
    assert moved.now.due_at - moved.was.due_at == timedelta(hours=1)
    found = calendars.preview("office", holidays={first.nominal.date(): "Christmas Eve"})
    assert (found[0].was, found[0].now.notes[0].code, found.unseen) == (first, "holiday", [])
    assert calendars.preview("new", weekend=[7]) == []
    assert (schedules.forecast("s", 1), calendars.get("office").holidays) == ([first], {})
    with pytest.raises(ScheduleNotFound):
        schedules.preview("other", every="1 hour")
    with pytest.raises(InvalidValue, match="61"):
        schedules.preview("s", cron="61 * * * *")


def test_a_schedule_is_put_back(client):
    schedules = client.schedules
    schedules.add("s", "t", every="1 hour")
    schedules.change("s", cron="0 6 * * *")

    assert schedules.restore("s", 1) == 3
    assert [row["changes"]["every"] for row in schedules.history("s", 2)] == ["1 hour", None]


async def _from_asyncio(client):
    calendars, schedules = client.calendars, client.schedules
    await calendars.aset("c", holidays={date(2027, 12, 24): "Eve"})
    await schedules.aadd("s", "t", cron="0 6 * * *", calendar="c")
    moved = await calendars.apreview("c", weekend=[])
    assert len(await schedules.apreview("s", cron="0 7 * * *")) > len(moved) > 50
    assert await schedules.arestore("s", 1) == 2
    assert len(await schedules.ahistory("s")) == 2
    assert (await calendars.aget("c")).weekend == {6, 7}
    assert await calendars.arestore("c", 1) == 1
    assert len(await calendars.ahistory("c")) == len(await calendars.alist()) == 1
    await calendars.adrop("c", force=True)
    assert await calendars.alist() == []
    await client.aclose()


def test_calendars_and_versions_from_asyncio(client):
    asyncio.run(_from_asyncio(client))
