"""job.result() and aresult(): a wait for a notification, and what it says at the end."""

from __future__ import annotations

import asyncio

import pytest

from pgsched import Scheduler
from pgsched.errors import JobFailed, JobNotFound, ResultTimeout
from tests.worker.processes import eventually


def test_result_of_a_job_that_has_ended(scheduler):
    """At once, and as often as asked."""
    job = scheduler.enqueue("add", {"a": 2, "b": 3})

    assert job.result(20) == 5
    assert (job.result(0), job.state()) == (5, "succeeded")
    assert scheduler.enqueue("nothing", {"x": 1}).result(20) is None
    assert scheduler.enqueue("echo", {"value": [None, "x", {"y": 1.5}]}).result(20) == [
        None,
        "x",
        {"y": 1.5},
    ]


def test_result_is_woken_by_a_notification(scheduler, served_db):
    """Far sooner than its safety poll of 5 s: the wait is registered before the job may end."""
    job = scheduler.enqueue("wait_for_row", {"n": 1})
    eventually(lambda: job.state() == "running")

    async def wait_while_it_runs():
        waiting = asyncio.create_task(job.aresult(20))
        registered = "select 1 from pgsched._waiter where id = %s"
        while not served_db.execute(registered, (job.id,)).fetchone():
            assert not waiting.done(), await waiting
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)  # its polls at the beginning are over
        served_db.execute("insert into gate (n) values (1)")
        return await asyncio.wait_for(waiting, 4)

    assert asyncio.run(wait_while_it_runs()) == 1
    left = served_db.execute("select count(*) from pgsched._waiter where id = %s", (job.id,))
    assert left.fetchone() == (0,)


def test_a_timeout_leaves_the_job_alone(scheduler):
    """ResultTimeout says what it is; the registration is taken back."""
    job = scheduler.enqueue("add", {"a": 1}, delay=3600)

    with pytest.raises(ResultTimeout, match="it is scheduled"):
        job.result(0.1)
    with pytest.raises(ResultTimeout):
        asyncio.run(job.aresult(0))
    assert job.state() == "scheduled"


def test_a_failed_job_raises(scheduler):
    """With its last error; and an id that no job has is refused."""
    job = scheduler.enqueue("throw", {"what": "plain"})

    with pytest.raises(JobFailed, match=r"(?s)ended dead.*ValueError: it broke"):
        asyncio.run(job.aresult(20))
    with pytest.raises(JobNotFound):
        scheduler.job(1).result(1)


def test_results_of_many_jobs_in_one_loop(served):
    """As many waits as connections allow, on an asynchronous client."""

    async def main():
        async with Scheduler(served.dsn) as client:
            jobs = await client.aenqueue_many("add", [{"a": n} for n in range(10)])
            jobs.append(await client.aenqueue("add", {"a": 10}))
            return await asyncio.gather(*(job.aresult(20) for job in jobs))

    assert asyncio.run(main()) == list(range(11))
