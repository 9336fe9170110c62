"""Timeouts and cancels: coroutines and threads are told, isolated processes are killed."""

from __future__ import annotations

import pytest

from pgsched.errors import JobFailed
from tests.worker.processes import alive, eventually, outcomes


@pytest.mark.parametrize(
    ("name", "args", "options"),
    [
        ("oversleep", {}, {}),
        ("watch_the_clock", {}, {"timeout_s": 0.2}),
        ("never_return", {}, {}),
    ],
)
def test_a_run_is_ended_at_its_timeout(scheduler, served_db, name, args, options):
    """Cancelled, told by ctx.cancelled, or killed."""
    job = scheduler.enqueue(name, args, **options)

    with pytest.raises(JobFailed, match=r"timed out after 0.2 s"):
        job.result(20)
    assert outcomes(served_db, job.id) == ["timed_out"]
    assert scheduler.enqueue("add_apart", {"a": 1}).result(20)["sum"] == 1


def test_the_jobs_own_timeout_wins_over_its_tasks(scheduler):
    """timeout_s of the INSERT."""
    job = scheduler.enqueue("oversleep", timeout_s=0.1)

    with pytest.raises(JobFailed, match=r"timed out after 0.1 s"):
        job.result(20)


def test_a_thread_that_does_not_heed_its_timeout_is_given_up(scheduler, served_db):
    """It goes on for a while, and the next attempt of the same job runs beside it."""
    job = scheduler.enqueue("ignore_the_timeout")

    assert job.result(20) == "attempt 2"
    assert outcomes(served_db, job.id) == ["timed_out", "succeeded"]
    again = scheduler.enqueue("add_in_thread", {"a": 1})
    assert again.result(20) == 1


@pytest.mark.parametrize("name", ["wait_for_cancel", "wait_in_thread", "wait_apart"])
def test_a_running_job_is_cancelled(scheduler, served_db, name):
    """Its handler is stopped, the job ends cancelled, and is not tried again."""
    job = scheduler.enqueue(name)
    eventually(lambda: job.state() == "running")

    assert scheduler.cancel(job.id) == "cancelling"

    with pytest.raises(JobFailed, match="cancelled"):
        job.result(20)
    assert outcomes(served_db, job.id) == ["cancelled"]
    assert scheduler.cancel(job.id) == "cancelled"


def test_a_kill_reaches_what_the_isolated_handler_started(scheduler, served_db):
    """Its session is killed as a whole."""
    job = scheduler.enqueue("wait_apart")
    [(line,)] = eventually(
        lambda: served_db.execute(
            "select message from pgsched.job_log where job_id = %s", (job.id,)
        ).fetchall()
    )
    started = int(line.partition(" ")[2])
    assert alive(started)

    scheduler.cancel(job.id)

    eventually(lambda: not alive(started))


def test_a_cancel_before_the_start_needs_no_worker(client):
    """At once; and result() says so."""
    job = client.enqueue("add", {"a": 1}, delay=3600)

    assert client.cancel(job.id) == "cancelled"

    with pytest.raises(JobFailed, match="ended cancelled"):
        job.result(5)


def test_a_lock_on_a_claim_does_not_hold_up_the_others(scheduler, served, served_db):
    """Somebody's open transaction cancels a running job; the worker goes on with the rest."""
    sibling, waiting = scheduler.enqueue_many("nap", [{"seconds": 0.5}, {"seconds": 60}])
    eventually(lambda: waiting.state() == "running")
    served_db.execute("begin")
    try:
        served_db.execute("select pgsched.cancel(%s)", [waiting.id])
        eventually(lambda: "lock timeout" in served.log, or_else="no trip met the lock")

        ended = scheduler.enqueue_many("add", [{"a": 1}] * 3)

        assert [job.result(20) for job in ended] == [1, 1, 1]
        assert sibling.state() == "running"
    finally:
        served_db.execute("commit")
    assert sibling.result(30) is None
    with pytest.raises(JobFailed, match="cancelled"):
        waiting.result(30)
