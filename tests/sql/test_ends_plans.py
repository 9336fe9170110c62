"""What becomes of the ends of jobs takes the intended path, with fresh, stale and no statistics."""

from __future__ import annotations

import pytest

from tests.sql import test_plans
from tests.sql.events import subscribe
from tests.sql.test_plans import partitions, scans_of

filled_dsn, dsn = test_plans.filled_dsn, test_plans.dsn


@pytest.mark.parametrize("form", ["finish_claims", "finish"])
def test_ends_are_told_by_way_of_one_partition_and_of_tasks_named_of_none(db, worker, form):
    """Of a batch of ten tasks, of which one is subscribed to; nothing is read of the others."""
    subscribe(db, "ends", "job.*", queue="ends", args={}, filter='$.data.task == "t2"')
    first, second = worker.claim(100), worker.claim(100)
    wanted = sum(job.task == "t2" for job in first)
    others = [task for task in {job.task for job in second} if task != "t2"]
    finish = getattr(worker, form)

    told = scans_of(db, lambda: finish(*first))
    spared = scans_of(db, lambda: finish(*second, tasks=others))
    db.execute("select pgsched.unsubscribe('ends')")

    [jobs], [runs] = partitions(told, "_job"), partitions(told, "_run")
    for name in (jobs, runs, "_ended", "_claim", "_subscription"):
        assert told[name].seq == 0, name
    assert told["_ended"].index == wanted > 0
    assert partitions(spared, "_job") == partitions(spared, "_run") == []
    assert spared["_subscription"].seq == spared["_claim"].seq == 0
