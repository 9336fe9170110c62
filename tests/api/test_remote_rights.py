"""Which keys may be workers, where, and as whom."""

from __future__ import annotations

import pytest

from tests.api.conftest import problem
from tests.api.remote import Agent, ended, key_of
from tests.sql.actors import enqueue, one, state

ID = "00000000-0000-4000-8000-000000000000"
FENCE = {"claim": "1", "attempt": 1}
ROUTES = [
    ("POST", "", {}),
    ("POST", f"/{ID}/claim", {}),
    ("POST", f"/{ID}/finish", {}),
    ("POST", f"/{ID}/heartbeat", None),
    ("GET", f"/{ID}/tasks", None),
    ("DELETE", f"/{ID}", None),
    ("GET", f"/{ID}/checkpoints/1?claim=1&attempt=1", None),
    ("PUT", f"/{ID}/checkpoints/1", {**FENCE, "value": 1}),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_it_takes_a_key_of_scope_worker(guarded, db, method, path, body):
    def ask(key):
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return guarded.request(method, f"/v1/workers{path}", json=body, headers=headers)

    problem(ask(None), 401, "PS060")
    problem(ask("pgs_wrong"), 401, "PS060")
    problem(ask(key_of(db, "root", ["read", "write", "admin"])), 403, "PS028")
    right = ask(key_of(db, "root", ["worker"]))
    assert right.status_code == (201 if path == "" else 409), right.text


def test_nobody_acts_as_the_worker_of_somebody_else(guarded, db):
    job = enqueue(db)
    agent = Agent(guarded, key_of(db, "root", ["worker"]))
    held = agent.claim_one()
    other = Agent(guarded, key_of(db, "eve", ["worker"]))
    own, other.id = other.id, agent.id

    checkpoint = f"/{agent.id}/checkpoints/{job}"
    fence = {"claim": held["claim"], "attempt": 1}
    for answer in (
        other.post("claim", {}),
        other.post("finish", {"ended": [ended(held)]}),
        other.post("finish", {"ended": [ended(held, next=[{"task": "t"}])]}),
        other.beat(),
        other.ask("GET", f"/{agent.id}/tasks"),
        other.ask("GET", checkpoint, params=fence),
        other.ask("PUT", checkpoint, json={**fence, "value": 1}),
        other.leave(),
    ):
        problem(answer, 403, "PS028")
    other.id = own
    assert other.finish(ended(held)) == ["lost"]
    assert state(db, job) == "running"
    assert one(db, "select count(*) from pgsched._job") == 1


def test_a_key_that_is_limited_to_queues_works_there_alone(guarded, db):
    for queue in ("mail", "other"):
        enqueue(db, queue=queue)
    limited = key_of(db, "root", ["worker"], queues=["mail"])

    agent = Agent(guarded, limited)  # on the queues of its key
    assert len(agent.claim()["jobs"]) == 1
    problem(agent.post("claim", {"queues": {"other": 1}}), 403, "PS028")
    problem(agent.post("claim", {"queues": {"mail": 1, "other": 1}}), 403, "PS028")
    problem(agent.ask("POST", "", json={"queues": ["other"]}), 403, "PS028")


def test_a_limited_key_does_not_act_as_a_worker_of_other_queues(guarded, db):
    """Though it is of the same user."""
    enqueue(db, queue="other")
    wide = Agent(guarded, key_of(db, "root", ["worker"]), queues=["mail", "other"])
    held = wide.claim_one()
    narrow = Agent(guarded, key_of(db, "root", ["worker"], queues=["mail"]))
    narrow.id = wide.id

    problem(narrow.post("finish", {"ended": [ended(held)]}), 403, "PS028")
    problem(narrow.post("claim", {"queues": {"mail": 1}}), 403, "PS028")


def test_a_limited_key_makes_the_next_jobs_on_its_queues_alone(guarded, db):
    limited = key_of(db, "root", ["worker"], queues=["mail"])
    agent = Agent(guarded, limited)
    enqueue(db, queue="mail")
    held = agent.claim_one()

    for queue in ({}, {"queue": "other"}):
        new = {"task": "t", **queue}
        problem(agent.post("finish", {"ended": [ended(held, next=[new])]}), 403, "PS028")
    assert agent.finish(ended(held, next=[{"task": "t", "queue": "mail"}])) == ["kept"]


def test_tasks_are_declared_with_their_schedules_by_a_key_of_scope_admin(guarded, db):
    body = {
        "priority": 3,
        "timeout_s": 2.0,
        "description": "Say it.",
        "schedules": [
            {"name": "daily", "columns": {"cron": "0 6 * * *"}},
            {"name": "wrong", "columns": {"cron": "nonsense", "color": "red"}},
        ],
        "subscriptions": [{"name": "on", "columns": {"event_type": "order.created"}}],
    }

    def declare(scopes, **more):
        headers = {"authorization": f"Bearer {key_of(db, 'root', scopes)}"}
        return guarded.put("/v1/tasks/t/declaration", json={**body, **more}, headers=headers)

    problem(declare(["worker"]), 403, "PS028")
    [trouble] = declare(["admin"]).json()["problems"]
    assert trouble.startswith("schedule wrong: ")
    assert one(db, "select priority from pgsched.task where name = 't'") == 3
    assert one(db, "select array_agg(name::text) from pgsched.schedule") == ["daily"]
    assert one(db, "select array_agg(name::text) from pgsched.subscription") == ["on"]
    assert declare(["admin"], schedules=[]).json() == {"problems": []}
    assert one(db, "select count(*) from pgsched.schedule") == 0
