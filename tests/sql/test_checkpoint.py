"""What a handler keeps of a job for its later attempts."""

from __future__ import annotations

import pytest
from psycopg.types.json import Jsonb

from tests.sql.actors import enqueue, one
from tests.sql.keeper import run_step, set_setting
from tests.sql.refusals import refused


def save(worker, job, value):
    worker.conn.execute(
        "select pgsched.save_checkpoint(%s, %s, %s, %s, %s)",
        (worker.id, job.claim, job.id, job.attempt, Jsonb(value)),
    )


def kept(worker, job):
    return one(
        worker.conn,
        "select pgsched.checkpoint(%s, %s, %s, %s)",
        worker.id,
        job.claim,
        job.id,
        job.attempt,
    )


def test_a_later_attempt_finds_what_was_saved_last(db, worker):
    enqueue(db)
    first = worker.claim_one()
    assert kept(worker, first) is None

    save(worker, first, {"page": 1})
    save(worker, first, {"page": 2})
    worker.fail(first, retry_in_s=0)

    assert kept(worker, worker.claim_one()) == {"page": 2}


def test_who_does_not_hold_the_job_neither_saves_nor_reads(db, worker, rival):
    enqueue(db)
    first = worker.claim_one()
    worker.release(first)
    held = rival.claim_one()

    for actor, job in ((worker, first), (worker, held), (rival, held._replace(attempt=1))):
        for act in (lambda a=actor, j=job: save(a, j, 1), lambda a=actor, j=job: kept(a, j)):
            with refused("PS021", "no longer holds the job"):
                act()


def test_it_has_a_limit_of_bytes(db, worker):
    enqueue(db)
    job = worker.claim_one()
    set_setting(db, "checkpoint_bytes_max", 10)

    save(worker, job, "12345678")
    with refused("PS010", "a checkpoint must not exceed 10 bytes"):
        save(worker, job, "123456789")

    assert kept(worker, job) == "12345678"


@pytest.mark.parametrize("place", ["ready", "running", "blocked", "succeeded", "dead"])
def test_upkeep_forgets_it_once_the_job_has_ended(db, worker, clock, place):
    clock.advance(0)
    db.execute("select pgsched.declare_task('t')")
    enqueue(db)
    job = worker.claim_one()
    save(worker, job, 1)
    if place == "succeeded":
        worker.finish(job)
    elif place != "running":
        worker.fail(job, retry_in_s=3600, final=place == "dead")
    if place == "blocked":
        db.execute("update pgsched._ready set due_at = pgsched.clock()")
        db.execute("select pgsched.pause_task('t')")
        worker.claim()

    ended = place in ("succeeded", "dead")
    assert run_step(db, "checkpoints") == "removed 0 checkpoints"
    clock.advance(61)
    assert run_step(db, "checkpoints") == f"removed {int(ended)} checkpoints"


def test_upkeep_looks_at_a_thousand_a_step(db, clock):
    clock.advance(0)
    db.execute(
        "insert into pgsched._checkpoint select n, 1, '2020-01-01', '1'"
        " from generate_series(1, 1001) as n"
    )

    assert [run_step(db, "checkpoints") for _ in range(3)] == [
        "removed 1000 checkpoints",
        "removed 1 checkpoints",
        "removed 0 checkpoints",
    ]
