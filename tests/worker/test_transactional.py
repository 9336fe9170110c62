"""Promise 3: a handler that completes its job in the transaction of its effects has them once."""

from __future__ import annotations

import pytest

from pgsched.errors import JobFailed
from tests.worker.processes import eventually, outcomes

_n = iter(range(1, 1000))


def effects(db, n):
    """The attempts that left a row."""
    return [a for (a,) in db.execute("select attempt from effect where n = %s", (n,)).fetchall()]


@pytest.mark.parametrize(
    ("name", "result"),
    [("transfer", {"n": 1}), ("transfer_async", 1), ("transfer_apart", 1)],
)
def test_effect_and_end_are_one_commit(scheduler, served_db, name, result):
    """Sync, async, and from an isolated process; the result is kept, and a line logged before."""
    n = next(_n)
    job = scheduler.enqueue(name, {"n": n})

    assert job.result(20) == ({"n": n} if isinstance(result, dict) else n)
    assert effects(served_db, n) == [1]
    assert outcomes(served_db, job.id) == ["succeeded"]


def test_what_was_logged_before_the_commit_is_kept(scheduler, served_db):
    """Though the worker holds the job no more when the line arrives."""
    jobs = scheduler.enqueue_many("transfer", [{"n": next(_n)} for _ in range(20)])
    for job in jobs:
        job.result(20)

    ids = [job.id for job in jobs]
    kept = "select job_id from pgsched.job_log where job_id = any(%s) and message = 'working'"
    lines = eventually(lambda: (found := served_db.execute(kept, (ids,)).fetchall())[19:] and found)
    assert sorted(lines) == [(id,) for id in ids]


@pytest.mark.parametrize("how", ["roll back", "fail before commit"])
def test_a_completion_that_was_rolled_back_did_not_happen(scheduler, served_db, how):
    """Neither did its effect: the job is tried again."""
    n = next(_n)
    job = scheduler.enqueue("transfer", {"n": n, "how": how})

    assert job.result(20) == {"n": n}
    assert effects(served_db, n) == [2]
    assert outcomes(served_db, job.id) == ["failed", "succeeded"]


def test_an_error_after_the_commit_changes_nothing(scheduler, served_db):
    """The job has succeeded; nothing runs again."""
    n = next(_n)
    job = scheduler.enqueue("transfer", {"n": n, "how": "fail after commit"})

    assert job.result(20) == {"n": n}
    after = scheduler.enqueue("add", {"a": 1})  # its end is written later
    assert after.result(20) == 1
    assert (effects(served_db, n), outcomes(served_db, job.id)) == ([1], ["succeeded"])


def test_a_job_is_completed_once(scheduler, served_db):
    """The second call is refused, and so the transaction fails."""
    n = next(_n)
    job = scheduler.enqueue("transfer", {"n": n, "how": "twice"})

    with pytest.raises(JobFailed, match="no longer holds the job"):
        job.result(20)
    assert effects(served_db, n) == []


def test_only_transactional_tasks_may_complete(scheduler):
    """Others share a claim with their neighbours, who would wait for this transaction."""
    job = scheduler.enqueue("complete_without_leave")

    with pytest.raises(JobFailed, match="is for jobs of transactional tasks"):
        job.result(20)


def test_a_transactional_task_may_just_return(scheduler):
    """Then it succeeds as any other."""
    assert scheduler.enqueue("forget_to_complete", {"n": 3}).result(20) == 3
