"""Databases that are set up in ways a worker has to cope with."""

from __future__ import annotations

import time

import pytest

from pgsched import Scheduler
from tests.worker.processes import all_ended, each_ended_once, eventually, outcomes, states


def test_a_database_whose_default_is_serializable(worker, client, db, dsn):
    """Workers and clients begin READ COMMITTED by themselves: all of a job's life works."""
    name = db.info.dbname
    db.execute(f"alter database {name} set default_transaction_isolation = serializable")
    with Scheduler(dsn) as client:
        later = client.enqueue("add", {"a": 1}, delay=3600)
        client.reschedule(later.id, priority=5)
        assert client.cancel(later.id) == "cancelled"
        client.redrive(later.id)

        process = worker(lease_s=2)
        jobs = client.enqueue_many("transfer", [{"n": n} for n in range(50)])
        jobs += client.enqueue_many("succeed_at", [{"attempt": 2}] * 5)
        stopped = client.enqueue("wait_for_cancel")
        eventually(lambda: stopped.state() == "running")
        client.cancel(stopped.id)

        for job in jobs:
            job.result(20)
        assert later.result(20) == 1
        eventually(lambda: stopped.state() == "cancelled")
    each_ended_once(db)
    [(seen,)] = db.execute("select max(seen_at) from pgsched._worker").fetchall()
    eventually(
        lambda: db.execute(
            "select 1 from pgsched._worker where role = 'child' and seen_at > %s", (seen,)
        ).fetchall(),
        or_else="its lease is renewed",
    )
    assert process.process.poll() is None


def test_promise_7_without_notifications_all_works_by_polling(worker, client, db):
    """pgsched.notify = off for the whole database: nobody is told anything."""
    process = worker(poll_s=0.2)
    db.execute(f"alter database {db.info.dbname} set pgsched.notify = off")
    with Scheduler(client.dsn) as silent:
        eventually(lambda: listed(db), or_else="the worker sleeps")
        jobs = [silent.enqueue("add", {"a": n}) for n in range(3)]
        soon = silent.enqueue("add", {"a": 9}, delay=0.3)

        eventually(lambda: states(db) == {"succeeded": 4})
        assert [job.result(5) for job in [*jobs, soon]] == [0, 1, 2, 9]

        stopped = silent.enqueue("wait_for_cancel")
        eventually(lambda: stopped.state() == "running")
        assert silent.cancel(stopped.id) == "cancelling"
        eventually(lambda: stopped.state() == "cancelled")
    assert process.process.poll() is None


def waiting(db, queue):
    """Whether some job of the queue waits."""
    return db.execute("select 1 from pgsched._ready where queue = %s limit 1", (queue,)).fetchall()


def listed(db):
    """Whether somebody sleeps who would be notified."""
    return db.execute("select 1 from pgsched._idle").fetchall()


def test_a_sleeping_worker_is_woken_by_an_insert(worker, client, db):
    """Its safety poll is five minutes away: only the notification, or the due time, wakes it."""
    worker(poll_s=300, concurrency=2)
    eventually(lambda: listed(db), or_else="the worker sleeps")

    assert client.enqueue("add", {"a": 1}).result(10) == 1
    soon = client.enqueue("add", {"a": 2}, delay=0.3)
    assert soon.result(10) == 2
    retried = client.enqueue("succeed_at", {"attempt": 3})
    assert retried.result(10) == 3
    assert outcomes(db, retried.id) == ["failed", "failed", "succeeded"]


def test_in_a_rush_nobody_notifies_a_worker(worker, client, db):
    """It looks by itself then, and lies down again when the rush is over."""
    worker(poll_s=300)
    eventually(lambda: listed(db), or_else="the worker sleeps")

    ends = time.monotonic() + 20
    while listed(db):
        client.enqueue("nothing")
        assert time.monotonic() < ends, "still notified"

    for _ in range(20):
        client.enqueue("nothing")
    all_ended(db)
    eventually(lambda: listed(db), or_else="the worker sleeps again")
    assert client.enqueue("add", {"a": 1}).result(10) == 1
    each_ended_once(db)


def test_no_queue_starves_and_a_priority_goes_first(worker, client, db):
    """One slot, two queues: the small one is served while the other's backlog lasts."""
    client.enqueue_many("nothing", [{}] * 400, queue="big")
    client.enqueue_many("nothing", [{}] * 10, queue="small")
    client.enqueue("nothing", {}, queue="big", priority=-1)
    client.enqueue("nothing", {}, queue="big", priority=9)

    process = worker("--drain", ready=False, queues="big:3,small", concurrency=4)

    assert process.wait() == 0
    order = db.execute(
        "select r.queue, j.priority from pgsched.run as r join pgsched.job as j on j.id = r.job_id"
        " order by r.started_at, r.finished_at"
    ).fetchall()
    last_small = max(n for n, (queue, _) in enumerate(order) if queue == "small")
    assert last_small < 200
    assert ("big", 9) in order[:8]
    assert ("big", -1) in order[-8:]


def test_an_empty_queue_is_looked_at_while_another_is_full(worker, client, db):
    """Nobody notifies a worker whose claims are full."""
    worker(poll_s=300, queues="big,small", concurrency=4)
    client.enqueue_many("nothing", [{}] * 40_000, queue="big")
    eventually(lambda: not listed(db), or_else="the worker is too busy to be told")

    assert client.enqueue("nothing", queue="small").result(10) is None
    assert waiting(db, "big")


def test_a_paused_queue_and_a_paused_task_wait(worker, client, db):
    """Until resumed; the worker is woken by that."""
    db.execute("select pgsched.pause_queue('q')")
    worker(poll_s=300, queues="default,q")
    db.execute("select pgsched.pause_task('add')")
    jobs = [client.enqueue("add", {"a": 1}), client.enqueue("add_in_thread", {"a": 1}, queue="q")]
    assert client.enqueue("nothing").result(10) is None
    assert [job.state() for job in jobs] == ["blocked", "ready"]

    db.execute("select pgsched.resume_task('add')")
    db.execute("select pgsched.resume_queue('q')")

    assert [job.result(10) for job in jobs] == [1, 1]


@pytest.mark.parametrize("processes", [1, 2])
def test_upkeep_and_leases_go_on_while_nothing_is_to_do(worker, db, processes):
    """An idle worker renews its leases, and registers nothing twice."""
    process = worker(processes=processes, lease_s=1)
    [(seen,)] = db.execute("select max(seen_at) from pgsched._worker").fetchall()

    eventually(
        lambda: db.execute(
            "select 1 from pgsched._worker having min(seen_at) > %s + interval '2 s'", (seen,)
        ).fetchall()
    )

    assert db.execute("select count(*) from pgsched._worker").fetchone() == (processes + 1,)
    assert "error" not in process.log
