"""Handlers emit events, and know what made their job."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pgsched.errors import JobFailed
from tests.sql.events import emit, subscribe
from tests.sql.timetable import plan, schedule, tick
from tests.worker.processes import all_ended, eventually


def caused(db, type):
    """Jobs that emitted events of this type, in order."""
    return [
        job
        for (job,) in db.execute(
            "select e.cause_job from pgsched.event as e where e.type = %s order by e.id", (type,)
        ).fetchall()
    ]


@pytest.mark.parametrize("task", ["emit", "emit_async", "emit_apart", "emit_apart_async"])
def test_an_event_of_a_handler_names_its_job_as_the_cause(scheduler, served_db, task):
    type = f"told.by.{task}"
    jobs = [scheduler.enqueue(task, {"type": type}) for _ in range(3)]
    ids = [job.result(20) for job in jobs]

    assert sorted(caused(served_db, type)) == sorted(job.id for job in jobs)
    assert scheduler.events.get(ids[0])["cause_job"] == jobs[0].id


def test_an_event_in_the_transaction_that_completes_the_job_happens_once(scheduler, served_db):
    job = scheduler.enqueue("emit_and_complete", {"type": "exactly.once"})
    job.result(20)

    found = served_db.execute("select data from pgsched.event where type = 'exactly.once'")
    assert found.fetchall() == [({"attempt": 2},)]


BY = ["", "_by_table", "_by_table_async", "_by_job", "_by_job_async"]


@pytest.mark.parametrize("by", BY)
def test_a_task_that_feeds_itself_is_stopped(db, worker, by):
    db.execute("create table fed (n int)")
    db.execute("select pgsched.watch('fed', 'insert', 'again')")
    subscribe(db, event_type="again", task=f"loop{by}")
    emit(db, "again")
    worker(processes=1)

    dead = eventually(
        lambda: db.execute("select d.error from pgsched.dead_letters as d").fetchall()
    )
    all_ended(db)
    assert "more than 16 events have followed from one another" in dead[0][0]
    assert len(caused(db, "again")) == 17


@pytest.mark.parametrize("task", ["origin", "aorigin"])
def test_a_handler_can_ask_which_slot_or_event_made_its_job(db, worker, client, clock, task):
    nominal = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    clock.set(nominal - timedelta(hours=1))
    schedule(db, "s", task=task, at=nominal)
    plan(db, nominal)
    clock.set(nominal)
    tick(db)
    db.execute("reset pgsched.test_now")
    subscribe(db, "sub", event_type="a", task=task)
    event = emit(db, "a")
    client.schedules.add("later", task, every="1 day")
    triggered = client.schedules.trigger("later")
    plainly = client.enqueue(task)
    misled = client.enqueue(task, labels={"event": "x", "subscription": "y"})
    worker(processes=1)

    [slot_job] = db.execute("select d.job_id from pgsched._slot as d").fetchone()
    [event_job] = db.execute("select m.job_id from pgsched._event_job as m").fetchone()
    assert client.job(slot_job).result(20) == ["s", str(nominal), "None", "None"]
    assert client.job(event_job).result(20) == ["None", "None", "sub", str(event)]
    for job in (triggered, plainly, misled):
        assert job.result(20) == ["None"] * 4


def test_what_is_wrong_with_an_event_fails_the_job_that_emits_it(scheduler):
    with pytest.raises(JobFailed, match="type must be words"):
        scheduler.enqueue("emit", {"type": "a..b"}, max_attempts=1).result(20)
