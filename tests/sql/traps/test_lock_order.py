"""Everything at once on the same jobs: no deadlock, and every job in one place at the end."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.sql.actors import Worker, declare, enqueue_n, one, places

JOBS = 40


class Meddler:
    """A worker, an operator and a reaper in one, who does things to overlapping jobs at random."""

    def __init__(self, conn: psycopg.Connection, jobs: list[int], seed: int) -> None:
        self.conn, self.jobs, self.random = conn, jobs, random.Random(seed)
        self.worker = Worker(conn)
        self.held = []
        self.done = 0

    def run(self, steps: int) -> None:
        acts = [self.claim] * 4 + [self.leave_some] * 6 + [self.cancel] * 2 + [self.redrive] * 2
        acts += [self.reschedule, self.die, self.claim_suspect, self.pause, self.change_many]
        for _ in range(steps):
            try:
                with self.conn.transaction():
                    self.random.choice(acts)()
                self.done += 1
            except psycopg.Error as refusal:
                if not (refusal.sqlstate or "").startswith("PS"):
                    raise

    def claim(self) -> None:
        self.held += self.worker.claim(self.random.randint(1, JOBS // 2))

    def claim_suspect(self) -> None:
        self.held += self.worker.claim_suspect()

    def leave_some(self) -> None:
        """Some of what it holds ends, in an order that is not the order of the locks."""
        self.random.shuffle(self.held)
        some, self.held = self.held[: JOBS // 4], self.held[JOBS // 4 :]
        act = self.random.choice(
            [
                self.worker.finish,
                self.worker.release,
                self.worker.snooze,
                lambda *jobs: self.worker.fail(*jobs, retry_in_s=0),
                lambda *jobs: self.worker.fail(*jobs, final=True),
            ]
        )
        act(*some)

    def cancel(self) -> None:
        self.conn.execute("select pgsched.cancel(%s)", (self.random.choice(self.jobs),))

    def redrive(self) -> None:
        which = self.random.choice(["dead", "cancelled"])
        one(self.conn, "select pgsched.redrive_many(state => %s)", which)

    def reschedule(self) -> None:
        self.conn.execute(
            "select pgsched.reschedule(%s, priority => %s)",
            (self.random.choice(self.jobs), self.random.randint(-2, 2)),
        )

    def change_many(self) -> None:
        """In an order that is not that of the locks."""
        call = self.random.choice(["cancel_jobs", "redrive_jobs", "reschedule_jobs"])
        some = self.random.sample(self.jobs, JOBS // 2)
        self.conn.execute(f"select pgsched.{call}(%s)", (some,))

    def pause(self) -> None:
        name = self.random.choice(["pause", "resume"])
        self.conn.execute(f"select pgsched.{name}_task('t')")

    def die(self) -> None:
        """Its own jobs are orphans now, for it or any other to reap."""
        self.worker.leave()
        self.held = []
        self.worker = Worker(self.conn)
        self.worker.reap()


def storm(db, connect, dsn, threads, steps):
    declare(db, "exact", transactional=True)
    declare(db, "t")
    jobs = enqueue_n(db, JOBS // 2, "t") + enqueue_n(db, JOBS // 2, "exact")
    meddlers = [Meddler(connect(dsn, timeout_s=20), jobs, seed) for seed in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(meddler.run, steps) for meddler in meddlers]:
            future.result()
    assert min(meddler.done for meddler in meddlers) > steps // 3
    for job in jobs:
        where = places(db, job)
        won = one(
            db,
            "select count(*) from pgsched._run where job_id = %s and outcome = 'succeeded'",
            job,
        )
        assert (len(where), won) in {(1, 0), (0, 1)}, (job, where, won)
    assert one(db, "select deadlocks from pg_stat_database where datname = current_database()") == 0


def test_overlapping_jobs_do_not_deadlock(db, connect, dsn):
    storm(db, connect, dsn, threads=4, steps=60)


@pytest.mark.storm
def test_overlapping_jobs_do_not_deadlock_for_long(db, connect, dsn):
    storm(db, connect, dsn, threads=8, steps=1500)
