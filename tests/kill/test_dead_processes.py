"""Processes that are killed, stopped, or hold the interpreter's lock."""

from __future__ import annotations

import os
import signal

from tests.worker.processes import (
    alive,
    all_ended,
    each_ended_once,
    eventually,
    outcomes,
    parent_of,
    states,
)

LEASE_S = 1.5


def runs(job):
    eventually(lambda: job.state() == "running", or_else="the job runs")


def test_children_of_a_killed_supervisor_die_and_another_worker_takes_over(worker, client, db):
    """No orphans: neither the children, nor an isolated handler."""
    first = worker(lease_s=LEASE_S)
    job = client.enqueue("wait_for_row", {"n": 1})
    apart = client.enqueue("wait_apart")
    runs(job)
    [(line,)] = eventually(
        lambda: db.execute(
            "select message from pgsched.job_log where job_id = %s", (apart.id,)
        ).fetchall()
    )
    [child], started = first.children(db), int(line.partition(" ")[2])
    runner = parent_of(started)

    first.process.kill()

    eventually(lambda: not alive(child) and not alive(runner))
    db.execute("insert into gate (n) values (1)")
    worker(lease_s=LEASE_S)
    assert job.result(20) == 1
    assert outcomes(db, job.id) == ["lost", "succeeded"]
    os.kill(started, signal.SIGKILL)  # it is not ours: only the runner is


def test_a_killed_child_is_replaced_and_its_jobs_run_again(worker, client, db):
    """At once: its supervisor need not wait for the lease to end."""
    process = worker(lease_s=600, processes=2)
    jobs = client.enqueue_many("wait_for_row", [{"n": 1}] * 10)
    eventually(lambda: states(db) == {"running": 10})
    children = process.children(db)

    os.kill(children[0], signal.SIGKILL)
    eventually(lambda: children[0] not in process.children(db))
    db.execute("insert into gate (n) values (1)")

    assert [job.result(20) for job in jobs] == [1] * 10
    assert {tuple(outcomes(db, job.id)) for job in jobs} <= {("succeeded",), ("lost", "succeeded")}
    each_ended_once(db)
    eventually(lambda: len(process.children(db)) == 2)


def test_a_handler_that_holds_the_interpreter_ends_with_the_lease(worker, client, db):
    """No thread of the child could end it; the kernel does. The worker goes on."""
    process = worker(lease_s=LEASE_S)
    [child] = process.children(db)
    job = client.enqueue("hog", {"seconds": 600})

    eventually(lambda: not alive(child), within_s=15)

    eventually(lambda: outcomes(db, job.id)[:1] == ["lost"])
    assert client.enqueue("add", {"a": 1}).result(20) == 1


def test_children_of_a_stopped_supervisor_end_with_the_lease(worker, client, db):
    """They could run what somebody else has taken over meanwhile."""
    first = worker(lease_s=LEASE_S)
    job = client.enqueue("wait_for_row", {"n": 1})
    runs(job)
    [child] = first.children(db)

    first.signal(signal.SIGSTOP)
    worker(lease_s=LEASE_S)
    eventually(lambda: not alive(child), within_s=15)
    db.execute("insert into gate (n) values (1)")
    assert job.result(20) == 1
    first.signal(signal.SIGCONT)

    assert outcomes(db, job.id) == ["lost", "succeeded"]
    late = [client.enqueue("add", {"a": n}) for n in range(20)]
    assert [each.result(20) for each in late] == list(range(20))
    first.signal(signal.SIGTERM)
    assert first.wait() == 0


def test_a_child_that_was_stopped_for_long_loses_nothing(worker, client, db):
    """Its supervisor kept its lease, so nobody took its jobs; they end once in any case."""
    process = worker(lease_s=LEASE_S)
    jobs = client.enqueue_many("transfer", [{"n": n} for n in range(200)])
    eventually(lambda: states(db)["succeeded"] > 0)
    [child] = process.children(db)

    os.kill(child, signal.SIGSTOP)
    [(until,)] = db.execute("select max(lease_until) from pgsched._worker").fetchall()
    eventually(
        lambda: db.execute(
            "select 1 from pgsched._worker as w where w.pid = %s"
            " and w.lease_until > %s + interval '3 s'",
            (child, until),
        ).fetchall()
    )
    os.kill(child, signal.SIGCONT)

    assert [job.result(20) for job in jobs] == [{"n": n} for n in range(200)]
    all_ended(db)
    each_ended_once(db)
    assert db.execute("select count(*), count(distinct n) from effect").fetchone() == (200, 200)
