"""A worker in the idle mode leaves its database alone, and is there when it is wanted."""

from __future__ import annotations

import pytest

from pgsched.settings import Settings
from pgsched.worker.idle import until_next
from tests.sql.actors import enqueue, one
from tests.worker.processes import WorkerProcess, eventually, outcomes

BACKENDS = """
select a.pid, a.state, a.state_change from pg_stat_activity as a
 where a.datname = %s and a.application_name like 'pgsched %%' order by a.pid
"""


def far_idle_s():
    """An `idle_s` whose next look is minutes away, so not within the test that asks."""
    return max(range(600, 1201), key=until_next)


class Clock:
    """Another worker, not idle, on a database of its own: its heartbeats say that time passes."""

    def __init__(self, admin, conn):
        self._admin, self._conn = admin, conn

    def beats(self, count):
        for _ in range(count):
            seen = self._seen()
            eventually(lambda: self._seen() > seen)  # noqa: B023 - called at once

    def _seen(self):
        return one(self._conn, "select max(w.seen_at) from pgsched._worker as w")

    def done(self, name):
        """What each backend of a database did last."""
        return self._admin.execute(BACKENDS, [name]).fetchall()


@pytest.fixture
def clock_worker(admin, copy, template, connect, tmp_path):
    with copy(template) as dsn:
        process = WorkerProcess(dsn, tmp_path, lease_s=1, poll_s=0.5)
        conn = connect(dsn)
        try:
            process.ready(conn)
            yield Clock(admin, conn), one(conn, "select current_database()")
        finally:
            process.kill()


def test_an_idle_worker_says_nothing_for_minutes_and_hears_all_the_same(db, worker, clock_worker):
    """With upkeep, ticker, keeper, child and pusher; and then a job is run at once."""
    clock, busy = clock_worker
    idle = one(db, "select current_database()")
    db.execute(
        "insert into pgsched.schedule (name, task, cron) values ('yearly', 'add', '0 0 1 1 *')"
    )
    worker("--push", idle_s=far_idle_s())

    def quiet():
        before = clock.done(idle)
        clock.beats(3)
        return before if before and before == clock.done(idle) else None

    before, other = eventually(quiet, within_s=60), clock.done(busy)
    clock.beats(15)

    assert clock.done(idle) == before
    assert {state for _, state, _ in before} == {"idle"}
    assert clock.done(busy) != other
    job = enqueue(db, "add", args={"a": 1, "b": 2})
    eventually(lambda: outcomes(db, job) == ["succeeded"])


def test_a_schedule_that_is_made_while_it_sleeps_fires(db, worker):
    worker(idle_s=far_idle_s())
    eventually(lambda: one(db, "select count(*) from pgsched._idle") == 1)
    db.execute(
        "insert into pgsched.schedule (name, task, every) values ('soon', 'nothing', '1 second')"
    )

    eventually(lambda: one(db, "select count(*) from pgsched.run") >= 2)


def test_its_lease_outlasts_its_silence():
    assert Settings(idle_s=100).lease_s == 300
    assert Settings(idle_s=5).lease_s == 30


def test_all_of_a_host_look_at_the_same_moments():
    now, then = until_next(60), until_next(60)

    assert 0 < then <= now <= 60
