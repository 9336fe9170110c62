"""Many claim at once, and from where they start."""

from __future__ import annotations

from datetime import timedelta

from tests.sql.actors import declare, enqueue, enqueue_n, ids, one, places


def drain(worker, limit):
    """Claim with cursors until a claim gives nothing; the ids in the order taken."""
    cursors, taken = {}, []
    while jobs := worker.claim(limit, cursors=cursors):
        taken += ids(jobs)
        cursors |= {job.cursor.split("/")[0]: job.cursor for job in jobs if job.cursor}
        worker.finish_claims(*jobs)
    return taken


def test_a_second_claimer_gets_other_rows_and_does_not_wait(db, worker, rival):
    made = enqueue_n(db, 10)
    with db.transaction():
        first = ids(worker.claim(5))
        second = ids(rival.claim(100))

    assert sorted(first + second) == made
    assert set(first).isdisjoint(second)


def test_what_a_rolled_back_claim_held_can_be_claimed_again(db, worker, rival):
    made = enqueue_n(db, 10)
    with db.transaction(force_rollback=True):
        worker.claim(5)
        second = ids(rival.claim())

    assert sorted(second + ids(worker.claim())) == made


def test_a_claim_passes_a_row_that_is_being_rescheduled_and_takes_the_rest(db, rival):
    made = enqueue_n(db, 3)
    with db.transaction():
        db.execute("select pgsched.reschedule(%s, priority => 1)", (made[0],))
        assert sorted(ids(rival.claim())) == made[1:]

    assert ids(rival.claim()) == [made[0]]


def test_a_claim_passes_a_row_that_is_being_cancelled(db, rival):
    made = enqueue_n(db, 3)
    with db.transaction():
        db.execute("select pgsched.cancel(%s)", (made[0],))
        assert sorted(ids(rival.claim())) == made[1:]


def test_two_producers_who_see_a_new_lane_at_once_do_not_wait_for_each_other(db, other_db, worker):
    with db.transaction(), other_db.transaction():
        first = enqueue(db, queue="new", priority=7)
        second = enqueue(other_db, queue="new", priority=7)
        enqueue(db, queue="newer")
        enqueue(other_db, queue="newer")

    assert one(db, "select count(*) from pgsched._lane where queue = 'new'") == 2
    assert sorted(ids(worker.claim(queue="new"))) == [first, second]
    assert len(worker.claim(queue="newer")) == 2


def test_a_lane_whose_first_producer_rolled_back_is_still_found(db, other_db, worker):
    with db.transaction(force_rollback=True):
        enqueue(db, queue="new")
        job = enqueue(other_db, queue="new")

    assert ids(worker.claim(queue="new")) == [job]


def test_the_cursor_misses_nothing_among_thousands_of_equal_due_at(db, worker, clock):
    made = enqueue_n(db, 3000)
    clock.advance(10)
    assert one(db, "select count(distinct due_at) from pgsched._ready") == 1

    assert sorted(drain(worker, 70)) == made


def test_the_cursor_misses_nothing_under_a_held_snapshot(db, worker, other_db, clock):
    """Nothing that was claimed can be vacuumed away, nor its index entries be killed."""
    with other_db.transaction():
        other_db.execute("set transaction isolation level repeatable read")
        one(other_db, "select count(*) from pgsched._ready")
        made = []
        for priority in (3, 0):
            for _ in range(5):
                made += [
                    job_id
                    for (job_id,) in db.execute(
                        "insert into pgsched.job (task, priority)"
                        " select 't', %s from generate_series(1, 100) returning id",
                        (priority,),
                    )
                ]
                clock.advance(0.5)

        taken = drain(worker, 33)

    assert sorted(taken) == sorted(made)
    assert one(db, "select max(priority) from pgsched._ready") is None


def test_a_job_that_commits_late_is_found_without_a_cursor(db, worker, other_db, clock):
    clock.advance(0)
    with other_db.transaction():
        late = enqueue(other_db)
        enqueue(db, due_at=clock.now + timedelta(seconds=1))
        clock.advance(10)
        [cursor] = [job.cursor for job in worker.claim() if job.cursor]

    assert worker.claim(cursors={"0": cursor}) == []
    assert ids(worker.claim()) == [late]


def test_a_job_that_commits_less_than_250_ms_late_is_found_with_the_cursor(
    db, worker, other_db, clock
):
    clock.advance(0)
    with other_db.transaction():
        late = enqueue(other_db)
        enqueue(db, due_at=clock.now + timedelta(milliseconds=100))
        clock.advance(0.2)
        [cursor] = [job.cursor for job in worker.claim() if job.cursor]

    assert ids(worker.claim(cursors={"0": cursor})) == [late]


def test_a_retry_due_before_the_cursor_cannot_be_overlooked(db, worker, clock):
    """What enters _ready is never due earlier than the clock, so never far behind a cursor."""
    clock.advance(0)
    enqueue_n(db, 3)
    clock.advance(5)
    jobs = worker.claim()
    [cursor] = [job.cursor for job in jobs if job.cursor]

    worker.fail(*jobs, retry_in_s=-100)

    assert len(worker.claim(cursors={"0": cursor})) == 3


def test_a_claim_that_saw_the_task_paused_leaves_no_job_behind_the_resume(db, worker, other_db):
    """The resume did not see what the claim was filing; upkeep's sweep finds it."""
    declare(db)
    job = enqueue(db)
    db.execute("select pgsched.pause_task('t')")
    with db.transaction():
        worker.claim()
        other_db.execute("select pgsched.resume_task('t')")
    assert places(db, job) == ["blocked"]

    db.execute("update pgsched._upkeep set next_at = '-infinity' where step = 'blocked'")
    assert one(db, "select step from pgsched.upkeep()") == "blocked"
    assert ids(worker.claim()) == [job]
