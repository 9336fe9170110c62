"""Handlers of each kind run with the args that they were given, and say what came of it."""

from __future__ import annotations

import os

import pytest

from pgsched.errors import JobFailed
from tests.worker.processes import alive, eventually, outcomes


@pytest.mark.parametrize("name", ["add", "add_in_thread"])
def test_a_job_runs_with_its_args_and_keeps_the_result(scheduler, name):
    """async def on the event loop, def in a thread."""
    jobs = scheduler.enqueue_many(name, [{"a": n, "b": 1} for n in range(50)])

    assert [job.result(20) for job in jobs] == list(range(1, 51))


def test_an_isolated_task_runs_in_a_process_that_is_used_again(scheduler, served, served_db):
    """isolation="process": its parent is the child that claimed the job."""
    found = [scheduler.enqueue("add_apart", {"a": 1, "b": n}).result(20) for n in range(3)]

    assert [each["sum"] for each in found] == [1, 2, 3]
    assert len({each["pid"] for each in found}) == 1
    assert [each["parent"] for each in found] == served.children(served_db) * 3
    assert scheduler.enqueue("add_apart_async", {"a": 1}).result(20) == 2


@pytest.mark.parametrize("name", ["add", "add_in_thread", "add_apart"])
@pytest.mark.parametrize(
    ("args", "what"),
    [
        ({}, "missing a"),
        ({"a": 1, "c": 2}, "unknown c"),
        ({"a": "1"}, "a must be int"),
        ({"a": True}, "a must be int"),
        ({"a": 1.5}, "a must be int"),
        ({"a": None}, "a must be int"),
        ({"a": 1, "ctx": 2}, "unknown ctx"),
    ],
)
def test_args_that_do_not_fit_end_the_job_before_its_handler_runs(
    scheduler, served_db, name, args, what
):
    """Dead at once: trying again would not help."""
    job = scheduler.enqueue(name, args)

    with pytest.raises(JobFailed, match=what):
        job.result(20)
    assert outcomes(served_db, job.id) == ["failed"]


def test_numbers_arrive_as_they_were_sent(scheduler):
    """Integers of any size are integers; what no float holds is not rounded."""
    numbers = [2**53 + 1, 2**63, 2**64 + 1, -(10**30), 10**400, 0.1, -0.5, 1e-300]

    jobs = scheduler.enqueue_many("describe", [{"value": number} for number in numbers])

    assert [job.result(20) for job in jobs] == [repr(number) for number in numbers]


def test_the_end_of_an_isolated_process_is_the_failure_of_its_job_alone(scheduler, served_db):
    """A handler that ends its process: the child that claimed the job lives on."""
    job = scheduler.enqueue("die_apart")

    with pytest.raises(JobFailed, match="exit code 7"):
        job.result(20)
    assert outcomes(served_db, job.id) == ["failed"]
    assert scheduler.enqueue("add_apart", {"a": 1}).result(20)["sum"] == 1


def test_a_retry_runs_again_and_a_snooze_costs_no_attempt(scheduler, served_db):
    """Retry(after=) and Snooze."""
    retried = scheduler.enqueue("succeed_at", {"attempt": 3})
    snoozed = scheduler.enqueue("snooze_until", {"attempt": 6})  # max_attempts is 2

    assert (retried.result(20), snoozed.result(20)) == (3, 6)
    assert outcomes(served_db, retried.id) == ["failed", "failed", "succeeded"]
    assert outcomes(served_db, snoozed.id) == ["snoozed"] * 5 + ["succeeded"]


def test_attempts_run_out(scheduler, served_db):
    """max_attempts failures, then dead."""
    job = scheduler.enqueue("succeed_at", {"attempt": 4})  # max_attempts is 3

    with pytest.raises(JobFailed, match="attempt 3"):
        job.result(20)
    assert outcomes(served_db, job.id) == ["failed"] * 3
    assert job.state() == "dead"


def test_a_log_line_and_progress_are_kept_with_the_job(scheduler, served_db):
    """In order; NUL and lone surrogates are shown, anything is taken as text."""
    jobs = [
        scheduler.enqueue("talk", {"text": "\U0001f600 fine"}),
        scheduler.enqueue("talk", {"text": 5}),
        scheduler.enqueue("talk_apart", {"text": "apart"}),
    ]
    for job in jobs:
        job.result(20)

    def lines(job):
        return served_db.execute(
            "select level, message, progress from pgsched.job_log where job_id = %s", (job.id,)
        ).fetchall()

    eventually(lambda: len(lines(jobs[0])) == 4)
    assert lines(jobs[0]) == [
        ("debug", "begun", None),
        ("progress", "half way", 0.5),
        ("progress", None, 1),
        ("info", "\U0001f600 fine", None),
    ]
    assert eventually(lambda: lines(jobs[1])[3:]) == [("info", "5", None)]
    assert lines(jobs[2]) == [("info", "apart", None), ("progress", None, 0.25)]


def test_progress_beyond_one_is_refused_at_once(scheduler):
    """In the handler, which fails by it."""
    job = scheduler.enqueue("bad_progress", max_attempts=1)

    with pytest.raises(JobFailed, match="progress must be from 0 to 1"):
        job.result(20)


def test_the_worker_is_what_the_database_says(served, served_db):
    """Its children's process ids are registered, and are real."""
    [child] = served.children(served_db)

    assert alive(child)
    assert os.getpgid(child) == served.pid


def test_a_claim_that_a_crash_forgot_is_no_obstacle(scheduler, served_db):
    """The job is ready again at the same attempt, and its worker runs it beside the first run."""
    job = scheduler.enqueue("nap", {"seconds": 1})
    eventually(lambda: job.state() == "running")
    served_db.execute(
        "with forgotten as (delete from pgsched._claim where %s = any(ids) returning queue)"
        " insert into pgsched._ready (id, queue, priority, attempt, due_at)"
        " select %s, queue, 0, 1, now() from forgotten",
        [job.id, job.id],
    )
    served_db.execute("notify pgsched")

    assert job.result(20) is None
    assert outcomes(served_db, job.id) == ["succeeded"]
