"""Jobs that are in no table, after a restore in part: upkeep() makes them ready again."""

from __future__ import annotations

import pytest

from tests.sql.actors import Worker, declare, enqueue, enqueue_n, state
from tests.sql.keeper import run_step


@pytest.fixture
def dsn(copy, template):
    """A database of its own: marks of upkeep are not emptied between tests."""
    with copy(template) as made:
        yield made


def lose(db, *ids):
    """As after a restore of some tables only."""
    db.execute("delete from pgsched._ready where id = any(%s)", (list(ids),))


@pytest.fixture
def begun(db, clock):
    """The check has been running before any job came."""
    clock.advance(0)
    db.execute("update pgsched._upkeep set mark = pgsched.id_at(now()) - 1 where step = 'orphans'")


@pytest.mark.usefixtures("begun")
def test_a_job_in_no_table_is_made_ready_again_with_a_warning(db, clock, warnings):
    lost, fine = enqueue_n(db, 2)
    lose(db, lost)
    db.execute("delete from pgsched._lane")
    clock.advance(70)

    done = run_step(db, "orphans")

    assert done == "looked at 2 jobs, 1 were in no table"
    assert len(warnings) == 1
    assert f"the first is {lost}" in warnings[0]
    note, total = db.execute(
        "select note, total from pgsched._upkeep where step = 'orphans'"
    ).fetchone() or ("", 0)
    assert (note, total) == (warnings[0], 1)
    db.execute("select pgsched._announce('{default}', '{0}', array[now()])")
    assert sorted(job.id for job in Worker(db).claim(10)) == [lost, fine]


@pytest.mark.usefixtures("begun")
def test_an_orphan_wakes_sleepers_and_makes_its_lane_known(db, other_db, clock):
    job_id = enqueue(db, queue="mail", priority=7)
    lose(db, job_id)
    db.execute("delete from pgsched._lane")
    clock.advance(70)
    other_db.execute("listen pgsched")
    Worker(other_db).nap("mail", poll_s=60)

    run_step(db, "orphans")

    assert db.execute("select queue, priority from pgsched._lane").fetchall() == [("mail", 7)]
    assert len(list(other_db.notifies(timeout=1, stop_after=1))) == 1


@pytest.mark.usefixtures("begun")
def test_an_orphan_goes_on_after_its_last_attempt(db, clock):
    job_id = enqueue(db)
    worker = Worker(db)
    worker.fail(*worker.claim(1), retry_in_s=0)
    lose(db, job_id)
    clock.advance(70)

    run_step(db, "orphans")

    assert [(job.id, job.attempt) for job in Worker(db).claim(1)] == [(job_id, 2)]


@pytest.mark.usefixtures("begun")
def test_a_job_that_is_in_a_table_or_has_succeeded_is_no_orphan(db, clock, warnings):
    declare(db, "held")
    db.execute("select pgsched.pause_task('held')")
    worker = Worker(db, lease_s=600)
    ids = {}
    for name in ("succeeded", "dead", "running"):
        ids[name] = enqueue(db)
        job = worker.claim_one()
        if name == "succeeded":
            worker.finish(job)
        elif name == "dead":
            worker.fail(job, final=True)
    ids["cancelled"], ids["blocked"] = enqueue(db), enqueue(db, "held")
    db.execute("select pgsched.cancel(%s)", (ids["cancelled"],))
    worker.claim(10)
    ids["ready"] = enqueue(db)
    clock.advance(70)

    done = run_step(db, "orphans")

    assert done == "looked at 6 jobs, 0 were in no table"
    assert warnings == []
    assert {name: state(db, job_id) for name, job_id in ids.items()} == {n: n for n in ids}


@pytest.mark.usefixtures("begun")
def test_a_job_that_is_being_claimed_or_finished_is_no_orphan(db, other_db, clock):
    enqueue_n(db, 2)
    worker = Worker(other_db, lease_s=600)
    first = worker.claim_one()
    clock.advance(70)
    with other_db.transaction():
        worker.finish(first)
        worker.claim_one()
        done = run_step(db, "orphans")

    assert done == "looked at 2 jobs, 0 were in no table"


@pytest.mark.usefixtures("begun")
def test_each_job_is_looked_at_once_at_a_minute_of_age(db, clock):
    enqueue_n(db, 3)
    clock.advance(50)
    young = run_step(db, "orphans")
    clock.advance(20)
    first, second = run_step(db, "orphans"), run_step(db, "orphans")

    assert young.startswith("looked at 0 jobs")
    assert first.startswith("looked at 3 jobs")
    assert second.startswith("looked at 0 jobs")


@pytest.mark.usefixtures("begun")
def test_who_falls_ten_minutes_behind_jumps_ahead_after_5000_jobs(db, clock):
    """The jobs right after the mark are looked at: after a restore it is those that are lost."""
    ids = enqueue_n(db, 5001)
    lose(db, ids[0], ids[-1])
    clock.advance(700)

    done = [run_step(db, "orphans") for _ in range(2)]

    assert done == [
        "looked at 5000 jobs, 1 were in no table",
        "looked at 0 jobs, 0 were in no table",
    ]


@pytest.mark.usefixtures("begun")
def test_who_is_a_little_behind_looks_at_every_job(db, clock):
    ids = enqueue_n(db, 5001)
    lose(db, ids[0], ids[-1])
    clock.advance(120)

    done = [run_step(db, "orphans") for _ in range(2)]

    assert done == [
        "looked at 5000 jobs, 1 were in no table",
        "looked at 1 jobs, 1 were in no table",
    ]
