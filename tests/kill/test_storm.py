"""Children and supervisors killed with -9 at work: nothing is lost, nothing happens twice."""

from __future__ import annotations

import itertools
import os
import random
import signal
from contextlib import suppress

import pytest

from tests.worker.processes import each_ended_once, eventually, states, unfinished

LEASE_S = 2


def enqueue(client, jobs):
    """Four of five are to have their effect exactly once, the others at least once."""
    once = [n for n in range(jobs) if n % 5]
    client.enqueue_many("transfer", [{"n": n} for n in once])
    client.enqueue_many("leave_a_mark", [{"n": n} for n in range(jobs) if n % 5 == 0])


def effects_are_right(db, jobs):
    """What was to happen once did; no job is without effect."""
    found = db.execute(
        "select count(distinct n), count(*) filter (where n % 5 <> 0) from effect"
    ).fetchone()
    assert found == (jobs, len([n for n in range(jobs) if n % 5]))


@pytest.mark.parametrize(
    "jobs", [2000, pytest.param(10_000, marks=[pytest.mark.storm, pytest.mark.timeout(300)])]
)
def test_every_job_ends_once_while_processes_are_killed(worker, client, db, jobs):
    """A child dies at each twelfth of the way, and a supervisor with all of its own halfway."""
    enqueue(client, jobs)
    options = {"lease_s": LEASE_S, "processes": 2, "concurrency": 10}
    workers = [worker(**options), worker(ready=False, **options)]

    for twelfths in range(11, 0, -1):
        eventually(
            lambda left=jobs * twelfths // 12: unfinished(db) <= left,
            within_s=120,
            or_else=f"the work goes on ({states(db)})",
        )
        if twelfths == 6:
            workers[0].process.kill()
            workers.append(worker(**options))
        else:
            children = [*itertools.chain(*(each.children(db) for each in workers[1:]))]
            for pid in random.sample(children, min(1, len(children))):
                with suppress(ProcessLookupError):  # it was killed before, and is registered still
                    os.kill(pid, signal.SIGKILL)

    eventually(lambda: unfinished(db) == 0, within_s=60, or_else=f"{states(db)}")
    each_ended_once(db)
    assert states(db) == {"succeeded": jobs}
    effects_are_right(db, jobs)
    lost = "select count(*) > 0 from pgsched.run where outcome = 'lost'"
    assert db.execute(lost).fetchone() == (True,)
