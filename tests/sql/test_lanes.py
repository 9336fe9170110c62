"""Lanes: jobs of one priority, taken one lane after the other, and put back where they were."""

from __future__ import annotations

import pytest

from tests.sql.actors import Worker, claim_rows, declare, enqueue, ids, one


def fill_lane(db, priority, n):
    """*n* jobs of this priority, in the order of their ids."""
    made = db.execute(
        "insert into pgsched.job (task, priority) select 't', %s from generate_series(1, %s)"
        " returning id",
        (priority, n),
    )
    return sorted(job for (job,) in made.fetchall())


def test_one_claim_takes_lane_after_lane_and_files_them_together(db, worker):
    """Empty lanes above, between and below are passed over; each lane that gave has its cursor."""
    made = {priority: fill_lane(db, priority, 120) for priority in (9, 7, 5, 3, 1)}
    for priority in (9, 5, 1):
        db.execute("delete from pgsched._ready where priority = %s", (priority,))

    jobs = worker.claim(200)

    assert sorted(ids(jobs)) == sorted(made[7] + made[3][:80])
    assert claim_rows(db) == [(200, 0)]
    assert sorted(job.cursor[:2] for job in jobs if job.cursor) == ["3/", "7/"]


def test_cursors_of_a_mixed_claim_go_on_where_each_lane_was_left(db, worker, clock):
    clock.advance(0)
    made = {priority: fill_lane(db, priority, 3) for priority in (7, 3)}
    clock.advance(10)
    jobs = worker.claim(5)
    cursors = {
        cursor.partition("/")[0]: cursor for cursor in (job.cursor for job in jobs) if cursor
    }

    assert set(cursors) == {"7", "3"}
    assert cursors["3"].endswith(f"/{made[3][1]}")
    assert cursors["7"].endswith(f"/{made[7][2]}")
    assert ids(worker.claim(5, cursors=cursors)) == made[3][2:]


def test_a_claim_of_several_batches_goes_on_where_it_stopped_in_a_lane(db, worker):
    made = [fill_lane(db, priority, 200) for priority in (2, 1)]

    jobs = worker.claim(350)

    assert sorted(ids(jobs[:250])) == sorted(made[0] + made[1][:50])
    assert sorted(ids(jobs[250:])) == made[1][50:150]
    assert claim_rows(db) == [(250, 0), (100, 0)]


def test_a_claim_locks_no_more_than_it_takes(db, worker, rival, other_db):
    """It looks into lower lanes only as far as it has to."""
    made = [job for priority in (2, 1, 0) for job in fill_lane(db, priority, 2)]

    with db.transaction():
        taken = ids(worker.claim(3))
        left = ids(rival.on(other_db).claim())

    assert (taken, left) == (made[:3], made[3:])


@pytest.fixture
def mixed(db, worker):
    """One claim of three jobs at priority 5 and three at -5: the jobs, and the priority of each."""
    priorities = {job: priority for priority in (5, -5) for job in fill_lane(db, priority, 3)}
    jobs = worker.claim()
    assert claim_rows(db) == [(6, 0)]
    return jobs, priorities


def waiting(db):
    """The priority of each job in `_ready`."""
    return dict(db.execute("select r.id, r.priority from pgsched._ready as r").fetchall())


def test_jobs_of_a_mixed_claim_go_back_to_their_own_lanes(db, worker, mixed):
    jobs, priorities = mixed
    by_end = [worker.release, worker.fail, worker.snooze]

    for n, job in enumerate(jobs):  # one by one: what is left of the claim keeps its priorities
        by_end[n % 3](job)

    assert waiting(db) == priorities
    assert claim_rows(db) == []


def test_what_is_left_of_a_mixed_claim_goes_back_to_its_lanes_when_its_worker_dies(
    db, worker, mixed
):
    jobs, priorities = mixed
    worker.finish(jobs[0], jobs[-1])

    worker.leave()
    Worker(db, role="supervisor").reap_all()

    assert waiting(db) == {job.id: priorities[job.id] for job in jobs[1:-1]}


def test_a_mixed_claim_among_paused_and_transactional_tasks_keeps_priorities(db, worker):
    declare(db, "exact", transactional=True)
    declare(db, "held")
    db.execute("select pgsched.pause_task('held')")
    made = {
        enqueue(db, task, priority=priority): (task, priority)
        for task in ("plain", "exact", "held")
        for priority in (5, -5)
    }

    jobs = worker.claim()
    assert sorted(claim_rows(db)) == [(1, 1), (1, 1), (2, 0)]
    worker.release(*jobs)
    one(db, "select pgsched.resume_task('held')")

    assert waiting(db) == {job: priority for job, (_, priority) in made.items()}


def test_a_missing_payload_in_a_mixed_claim_ends_dead_and_the_others_run(db, worker):
    [lost], [kept] = fill_lane(db, 5, 1), fill_lane(db, -5, 1)
    db.execute("delete from pgsched._job as j where j.id = %s", (lost,))

    assert ids(worker.claim()) == [kept]
    assert claim_rows(db) == [(1, 0)]
    assert one(db, "select e.state from pgsched._ended as e where e.id = %s", lost) == "dead"
