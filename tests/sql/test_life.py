"""The life of jobs against a small model of it: whatever people, workers and time do to them."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.sql.actors import Claimed, Worker, declare, enqueue, one, outcomes
from tests.sql.job_model import Job

TASKS = ("plain", "exact")
PICK = st.integers(0, 1000)

ALL_PLACES = """
select r.id, 'ready' from pgsched._ready as r union all
select b.id, 'blocked' from pgsched._blocked as b union all
select u.id, 'claim' from pgsched._claim as c cross join unnest(c.ids) as u (id) union all
select e.id, e.state::text from pgsched._ended as e
"""
# Between the first id and the last: without, each would be planned for all partitions.
ALL_STATES = "select j.id, j.state::text from pgsched.job as j where j.id between %s and %s"
ALL_RUNS = """
select r.job_id, r.attempt, r.outcome::text, r.charged from pgsched._run as r
 where r.job_id between %s and %s order by r.job_id, r.attempt
"""


class Life(RuleBasedStateMachine):
    """Each rule does one thing to the database and to the model."""

    conn: psycopg.Connection

    def __init__(self) -> None:
        super().__init__()
        self.conn.execute("begin")
        self.now: datetime = one(self.conn, "select clock_timestamp()")
        self.move_clock(0)
        self.jobs: list[Job] = []
        self.paused: set[str] = set()
        self.queue_paused = False
        declare(self.conn, "plain")
        declare(self.conn, "exact", transactional=True)
        self.reaper = Worker(self.conn, role="supervisor", lease_s=3600)
        self.workers = [Worker(self.conn, lease_s=3600) for _ in range(2)]

    def teardown(self) -> None:
        self.conn.execute("rollback")

    def some(self, *where: str) -> list[Job]:
        return [job for job in self.jobs if job.place in where]

    def pick(self, n: int, *where: str) -> Job:
        found = self.some(*where)
        return found[n % len(found)]

    def range_of_ids(self) -> tuple[int, int]:
        return (self.jobs[0].id, self.jobs[-1].id) if self.jobs else (0, 0)

    @rule(
        task=st.sampled_from(TASKS),
        priority=st.sampled_from([0, 0, 5, -5]),
        delay_s=st.sampled_from([0, 0, 0, 10]),
        most=st.integers(1, 3),
    )
    def enqueue(self, task: str, priority: int, delay_s: int, most: int) -> None:
        due_at = self.now + timedelta(seconds=delay_s)
        job_id = enqueue(self.conn, task, priority=priority, due_at=due_at, max_attempts=most)
        self.jobs.append(Job(job_id, task, priority, due_at, most))

    @rule(n=PICK, limit=st.integers(1, 5))
    def claim(self, n: int, limit: int) -> None:
        worker = self.workers[n % 2]
        taken = worker.claim(limit)
        if self.queue_paused:
            assert taken == []
            return
        due = sorted(
            (job for job in self.some("ready") if job.due_at <= self.now),
            key=lambda job: (-job.priority, job.due_at, job.id),
        )[:limit]
        for job in due:
            if job.task in self.paused:
                job.place = "blocked"
        expected = [job for job in due if job.place == "ready"]
        assert {claimed.id for claimed in taken} == {job.id for job in expected}
        self.now_running(worker, taken)

    @rule(n=PICK)
    def claim_suspect(self, n: int) -> None:
        worker = self.workers[n % 2]
        taken = worker.claim_suspect()
        due = sorted(
            (job.due_at, job.id)
            for job in self.some("blocked")
            if job.suspect and job.due_at <= self.now and job.task not in self.paused
        )
        expected = [] if self.queue_paused else due[:1]
        assert [claimed.id for claimed in taken] == [job_id for _, job_id in expected]
        self.now_running(worker, taken)

    def now_running(self, worker: Worker, taken: list[Claimed]) -> None:
        by_id = {job.id: job for job in self.jobs}
        for claimed in taken:
            job = by_id[claimed.id]
            assert claimed.attempt > job.attempt
            job.place, job.attempt, job.held, job.holder = "claim", claimed.attempt, claimed, worker

    @precondition(lambda self: self.some("claim"))
    @rule(n=PICK, form=st.sampled_from(["finish", "complete", "again", "stranger"]))
    def finish(self, n: int, form: str) -> None:
        job = self.pick(n, "claim")
        worker, held = job.holder, job.held
        if form == "stranger":
            assert self.reaper.finish(held) == [(job.id, job.attempt, "lost")]
            return
        if form == "complete" and job.task == "exact":
            worker.complete(held)
        else:
            assert worker.finish(held) == []
        if form == "again":
            assert worker.finish(held) == []
        job.place, job.cancelling = "succeeded", False
        job.ran("succeeded")

    @precondition(lambda self: self.some("claim"))
    @rule(n=PICK, final=st.booleans(), wait_s=st.sampled_from([0, 5]))
    def fail(self, n: int, final: bool, wait_s: int) -> None:
        job = self.pick(n, "claim")
        worker, held = job.holder, job.held
        report = worker.fail(held, final=final, retry_in_s=wait_s)
        failures = job.failures + 1
        job.failures += not job.cancelling
        due_at = self.now + timedelta(seconds=wait_s)
        dead = final or failures >= job.max_attempts
        recorded = job.go_back("failed", True, due_at, dead=dead)
        assert report == ([] if recorded == "failed" else [(job.id, job.attempt, recorded)])

    @precondition(lambda self: self.some("claim"))
    @rule(n=PICK, wait_s=st.sampled_from([0, 5]))
    def snooze(self, n: int, wait_s: int) -> None:
        job = self.pick(n, "claim")
        report = job.holder.snooze(job.held, delay_s=wait_s)
        due_at = self.now + timedelta(seconds=wait_s)
        recorded = job.go_back("snoozed", False, due_at, dead=False)
        assert report == ([] if recorded == "snoozed" else [(job.id, job.attempt, recorded)])

    @precondition(lambda self: self.some("claim"))
    @rule(n=PICK, started=st.booleans())
    def release(self, n: int, started: bool) -> None:
        job = self.pick(n, "claim")
        assert job.holder.release(job.held, started=started) == 1
        job.go_back("released" if started else None, False, self.now, dead=False)

    @rule(n=PICK)
    def die(self, n: int) -> None:
        """A worker dies, is reaped at once, and another takes its place."""
        victim = self.workers[n % 2]
        victim.leave()
        assert self.reaper.reap_all() == sum(job.holder is victim for job in self.jobs)
        for job in self.some("claim"):
            if job.holder is victim:
                self.lose(job)
        self.workers[n % 2] = Worker(self.conn, lease_s=3600)

    def lose(self, job: Job) -> None:
        charged, dead = job.suspect, job.suspect and job.alone >= 2
        if not job.cancelling:
            job.losses += 1
            job.alone += charged
            job.suspect = job.losses >= 2
        job.go_back("lost", charged, self.now, dead=dead)

    @precondition(lambda self: self.jobs)
    @rule(n=PICK)
    def cancel(self, n: int) -> None:
        job = self.jobs[n % len(self.jobs)]
        answer = one(self.conn, "select pgsched.cancel(%s)", job.id)
        if job.place == "claim":
            job.cancelling = True
            assert answer == "cancelling"
        else:
            job.place = "cancelled" if job.place in ("ready", "blocked") else job.place
            assert answer == job.place

    @precondition(lambda self: self.some("dead", "cancelled"))
    @rule(n=PICK)
    def redrive(self, n: int) -> None:
        job = self.pick(n, "dead", "cancelled")
        self.conn.execute("select pgsched.redrive(%s)", (job.id,))
        [marks] = [outcomes(self.conn, job.id)[len(job.runs) :]]
        assert [(outcome, charged) for _, outcome, charged in marks] == [("redriven", False)]
        job.attempt = marks[0][0]
        job.ran("redriven")
        job.place, job.due_at, job.suspect = "ready", self.now, False
        job.failures = job.losses = job.alone = 0

    @precondition(lambda self: self.some("ready", "blocked"))
    @rule(n=PICK, wait_s=st.sampled_from([0, 7]))
    def reschedule(self, n: int, wait_s: int) -> None:
        job = self.pick(n, "ready", "blocked")
        job.due_at = self.now + timedelta(seconds=wait_s)
        self.conn.execute("select pgsched.reschedule(%s, %s)", (job.id, job.due_at))

    @rule(task=st.sampled_from(TASKS), paused=st.booleans())
    def pause_task(self, task: str, paused: bool) -> None:
        self.conn.execute(f"select pgsched.{'pause' if paused else 'resume'}_task(%s)", (task,))
        if paused:
            self.paused.add(task)
            return
        self.paused.discard(task)
        for job in self.some("blocked"):
            if job.task == task and not job.suspect:
                job.place = "ready"

    @rule(paused=st.booleans())
    def pause_queue(self, paused: bool) -> None:
        name = "pause" if paused else "resume"
        self.conn.execute(f"select pgsched.{name}_queue('default')")
        self.queue_paused = paused

    @rule(seconds=st.sampled_from([1, 5, 10]))
    def move_clock(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.conn.execute("select set_config('pgsched.test_now', %s, false)", (str(self.now),))

    def state_of(self, job: Job) -> str:
        if job.place == "ready":
            if job.due_at > self.now:
                return "scheduled"
            return "blocked" if job.task in self.paused else "ready"
        return {"claim": "running"}.get(job.place, job.place)

    @invariant()
    def every_job_is_where_the_model_says_and_nowhere_else(self) -> None:
        found = self.conn.execute(ALL_STATES, self.range_of_ids()).fetchall()
        assert dict(found) == {job.id: self.state_of(job) for job in self.jobs}
        assert sorted(self.conn.execute(ALL_PLACES).fetchall()) == sorted(
            (job.id, job.place) for job in self.jobs if job.place != "succeeded"
        )

    @invariant()
    def history_is_as_the_model_says_and_success_is_its_end(self) -> None:
        found = self.conn.execute(ALL_RUNS, self.range_of_ids()).fetchall()
        assert found == [(job.id, *run) for job in self.jobs for run in job.runs]
        for job in self.jobs:
            attempts = [attempt for attempt, _, _ in job.runs]
            assert attempts == sorted(set(attempts))
            assert "succeeded" not in [outcome for _, outcome, _ in job.runs[:-1]]

    @invariant()
    def claims_agree_with_who_holds_what(self) -> None:
        found = self.conn.execute(
            "select u.id, u.attempt, c.priority, c.worker, c.flags & 1 = 1,"
            " c.flags & 2 = 2, c.flags > 0 and cardinality(c.ids) > 1"
            " from pgsched._claim as c"
            " cross join unnest(c.ids, c.attempts) as u (id, attempt)"
        )
        assert sorted(found.fetchall()) == sorted(
            (job.id, job.attempt, job.priority, job.holder.id, *job.flags, False)
            for job in self.some("claim")
        )


def live(db, examples: int, steps: int) -> None:
    """Each example is one transaction, rolled back."""
    run_state_machine_as_test(
        type("Life", (Life,), {"conn": db}),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_jobs_life_is_as_the_model_says(db):
    live(db, examples=60, steps=40)


@pytest.mark.storm
@pytest.mark.timeout(1200)
def test_a_jobs_life_is_as_the_model_says_for_long(db):
    live(db, examples=250, steps=80)
