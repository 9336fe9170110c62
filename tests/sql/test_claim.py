"""claim(): which jobs it takes, in which order, and how it files them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sql.actors import (
    Worker,
    attempt,
    declare,
    enqueue,
    enqueue_n,
    ids,
    one,
    outcomes,
    places,
    state,
    states,
)
from tests.sql.refusals import refused


def claim_rows(db):
    """Cardinality and flags of each _claim row."""
    return db.execute(
        "select cardinality(c.ids), c.flags from pgsched._claim as c order by c.id"
    ).fetchall()


def fill_lane(db, priority, n):
    """*n* jobs of this priority, in the order of their ids."""
    made = db.execute(
        "insert into pgsched.job (task, priority) select 't', %s from generate_series(1, %s)"
        " returning id",
        (priority, n),
    )
    return sorted(job for (job,) in made.fetchall())


def test_none_due_gives_none(worker):
    assert worker.claim() == []


def test_some_due_gives_those(db, worker):
    made = enqueue_n(db, 3)

    assert sorted(ids(worker.claim(10))) == made
    assert states(db, made) == {"running": 3}


def test_more_due_than_asked_gives_the_limit(db, worker):
    made = enqueue_n(db, 12)

    assert sorted(ids(worker.claim(10))) == made[:10]
    assert states(db, made) == {"running": 10, "ready": 2}


def test_exactly_all_leaves_none(db, worker):
    enqueue_n(db, 10)

    assert (len(worker.claim(10)), worker.claim(10)) == (10, [])


def test_a_claimed_row_has_what_a_run_needs(db, worker):
    job = enqueue(db, "mail", args={"to": "a"}, timeout_s=2.5)

    claimed = worker.claim_one()

    assert claimed[1:6] == (job, 1, "mail", '{"to": "a"}', 2.5)


def test_batches_of_more_than_250_become_several_claim_rows(db, worker):
    enqueue_n(db, 600)

    assert len(worker.claim(600)) == 600
    assert claim_rows(db) == [(250, 0), (250, 0), (100, 0)]


def test_higher_priority_goes_first_then_due_at_then_id(db, worker, clock):
    clock.advance(0)
    late = enqueue(db, priority=5, due_at=clock.now + timedelta(seconds=2))
    early = enqueue(db, priority=5, due_at=clock.now + timedelta(seconds=1))
    low = enqueue(db, priority=-5)
    high = enqueue(db, priority=100, due_at=clock.now + timedelta(seconds=3))
    twin = enqueue(db, priority=5, due_at=clock.now + timedelta(seconds=2))
    clock.advance(10)

    assert [worker.claim_one().id for _ in range(5)] == [high, early, late, twin, low]


def test_one_claim_takes_lane_after_lane_and_files_each_apart(db, worker):
    """Empty lanes above, between and below are passed over; each lane that gave has its cursor."""
    made = {priority: fill_lane(db, priority, 120) for priority in (9, 7, 5, 3, 1)}
    for priority in (9, 5, 1):
        db.execute("delete from pgsched._ready where priority = %s", (priority,))

    jobs = worker.claim(200)

    assert sorted(ids(jobs[:120])) == made[7]
    assert sorted(ids(jobs[120:])) == made[3][:80]
    assert claim_rows(db) == [(120, 0), (80, 0)]
    assert [job.cursor[:2] for job in jobs if job.cursor] == ["7/", "3/"]


def test_a_claim_of_several_batches_goes_on_where_it_stopped_in_a_lane(db, worker):
    made = [fill_lane(db, priority, 200) for priority in (2, 1)]

    jobs = worker.claim(350)

    assert [sorted(ids(jobs[:200])), sorted(ids(jobs[200:]))] == [made[0], made[1][:150]]
    assert claim_rows(db) == [(200, 0), (50, 0), (100, 0)]


def test_a_claim_locks_no_more_than_it_takes(db, worker, rival, other_db):
    """It looks into lower lanes only as far as it has to."""
    made = [job for priority in (2, 1, 0) for job in fill_lane(db, priority, 2)]

    with db.transaction():
        taken = ids(worker.claim(3))
        left = ids(rival.on(other_db).claim())

    assert (taken, left) == (made[:3], made[3:])


def test_what_is_due_later_is_left_until_its_time(db, worker, clock):
    clock.advance(0)
    job = enqueue(db, due_at=clock.now + timedelta(seconds=30))
    assert worker.claim() == []
    clock.advance(30)
    assert ids(worker.claim()) == [job]


def test_only_the_named_queue_is_claimed(db, worker):
    job = enqueue(db, queue="other")

    assert worker.claim() == []
    assert ids(worker.claim(queue="other")) == [job]


@pytest.mark.parametrize("limit", [0, -1, 10_001, None])
def test_a_limit_out_of_range_is_refused(worker, limit):
    with refused("PS010", "p_limit must be from 1 to 10000"):
        worker.claim(limit)


def test_a_worker_that_never_registered_is_refused(db):
    with refused("PS021", "no lease"):
        Worker(db, register=False).claim()


def test_a_worker_past_its_lease_is_refused(db, worker, clock):
    job = enqueue(db)
    clock.advance(60)

    with refused("PS021", "no lease"):
        worker.claim()
    assert state(db, job) == "ready"


def test_a_worker_that_left_is_refused(worker):
    worker.leave()

    with refused("PS021", "no lease"):
        worker.claim()


def test_a_batch_carries_a_cursor_and_the_next_claim_starts_there(db, worker, clock):
    made = enqueue_n(db, 4)
    clock.advance(1)
    [cursor] = [job.cursor for job in worker.claim(2) if job.cursor]

    assert sorted(ids(worker.claim(1, cursors={"0": cursor}))) == made[2:3]
    assert cursor.startswith("0/")


def test_a_cursor_is_one_lanes_and_does_not_hide_another_lane(db, worker, clock):
    enqueue_n(db, 2)
    clock.advance(1)
    [cursor] = [job.cursor for job in worker.claim() if job.cursor]
    lower = enqueue(db, priority=-1, due_at=clock.now - timedelta(days=1))
    clock.advance(10)

    assert ids(worker.claim(cursors={"0": cursor})) == [lower]


def test_cursors_work_under_any_datestyle_and_timezone(db, worker, clock):
    enqueue_n(db, 2)
    clock.advance(1)
    db.execute("set datestyle = 'german'; set timezone = 'Asia/Kathmandu'")
    [cursor] = [job.cursor for job in worker.claim(1) if job.cursor]
    db.execute("set timezone = 'America/St_Johns'")

    assert len(worker.claim(cursors={"0": cursor})) == 1


def test_a_paused_queue_gives_nothing_and_keeps_its_jobs_ready(db, worker):
    job = enqueue(db)
    db.execute("select pgsched.pause_queue('default')")

    assert worker.claim() == []
    assert places(db, job) == ["ready"]

    db.execute("select pgsched.resume_queue('default')")
    assert ids(worker.claim()) == [job]


def test_jobs_of_a_paused_task_wait_in_blocked_and_others_pass(db, worker):
    declare(db, "held")
    held, free = enqueue(db, "held"), enqueue(db, "free")
    db.execute("select pgsched.pause_task('held')")

    assert ids(worker.claim()) == [free]
    assert places(db, held) == ["blocked"]
    assert state(db, held) == "blocked"
    assert attempt(db, held) == 0


def test_jobs_of_a_paused_task_come_back_in_order(db, worker):
    declare(db, "held")
    made = enqueue_n(db, 20, "held")
    db.execute("select pgsched.pause_task('held')")
    worker.claim()

    assert one(db, "select pgsched.resume_task('held')") == 20
    assert [worker.claim_one().id for _ in made] == made


def test_each_job_of_a_transactional_task_has_a_claim_row_of_its_own(db, worker):
    declare(db, "exact", transactional=True)
    enqueue_n(db, 3, "exact")
    enqueue_n(db, 4, "plain")

    jobs = worker.claim()

    assert sorted(claim_rows(db)) == [(1, 1), (1, 1), (1, 1), (4, 0)]
    assert len({job.claim for job in jobs if job.task == "exact"}) == 3


def test_paused_transactional_and_plain_jobs_of_one_batch_part_ways(db, worker):
    declare(db, "exact", transactional=True)
    declare(db, "held")
    db.execute("select pgsched.pause_task('held')")
    made = [enqueue(db, task) for task in ("exact", "held", "plain") * 100]

    assert len(worker.claim(1000)) == 200
    assert states(db, made) == {"running": 200, "blocked": 100}
    assert worker.finish_claims(*[]) == 0


@pytest.mark.parametrize("special", [False, True])
def test_a_job_without_its_payload_ends_dead_and_its_neighbours_run(db, worker, special):
    if special:
        declare(db, "exact", transactional=True)
    made = enqueue_n(db, 3)
    db.execute("delete from pgsched._job where id = %s", (made[1],))

    assert sorted(ids(worker.claim())) == [made[0], made[2]]
    assert places(db, made[1]) == ["dead"]
    assert "missing" in one(db, "select error from pgsched._ended where id = %s", made[1])
    assert one(db, "select sum(cardinality(ids)) from pgsched._claim") == 2


def test_a_batch_of_nothing_but_missing_payloads_ends_dead(db, worker):
    made = enqueue_n(db, 3)
    db.execute("delete from pgsched._job")

    assert worker.claim() == []
    assert [places(db, job) for job in made] == [["dead"]] * 3
    assert claim_rows(db) == []


def test_a_missing_payload_whose_runs_partition_is_gone_does_not_stop_the_claim(db, worker):
    missing = 2**20
    db.execute("insert into pgsched._ready values (%s, 'default', 0, 1, now())", (missing,))
    job = enqueue(db)

    assert ids(worker.claim()) == [job]
    assert places(db, missing) == ["dead"]


def test_attempts_grow_with_every_claim(db, worker):
    job = enqueue(db)
    seen = []
    for _ in range(3):
        claimed = worker.claim_one()
        seen.append(claimed.attempt)
        worker.release(claimed)

    assert seen == [1, 2, 3]
    assert outcomes(db, job) == []


def test_workers_take_turns_without_ever_sharing_a_job(db, worker, rival):
    made = enqueue_n(db, 100)

    taken = [job.id for _ in range(10) for w in (worker, rival) for job in w.claim(7)]

    assert sorted(taken) == made
