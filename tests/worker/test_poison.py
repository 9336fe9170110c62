"""Promise 6: what a job contains never stops it, or its neighbours, from being finished."""

from __future__ import annotations

import pytest

from pgsched.errors import JobFailed
from tests.apps.poison import ERRORS, RESULTS
from tests.worker.processes import eventually, outcomes, states

REFUSED = {
    "nan": "Out of range float",
    "infinity": "Out of range float",
    "nul": "must not contain NUL",
    "surrogate": "surrogates not allowed",
    "surrogate_key": "surrogates not allowed",
    "deep": "the result must",
    "deepest": "the result must",
    "too_many_digits": "Exceeds the limit",
    "set": "not JSON serializable",
    "bytes": "not JSON serializable",
    "tuple_key": "keys must be",
    "big": "must not exceed 65536 bytes",
}


@pytest.mark.parametrize("name", ["give", "give_apart"])
def test_results_that_json_cannot_hold_fail_their_own_job_alone(scheduler, name):
    """Bad and good ones of one batch, enqueued in one statement: each ends on its own account."""
    jobs = dict(
        zip(RESULTS, scheduler.enqueue_many(name, [{"what": w} for w in RESULTS]), strict=True)
    )

    for what, job in jobs.items():
        if what in REFUSED:
            with pytest.raises(JobFailed, match=REFUSED[what]):
                job.result(20)
        else:
            assert job.result(20) == RESULTS[what]


KEPT = {
    "plain": "ValueError: it broke",
    "nul": r"ValueError: a\\x00b",
    "surrogate": r"ValueError: \\ud800",
    "long": "ValueError: xxxx",
    "unprintable": "Unprintable",
    "exit": "SystemExit: 3",
    "interrupt": "KeyboardInterrupt",
    "group": "ExceptionGroup: many",
    "cancelled": "CancelledError",
    "stop_iteration": "StopIteration",
    "generator_exit": "GeneratorExit",
    "discard": "never mind",
    "cancel": "not today",
    "half_made": "HalfMade",
}


@pytest.mark.parametrize("name", ["throw", "throw_in_thread", "throw_apart"])
def test_whatever_a_handler_raises_is_its_jobs_error(scheduler, served_db, name):
    """One batch again; the child is the same afterwards."""
    jobs = dict(
        zip(ERRORS, scheduler.enqueue_many(name, [{"what": w} for w in ERRORS]), strict=True)
    )

    for what, error in KEPT.items():
        with pytest.raises(JobFailed, match=error):
            jobs[what].result(20)
    for what, state in {"discard": "dead", "cancel": "cancelled", "retry": "dead"}.items():
        assert jobs[what].state() == state
    assert eventually(lambda: jobs["snooze"].state() == "scheduled")
    assert outcomes(served_db, jobs["snooze"].id) == ["snoozed"]
    assert scheduler.enqueue("add", {"a": 1}).result(20) == 1


def test_args_that_no_python_reads_end_their_own_job_dead(scheduler, served_db):
    """Made by plain SQL, where Python's checks do not hold: 1e5000 and nesting 6,000 deep."""
    poison = ["1e5000", "[" * 6000 + "]" * 6000]
    texts = [f'{{"value": {text}}}' for text in ["1", poison[0], "2", poison[1], "3"]]

    made = served_db.execute(
        "insert into pgsched.job (task, args) select 'echo', t::jsonb from unnest(%s::text[])"
        " with ordinality as u (t, n) order by n returning id",
        (texts,),
    ).fetchall()
    jobs = [scheduler.job(id) for (id,) in made]

    assert [jobs[n].result(20) for n in (0, 2, 4)] == [1, 2, 3]
    for n in (1, 3):
        with pytest.raises(JobFailed):
            jobs[n].result(20)
        assert outcomes(served_db, jobs[n].id) == ["failed"]


def test_an_innocent_batch_survives_what_only_postgres_refuses(worker, client, db):
    """A constraint that Python does not know of: one ending is refused, its neighbours are not."""
    worker()
    db.execute(
        "alter table pgsched._run add constraint no_seven check (result is distinct from '7')"
    )

    jobs = client.enqueue_many("add", [{"a": n} for n in range(20)])

    assert [job.result(20) for job in jobs if job is not jobs[7]] == [
        n for n in range(20) if n != 7
    ]
    with pytest.raises(JobFailed, match="no_seven"):
        jobs[7].result(20)


def test_a_poison_job_among_200_neighbours_is_the_only_one_to_suffer(worker, client, db):
    """It kills its process each time; from the second loss on it runs alone, and ends dead."""
    neighbours = client.enqueue_many("nap", [{"seconds": 0.01}] * 100)
    poison = client.enqueue("die")
    neighbours += client.enqueue_many("nap", [{"seconds": 0.01}] * 100)

    worker(concurrency=250, lease_s=1)

    with pytest.raises(JobFailed, match="its worker died"):
        poison.result(50)
    eventually(lambda: states(db) == {"succeeded": 200, "dead": 1})
    assert outcomes(db, poison.id) == ["lost"] * 5
    [(losses,)] = db.execute(
        "select coalesce(max(n), 0) from (select count(*) as n from pgsched.run as r"
        " where r.outcome = 'lost' and r.job_id <> %s group by r.job_id) as l",
        (poison.id,),
    ).fetchall()
    assert losses <= 2
