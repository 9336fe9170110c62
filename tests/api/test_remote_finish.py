"""Workers say over HTTP how runs ended: each fenced, all in one transaction, safe to repeat."""

from __future__ import annotations

import pytest

from tests.api.conftest import problem
from tests.api.remote import Agent, ended
from tests.sql.actors import enqueue, enqueue_n, one, outcomes, places, state

CHILDREN = "select array_agg(j.task order by j.id) from pgsched.job as j where j.parent_id = %s"


@pytest.fixture
def agent(api, dsn):
    """A worker that is registered."""
    return Agent(api)


def test_each_outcome_is_kept(agent, db):
    ends = {
        "succeeded": {},
        "failed": {"error": "boom", "after_s": 3600.0},
        "timed_out": {"final": True},
        "cancelled": {},
        "snoozed": {"after_s": 60.0},
        "released": {"after_s": 60.0},
    }
    jobs = dict(zip(ends, enqueue_n(db, 6), strict=True))
    held = {int(job["id"]): job for job in agent.claim()["jobs"]}

    given = [ended(held[jobs[outcome]], outcome, **more) for outcome, more in ends.items()]
    assert agent.finish(*given) == ["kept"] * 6

    for outcome, job in jobs.items():
        assert [run[1] for run in outcomes(db, job)] == [outcome]
    assert [state(db, job) for job in jobs.values()] == [
        *("succeeded", "scheduled", "dead", "cancelled", "scheduled", "scheduled"),
    ]


def test_a_job_that_was_not_begun_leaves_no_run(agent, db):
    job = enqueue(db)

    assert agent.finish(ended(agent.claim_one(), "released", started=False)) == ["kept"]

    assert (state(db, job), outcomes(db, job)) == ("ready", [])


def test_what_is_lost_stops_none_of_its_neighbours(agent, api, db):
    jobs = enqueue_n(db, 3)
    lost, *kept = agent.claim()["jobs"]
    db.execute("select pgsched.release(%s, %s, %s, '{1}', '{f}')",
               [agent.id, [int(lost["claim"])], [int(lost["id"])]])  # fmt: skip
    other = Agent(api)
    other.claim()

    assert agent.finish(*map(ended, (lost, *kept))) == ["lost", "kept", "kept"]
    assert agent.finish(ended(lost, "released"), ended(lost | {"attempt": 7}, "failed")) == [
        "lost",
        "lost",
    ]
    assert sorted(state(db, job) for job in jobs) == ["running", "succeeded", "succeeded"]


def test_a_finish_whose_answer_was_lost_is_repeated(agent, db):
    """What comes next is made once."""
    job, failed = enqueue_n(db, 2)
    [first, second] = agent.claim()["jobs"]
    told = [
        ended(first, result={"n": 1}, next=[{"task": "then", "args": {"n": 2}}]),
        ended(second, "failed", error="boom", after_s=3600.0, next=[{"task": "tell"}]),
    ]

    assert agent.finish(*told) == agent.finish(*told) == ["kept", "kept"]

    assert (one(db, CHILDREN, job), one(db, CHILDREN, failed)) == (["then"], ["tell"])
    assert (outcomes(db, job), outcomes(db, failed)) == (
        [(1, "succeeded", False)],
        [(1, "failed", True)],
    )


def test_what_comes_next_and_a_checkpoint_exist_only_where_the_job_was_held(agent, api, db):
    enqueue(db)
    held = agent.claim_one()
    agent.leave()
    again = Agent(api)

    stale = ended(held, "snoozed", checkpoint={"page": 7}, next=[{"task": "then"}])
    assert again.finish(stale) == ["lost"]

    assert one(db, "select count(*) from pgsched._job") == 1
    assert one(db, "select count(*) from pgsched._checkpoint") == 0


def test_what_names_another_claim_of_its_worker_makes_nothing(agent, db):
    enqueue_n(db, 2)
    first, second = agent.claim()["jobs"]
    enqueue(db)
    other = agent.claim_one()
    assert first["claim"] == second["claim"] != other["claim"]
    stray = ended(first | {"claim": other["claim"]}, next=[{"task": "then"}], checkpoint=1)

    assert agent.finish(stray, ended(second, "snoozed", after_s=60.0)) == ["lost", "kept"]

    assert one(db, "select count(*) from pgsched.job as j where j.task = 'then'") == 0
    assert one(db, "select count(*) from pgsched._checkpoint") == 0


def test_a_checkpoint_is_kept_with_the_end_and_found_by_the_next_attempt(agent, db):
    enqueue(db)
    held = agent.claim_one()

    assert agent.finish(ended(held, "snoozed", checkpoint=[1, 2])) == ["kept"]

    [again] = agent.claim()["jobs"]
    fence = {"claim": again["claim"], "attempt": again["attempt"]}
    path = f"/{agent.id}/checkpoints/{again['id']}"
    assert agent.ask("GET", path, params=fence).json() == {"value": [1, 2]}
    assert agent.ask("PUT", path, json={**fence, "value": 3}).status_code == 204
    assert agent.ask("GET", path, params=fence).json() == {"value": 3}
    problem(agent.ask("GET", path, params={**fence, "attempt": 1}), 409, "PS021")
    problem(agent.ask("PUT", path, json={**fence, "attempt": 1, "value": 4}), 409, "PS021")


def test_the_next_job_is_a_child_with_all_that_a_job_may_have(agent, db):
    job = enqueue(db)
    new = {
        "task": "then",
        "queue": "mail",
        "priority": 7,
        "delay_s": 3600.0,
        "key": "k",
        "labels": {"a": 1},
        "retry": {"kind": "fixed", "base_s": 1.0},
    }

    agent.finish(ended(agent.claim_one(), next=[new]))

    [found] = db.execute(
        "select j.parent_id, j.queue, j.priority, j.state::text, j.key, j.labels, j.retry"
        " from pgsched.job as j where j.task = 'then'"
    ).fetchall()
    assert found == (job, "mail", 7, "scheduled", "k", {"a": 1}, {"kind": "fixed", "base_s": 1})


def test_a_pending_cancel_wins_over_all_but_success(agent, db):
    jobs = enqueue_n(db, 2)
    held = {int(job["id"]): job for job in agent.claim()["jobs"]}
    for job in jobs:
        db.execute("select pgsched.cancel(%s)", [job])

    told = agent.finish(ended(held[jobs[0]], "failed", error="x"), ended(held[jobs[1]]))

    assert told == ["cancelled", "kept"]
    assert [state(db, job) for job in jobs] == ["cancelled", "succeeded"]


def test_a_result_that_cannot_be_kept_fails_its_job_alone(agent, db):
    jobs = enqueue_n(db, 3)
    held = {int(job["id"]): job for job in agent.claim()["jobs"]}

    told = agent.finish(
        ended(held[jobs[0]], result="x" * 1_100_000),
        ended(held[jobs[1]], result="\0"),
        ended(held[jobs[2]], result="fine"),
    )

    assert told == ["kept"] * 3
    assert [state(db, job) for job in jobs] == ["dead", "dead", "succeeded"]
    assert "1048576 bytes" in one(db, "select error from pgsched._ended where id = %s", jobs[0])
    assert "NUL" in one(db, "select error from pgsched._ended where id = %s", jobs[1])


def test_what_handlers_say_is_kept(agent, db):
    job = enqueue(db)
    held = agent.claim_one()
    line = {"id": held["id"], "attempt": 1}

    agent.finish(logs=[{**line, "message": "begun\0"}, {**line, "progress": 0.5}])
    agent.finish(ended(held), logs=[{**line, "level": "debug", "message": "done"}])

    found = db.execute(
        "select level, message, progress from pgsched._log where job_id = %s", [job]
    ).fetchall()
    assert found == [
        ("info", "begun\\x00", None),
        ("info", None, 0.5),
        ("debug", "done", None),
    ]


def test_a_run_is_named_once(agent, db):
    enqueue(db)
    held = agent.claim_one()

    problem(agent.post("finish", {"ended": [ended(held), ended(held, "failed")]}), 422, "PS010")
    assert places(db, int(held["id"])) == ["claim"]


def test_a_wrong_next_job_is_refused_with_all(agent, db):
    enqueue(db)
    held = agent.claim_one()
    db.execute("update pgsched._setting set value = 1024 where name = 'args_bytes_max'")
    new = {"task": "t", "args": {"x": "y" * 2000}}

    answer = agent.post("finish", {"ended": [ended(held, next=[new])]})

    problem(answer, 422, "PS010")
    assert places(db, int(held["id"])) == ["claim"]
