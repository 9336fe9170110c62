"""The view job and job_state(): state, attempt and live values in every state of a job's life."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sql.actors import Worker, attempt, declare, enqueue, enqueue_n, one, state


def into_scheduled(db, worker, clock):
    return enqueue(db, due_at="9000-01-01"), 0


def into_ready(db, worker, clock):
    return enqueue(db), 0


def into_retry(db, worker, clock):
    job = enqueue(db)
    worker.fail(worker.claim_one(), retry_in_s=100)
    return job, 1


def into_blocked_by_task(db, worker, clock):
    declare(db)
    job = enqueue(db)
    worker.release(worker.claim_one())
    db.execute("select pgsched.pause_task('t')")
    worker.claim()
    return job, 1


def into_suspect(db, worker, clock):
    job = enqueue(db)
    for _ in range(2):
        victim = Worker(db)
        victim.claim()
        victim.leave()
        worker.reap_all()
    return job, 2


def into_running(db, worker, clock):
    enqueue_n(db, 3)
    worker.release(*worker.claim())
    return worker.claim()[1].id, 2


def into_succeeded(db, worker, clock):
    job = enqueue(db)
    worker.finish(worker.claim_one())
    return job, None


def into_dead(db, worker, clock):
    job = enqueue(db, max_attempts=1)
    worker.fail(worker.claim_one())
    return job, 1


def into_cancelled(db, worker, clock):
    job = enqueue(db)
    db.execute("select pgsched.cancel(%s)", (job,))
    return job, 0


@pytest.mark.parametrize(
    ("into", "expected"),
    [
        (into_scheduled, "scheduled"),
        (into_ready, "ready"),
        (into_retry, "scheduled"),
        (into_blocked_by_task, "blocked"),
        (into_suspect, "blocked"),
        (into_running, "running"),
        (into_succeeded, "succeeded"),
        (into_dead, "dead"),
        (into_cancelled, "cancelled"),
    ],
)
def test_state_and_attempt(db, worker, clock, into, expected):
    job, attempts = into(db, worker, clock)

    assert (state(db, job), attempt(db, job)) == (expected, attempts)


def test_an_expired_job_is_expired(db):
    job = enqueue(db)
    db.execute(
        "with r as (delete from pgsched._ready returning *) insert into pgsched._ended"
        " select id, now(), 0, 'expired', queue, 't' from r"
    )

    assert state(db, job) == "expired"


def test_an_unknown_id_has_no_state_and_no_row(db):
    assert state(db, 5) is None


def test_the_state_of_a_job_is_stable_so_that_it_sees_one_snapshot(db):
    assert one(db, "select provolatile::text from pg_proc where proname = 'job_state'") == "s"


def test_values_of_a_live_job_come_from_its_live_row(db, worker, clock):
    clock.advance(0)
    job = enqueue(db)
    due = clock.now + timedelta(hours=1)
    db.execute("select pgsched.reschedule(%s, %s, 9, 'vip')", (job, due))

    found = db.execute("select queue, priority, due_at from pgsched.job").fetchall()

    assert found == [("vip", 9, due)]


def test_one_statement_tells_the_states_of_many(db, worker):
    made = enqueue_n(db, 500)
    worker.finish(*worker.claim(200)[:150])

    found = db.execute("select state, count(*) from pgsched.job group by 1").fetchall()

    assert dict(found) == {"succeeded": 150, "running": 50, "ready": 300}
    assert len(made) == 500


def test_the_public_columns_come_in_the_promised_order(db):
    names = [c.name for c in db.execute("select * from pgsched.job").description]

    assert " ".join(names[:12]) == (
        "id task queue priority args state attempt max_attempts due_at created_at key labels"
    )
