"""Old partitions: dropped, rebuilt and merged, while work goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sql.actors import Worker, declare, enqueue, enqueue_n, one, state
from tests.sql.keeper import (
    PARENTS,
    finish_all,
    jobs_in,
    make_due,
    partitions,
    put_jobs,
    run_out,
    run_step,
    upkeep,
)

DAY = timedelta(days=1)


@pytest.fixture
def dsn(copy, template):
    """A database of its own: these tests drop partitions."""
    with copy(template) as made:
        yield made


def test_a_partition_goes_when_all_its_jobs_ended_longer_than_retention_days_ago(db, clock, today):
    ids = enqueue_n(db, 5)
    worker = Worker(db)
    claimed = worker.claim(5)
    worker.finish(*claimed[:3])
    worker.fail(*claimed[3:], final=True)
    db.execute("insert into pgsched._log values (%s, 1, now(), 'info', 'hello')", (ids[0],))
    clock.set(today + 31 * DAY)
    assert run_out(db, "retention")[:-1] == [f"dropped _job_{today - DAY:%Y%m%d}"] + [
        f"dropped {parent}_{today - DAY:%Y%m%d}" for parent in ("_run", "_log")
    ]
    assert jobs_in(db, "_job") == set(ids)

    clock.set(today + 31 * DAY + timedelta(hours=1))
    done = run_out(db, "retention")

    assert done == [
        f"dropped _job_{today:%Y%m%d}",
        "removed 2 jobs from _ended",
        f"dropped _run_{today:%Y%m%d}",
        f"dropped _log_{today:%Y%m%d}",
        "nothing more is to go",
    ]
    assert [jobs_in(db, table) for table in (*PARENTS, "_ended")] == [set()] * 4
    assert [state(db, job_id) for job_id in ids] == [None] * 5


def test_jobs_that_are_alive_stay_with_their_runs_and_logs(db, clock, today):
    """One waits after a failure, one is blocked, one runs; 50 others ended."""
    finished = enqueue_n(db, 50)
    finish_all(db)
    running, blocked, waiting = [enqueue(db, task) for task in ("t", "held", "t")]
    worker = Worker(db)
    worker.fail(*worker.claim(3), retry_in_s=35 * 86400)
    db.execute(
        "insert into pgsched._log select u, 1, now(), 'info' from unnest(%s) as u",
        ([*finished, running, blocked, waiting],),
    )
    declare(db, "held")
    db.execute("select pgsched.pause_task('held')")
    clock.set(today + 40 * DAY)
    worker = Worker(db)
    [held] = worker.claim(2)

    done = run_out(db, "retention")

    assert f"rebuilt _job_{today:%Y%m%d} with what is kept" in done
    assert [jobs_in(db, table) for table in PARENTS] == [{running, blocked, waiting}] * 3
    assert [state(db, job_id) for job_id in (running, blocked, waiting)] == [
        *("running", "blocked", "ready")
    ]
    assert run_out(db, "retention") == [
        f"left _job_{today:%Y%m%d}_00_to_{today + DAY:%Y%m%d}_00 as it is",
        "nothing more is to go",
    ]
    assert (held.id, worker.finish_claims(held)) == (running, 1)
    assert [(job.id, job.attempt) for job in worker.claim(5)] == [(waiting, 2)]


def test_a_job_of_an_old_partition_is_kept_for_retention_days_after_its_end(db, clock, today):
    gone, job_id, dead_id = enqueue_n(db, 3)
    worker = Worker(db)
    first, *others = sorted(worker.claim(3), key=lambda job: job.id)
    worker.finish(first)
    worker.snooze(*others, delay_s=40 * 86400)
    clock.set(today + 42 * DAY)
    run_out(db, "partitions")
    worker = Worker(db)
    second, third = sorted(worker.claim(2), key=lambda job: job.id)
    worker.finish(second, results=["1"])
    worker.fail(third, final=True)

    clock.set(today + 69 * DAY)
    run_out(db, "retention")

    assert jobs_in(db, "_job") == {job_id, dead_id}
    assert (state(db, job_id), state(db, dead_id), state(db, gone)) == ("succeeded", "dead", None)
    assert one(db, "select result from pgsched._run where job_id = %s and attempt = 2", job_id) == 1

    clock.set(today + 73 * DAY)
    run_out(db, "retention")

    assert [jobs_in(db, table) for table in (*PARENTS, "_ended")] == [set()] * 4


def test_what_is_kept_of_neighbours_is_merged_so_old_partitions_do_not_pile_up(db, clock, today):
    ids = [put_jobs(db, today + n * DAY, 20) for n in range(5)]
    alive = [some[0] for some in ids]
    worker = Worker(db)
    claimed = worker.claim(100)
    worker.fail(*[job for job in claimed if job.id in alive], retry_in_s=86400 * 300)
    worker.finish(*[job for job in claimed if job.id not in alive])
    clock.set(today + 40 * DAY)

    run_out(db, "retention")

    for parent in ("_job", "_run"):
        old = [found for found in partitions(db, parent) if found[2] <= today + 9 * DAY]
        assert old == [
            (f"{parent}_{today:%Y%m%d}_00_to_{today + 5 * DAY:%Y%m%d}_00", today, today + 5 * DAY)
        ]
        assert jobs_in(db, parent) == set(alive)
    clock.set(today + 320 * DAY)
    assert sorted(finish_all(db)) == alive
    attempts = db.execute("select r.attempt, count(*) from pgsched._run as r group by 1 order by 1")
    assert attempts.fetchall() == [(1, 5), (2, 5)]

    clock.set(today + 352 * DAY)
    run_out(db, "retention")

    assert [jobs_in(db, parent) for parent in PARENTS] == [set()] * 3
    assert [partitions(db, parent) for parent in PARENTS] == [[]] * 3


def test_where_too_many_jobs_are_alive_the_others_are_deleted_in_batches(db, clock, today):
    alive = put_jobs(db, today, 20001)
    db.execute("update pgsched._ready set due_at = 'epoch'::timestamptz + interval '300 years'")
    ended = put_jobs(db, today + timedelta(hours=1), 5)
    finish_all(db)
    clock.set(today + 40 * DAY)

    done = run_out(db, "retention")

    assert done.count(f"thinned _job_{today:%Y%m%d}") == 5
    assert jobs_in(db, "_job") == set(alive)
    assert jobs_in(db, "_run") == set()
    assert [state(db, job_id) for job_id in ended] == [None] * 5


def test_thinning_leaves_a_job_that_is_being_redriven(db, other_db, clock, today):
    """A redrive that has not committed holds the row of _ended, and thinning does not wait."""
    kept, _ = enqueue_n(db, 2)
    worker = Worker(db)
    worker.fail(*worker.claim(2), final=True)
    clock.set(today + 40 * DAY)
    with other_db.transaction():
        other_db.execute("select pgsched.redrive(%s)", (kept,))
        db.execute(
            "select pgsched._thin(pgsched.id_at(%s), pgsched.id_at(%s), pgsched.clock(), 100)",
            (today, today + DAY),
        )

    assert jobs_in(db, "_job") == {kept}
    assert jobs_in(db, "_run") == {kept}
    assert jobs_in(db, "_ended") == set()
    assert finish_all(db) == [kept]


def test_a_partition_is_not_dropped_when_a_job_comes_alive_before_the_lock(db, other_db, today):
    """The check is made again under the lock: what the caller saw before does not matter."""
    [job_id] = enqueue_n(db, 1)
    worker = Worker(db)
    worker.fail(*worker.claim(1), final=True)
    other_db.execute("select pgsched.redrive(%s)", (job_id,))

    dropped = one(
        db,
        "select pgsched._drop_partition('_job', %s, pgsched.id_at(%s), pgsched.id_at(%s),"
        " 'infinity')",
        f"_job_{today:%Y%m%d}", today, today + DAY,
    )  # fmt: skip

    assert not dropped
    assert state(db, job_id) == "ready"


def test_a_drop_that_does_not_get_its_lock_in_50_ms_gives_up_and_is_retried(
    db, other_db, clock, today
):
    """Not an error to the caller; statement_timeout is 5 s, so it does not wait either."""
    clock.set(today + 32 * DAY)
    with other_db.transaction():
        enqueue(other_db)
        done = run_step(db, "retention")
        assert done.startswith("gave up after 50 ms")
        assert upkeep(db) == (None, "nothing is due", False)

    clock.advance(10)

    assert upkeep(db)[:2] == ("retention", f"dropped _job_{today - DAY:%Y%m%d}")


def test_an_old_job_may_end_while_its_runs_are_rebuilt(db, other_db, clock, today):
    """It waits for the old partition, upkeep gives up for it, and its run is not lost."""
    job_id = enqueue(db)
    Worker(db).claim(1)
    clock.set(today + 40 * DAY)
    make_due(db, "retention")
    for _ in range(2):  # yesterday's goes, today's is rebuilt with the one job that runs
        upkeep(db)
    done = ""
    with other_db.transaction():
        other_db.execute(
            "with gone as (delete from pgsched._claim as c returning c.*)"
            " insert into pgsched._run (job_id, attempt, outcome, charged, queue, started_at,"
            " finished_at) select g.ids[1], 1, 'succeeded', false, 'default', now(),"
            " pgsched.clock() from gone as g"
        )
        while not done.startswith("gave up"):
            step, done, more = upkeep(db)
            assert (step, more) == ("retention", not done.startswith("gave up"))

    run_out(db, "retention")

    assert jobs_in(db, "_run") == {job_id}
    assert state(db, job_id) == "succeeded"
