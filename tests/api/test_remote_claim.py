"""Workers take jobs over HTTP."""

from __future__ import annotations

import json
import logging
import socket
import uuid

import pytest

from tests.api.conftest import problem
from tests.api.remote import Agent, ended, meanwhile
from tests.sql.actors import Worker, enqueue, enqueue_n, one, outcomes, places, state
from tests.worker.processes import eventually

ASLEEP = "select exists (select from pgsched._idle where worker = %s)"
BLOCKED = """
select exists (select from pg_locks where relation = 'pgsched._claim'::regclass and not granted)
"""


@pytest.fixture
def agent(api, dsn):
    """A worker that is registered."""
    return Agent(api)


def test_a_worker_registers_and_is_listed(api, db):
    made = api.post(
        "/v1/workers",
        json={"name": "w", "queues": ["mail"], "tasks": ["t"], "concurrency": 3, "lease_s": 9.5},
    )

    assert made.status_code == 201
    assert made.json()["lease_s"] == 9.5
    [found] = api.get("/v1/workers").json()["items"]
    assert (found["id"], found["name"], found["live"]) == (made.json()["id"], "w", True)
    assert (found["queues"], found["tasks"], found["concurrency"]) == (["mail"], ["t"], 3)


def test_an_id_is_used_once(api, db):
    fixed = {"id": str(uuid.uuid4())}

    assert api.post("/v1/workers", json=fixed).json()["id"] == fixed["id"]
    told = problem(api.post("/v1/workers", json=fixed | {"pid": 5}), 422, "PS010")
    assert "was used before" in told["detail"]


def test_jobs_are_claimed_by_priority_and_run_to_their_end(agent, db):
    low, high = enqueue(db, args={"n": 1}), enqueue(db, priority=9, timeout_s=2)

    first = agent.claim(limit=1)["jobs"]
    then = agent.claim()["jobs"]

    assert [(job["id"], job["timeout_s"]) for job in first] == [(str(high), 2)]
    assert [(job["id"], job["args"], job["attempt"]) for job in then] == [(str(low), {"n": 1}, 1)]
    assert agent.finish(*(ended(job, result=[1]) for job in first + then)) == ["kept", "kept"]
    assert (state(db, low), state(db, high)) == ("succeeded", "succeeded")
    assert one(db, "select result from pgsched.outcome(%s)", low) == [1]


def test_args_come_as_they_were_made(agent, db):
    """Numbers that no float holds, too."""
    text = '{"big": 123456789012345678901234567890, "fine": 0.10}'
    db.execute("insert into pgsched.job (task, args) values ('t', %s)", [text])

    answer = agent.post("claim", {})

    assert json.dumps(json.loads(text), separators=(",", ":")) in answer.text.replace(
        "0.10", "0.1"
    ).replace(" ", "")


def test_a_claim_says_when_to_ask_again(agent, db):
    assert (agent.claim()["more"], agent.claim()["next_due"]) == (False, None)

    enqueue(db, due_at="2100-01-01T00:00:00Z")
    assert agent.claim()["next_due"].startswith("2100-01-01T00:00:00")


def test_a_claim_waits_until_there_is_a_job(agent, db):
    waiting = meanwhile(lambda: agent.claim(wait_s=20))
    eventually(lambda: one(db, ASLEEP, agent.id))

    job = enqueue(db)

    assert [each["id"] for each in waiting.result(10)["jobs"]] == [str(job)]


def test_a_claim_waits_no_longer_than_it_says(agent, dsn):
    assert agent.claim(wait_s=0.05)["jobs"] == []


def test_a_job_that_becomes_due_while_a_claim_waits_is_taken(agent, db):
    """Nobody notifies of that."""
    job = one(db, "select pgsched.enqueue('t', delay => '0.2 s')")

    assert [each["id"] for each in agent.claim(wait_s=20)["jobs"]] == [str(job)]


def test_weights_and_queues_are_those_of_the_claim(agent, db):
    for queue in ("mail", "other"):
        enqueue_n(db, 2, queue=queue)

    assert len(agent.claim(queues={"mail": 3})["jobs"]) == 2
    assert agent.claim()["jobs"] == []  # those that it registered
    assert len(agent.claim(queues={"mail": 1, "other": 1})["jobs"]) == 2


def test_a_claim_without_queues_is_of_those_that_were_registered(agent, db):
    """Whatever the claim before named, of which another process knows nothing."""
    ours = enqueue(db)
    enqueue(db, queue="mail")

    assert agent.claim(limit=0, queues={"mail": 1})["jobs"] == []
    assert [job["id"] for job in agent.claim()["jobs"]] == [str(ours)]


@pytest.fixture
def answered(caplog):
    """Tells whether the API is done with a claim."""
    caplog.set_level(logging.DEBUG, "pgsched.api.access")
    return lambda: any("/claim" in each.getMessage() for each in caplog.records)


def claiming(api, agent):
    """A connection on which a claim was sent that waits for a minute."""
    body = b'{"limit": 1, "wait_s": 60}'
    head = f"POST /v1/workers/{agent.id}/claim HTTP/1.1\r\nhost: 127.0.0.1\r\n"
    head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    made = socket.create_connection((api.base_url.host, api.base_url.port))
    made.sendall(head.encode() + body)
    return made


def test_nothing_is_claimed_for_who_went_away_while_it_waited(api, agent, db, answered):
    """The claim ends at once, so the job that comes then waits for others."""
    with claiming(api, agent):
        eventually(lambda: one(db, ASLEEP, agent.id))
    eventually(answered, or_else="it waits on")

    job = enqueue(db)

    assert (places(db, job), outcomes(db, job)) == (["ready"], [])
    assert [(each["id"], each["attempt"]) for each in Agent(api).claim()["jobs"]] == [(str(job), 1)]


def test_what_was_being_claimed_as_it_went_away_is_given_back(api, agent, db, other_db, answered):
    """Here the claim waits for a lock, so that it ends after that."""
    job = enqueue(db)
    with other_db.transaction():
        other_db.execute("lock table pgsched._claim in share mode")
        with claiming(api, agent):
            eventually(lambda: one(db, BLOCKED))
        assert api.get("/health/ready").is_success  # by now it is known that it is gone
    eventually(answered)

    assert (places(db, job), outcomes(db, job)) == (["ready"], [])
    assert [(each["id"], each["attempt"]) for each in Agent(api).claim()["jobs"]] == [(str(job), 2)]


def test_jobs_of_a_claim_whose_answer_was_lost_come_back(agent, db):
    """The worker says what it holds; the rest was never started, so it leaves no run."""
    known, lost = enqueue(db), enqueue(db)
    held = agent.claim_one()
    agent.claim(limit=1)

    again = agent.claim(holding=[held["claim"]])["jobs"]

    assert [(job["id"], job["attempt"]) for job in again] == [(str(lost), 2)]
    assert (outcomes(db, lost), state(db, known)) == ([], "running")
    assert agent.finish(ended(held)) == ["kept"]


def test_a_cancel_ends_a_claim_that_waits_and_is_told_once(agent, db):
    job = enqueue(db)
    held = agent.claim_one()
    waiting = meanwhile(lambda: agent.claim(wait_s=20))
    eventually(lambda: one(db, ASLEEP, agent.id))

    db.execute("select pgsched.cancel(%s)", [job])

    assert waiting.result(10)["cancelled"] == [str(job)]
    assert agent.claim(wait_s=0.05)["cancelled"] == [str(job)]  # not before its time
    assert agent.beat().json()["cancelled"] == [str(job)]
    assert agent.finish(ended(held, "cancelled")) == ["kept"]
    assert state(db, job) == "cancelled"


def test_a_claim_of_no_jobs_waits_for_cancels_alone(agent, db):
    running = enqueue(db)
    agent.claim_one()
    waiting = meanwhile(lambda: agent.claim(limit=0, wait_s=20))
    waits = enqueue(db)

    db.execute("select pgsched.cancel(%s)", [running])

    assert waiting.result(10) == {
        "jobs": [],
        "cancelled": [str(running)],
        "more": False,
        "next_due": None,
    }
    assert state(db, waits) == "ready"


def test_a_heartbeat_gives_back_what_the_dead_held_and_counts_suspects(agent, api, db):
    """Where no worker is on the database, nobody else would."""
    job = enqueue(db)
    for beats in (0, 1):
        dead = Agent(api)
        dead.claim_one()
        db.execute("delete from pgsched._worker where id = %s", [dead.id])
        assert agent.beat().json()["suspects"] == 0
        assert places(db, job) == [("ready", "blocked")[beats]]

    assert agent.beat().json()["suspects"] == 1
    assert [each["id"] for each in agent.claim(suspect=True)["jobs"]] == [str(job)]


def test_a_heartbeat_counts_though_what_the_dead_held_cannot_be_given_back(agent, api, db):
    """It would else end every worker over HTTP, for one row that is wrong."""
    job = enqueue(db)
    dead = Agent(api)
    dead.claim_one()
    db.execute("delete from pgsched._worker where id = %s", [dead.id])
    db.execute(
        "insert into pgsched._run (job_id, attempt, outcome, charged, queue, started_at,"
        " finished_at) values (%s, 1, 'lost', false, 'q', now(), now())",
        [job],
    )

    assert agent.beat().status_code == 200


@pytest.mark.parametrize("evict", [True, False])
def test_who_leaves_gives_back_what_it_held(agent, db, evict):
    job = enqueue(db)
    agent.claim_one()

    assert agent.leave(evict=evict).status_code == 204

    assert places(db, job) == ["ready"]
    assert outcomes(db, job) == [(1, "released" if evict else "lost", False)]
    problem(agent.beat(), 409, "PS021")
    problem(agent.leave(), 409, "PS021")


def test_a_worker_whose_lease_has_ended_is_told_so(agent, db):
    db.execute("delete from pgsched._worker")

    for path, body in (("claim", {}), ("finish", {}), ("heartbeat", None)):
        problem(agent.ask("POST", f"/{agent.id}/{path}", json=body), 409, "PS021")
    problem(agent.ask("GET", f"/{agent.id}/tasks"), 409, "PS021")


def test_a_worker_on_the_database_is_none_of_a_users(guarded, db):
    """Who may do all, by the operator's rights, may act as any."""
    from tests.api.remote import key_of

    other = Worker(db)
    key = key_of(db, "root", ["worker"])
    answer = guarded.post(
        f"/v1/workers/{other.id}/claim", json={}, headers={"authorization": f"Bearer {key}"}
    )

    problem(answer, 403, "PS028")


def test_the_policies_of_a_workers_tasks_are_told(api, db):
    agent = Agent(api, tasks=["t", "unknown"])
    db.execute("select pgsched.declare_task('t', timeout_s => 3, isolation => 'process')")

    assert agent.ask("GET", f"/{agent.id}/tasks").json()["items"] == [
        {"name": "t", "timeout_s": 3, "isolation": "process"}
    ]


def test_a_refusal_leaves_the_connection_fit_for_others(api, agent, db):
    """psycopg would believe prepared what came after the statement that failed."""
    enqueue(db)
    held = agent.claim_one()
    given = {"claim": held["claim"], "attempt": 1, "value": 1}
    path = f"checkpoints/{held['id']}"

    for worker, status in ((agent.id, 204), (uuid.uuid4(), 409), (agent.id, 204)) * 3:
        assert api.put(f"/v1/workers/{worker}/{path}", json=given).status_code == status
