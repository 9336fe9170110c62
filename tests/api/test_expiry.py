"""What is open when its token expires, or its key is revoked: streams and long polls."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pgsched.auth.passwords import hash_now
from tests.api.conftest import problem
from tests.api.remote import Agent, key_of, meanwhile
from tests.api.test_log_in import bearer
from tests.api.test_remote_claim import ASLEEP
from tests.api.test_watch import events
from tests.sql.actors import Worker, enqueue, one, places
from tests.worker.processes import eventually

PASSWORD = "a few words to remember"
WAITED_FOR = "select exists (select from pgsched._waiter where id = %s)"


@pytest.fixture
def expire(monkeypatch):
    """Lets the time of all tokens made before be over; nobody is known for longer than a look."""
    ahead = timedelta()

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + ahead

    def done():
        nonlocal ahead
        ahead = timedelta(seconds=910)

    monkeypatch.setattr("pgsched.api.door.KNOWN_S", 0)
    monkeypatch.setattr("jwt.api_jwt.datetime", Clock)
    return done


@pytest.fixture
def token(guarded, db):
    """An access token of a viewer's log-in."""
    one(db, "select pgsched.create_user('ada', 'viewer', null, %s)", hash_now(PASSWORD))
    answer = guarded.post("/v1/auth/login", json={"name": "ada", "password": PASSWORD})
    return answer.json()["access_token"]


def test_a_stream_ends_with_its_token_and_another_goes_on_from_there(guarded, db, token, expire):
    """With Last-Event-ID; here by a key."""
    worker, job, key = Worker(db), enqueue(db), key_of(db, "root", ["read"])
    held = worker.claim_one()
    worker.log(held, "first")
    path = f"/v1/jobs/{job}/events"
    with guarded.stream("GET", path, headers=bearer(token)) as answer:
        told = events(answer)
        first = next(told)
        next(told)
        expire()
        [last] = told
    worker.log(held, "second")
    worker.finish(held)

    assert (last.kind, last.data["code"], last.data["status"]) == ("error", "PS060", 401)
    assert "has expired" in last.data["detail"]
    with guarded.stream("GET", path, headers=bearer(key) | {"last-event-id": first.id}) as answer:
        [second, *_] = events(answer)
    assert (first.data["message"], second.data["message"]) == ("first", "second")


def test_a_queues_stream_ends_with_its_token(guarded, token, expire):
    with guarded.stream("GET", "/v1/queues/q/events", headers=bearer(token)) as answer:
        told = events(answer)
        next(told)
        expire()
        [last] = told

    assert (last.kind, last.data["code"], last.data["status"]) == ("error", "PS060", 401)


def test_a_long_poll_that_outlives_its_token_tells_nothing(guarded, db, token, expire):
    worker, job = Worker(db), enqueue(db)
    path = f"/v1/jobs/{job}?wait=20"
    waiting = meanwhile(lambda: guarded.get(path, headers=bearer(token)))
    eventually(lambda: one(db, WAITED_FOR, job))

    expire()
    worker.finish(worker.claim_one(), results=['"secret"'])

    problem(waiting.result(20), 401, "PS060")


def test_nothing_is_claimed_for_a_key_that_was_revoked_as_it_waited(guarded, db):
    agent = Agent(guarded, key_of(db, "root", ["worker"]))
    waiting = meanwhile(lambda: agent.post("claim", {"wait_s": 20}))
    eventually(lambda: one(db, ASLEEP, agent.id))

    db.execute("select pgsched.revoke_api_key(id) from pgsched._api_key")
    job = enqueue(db)

    problem(waiting.result(20), 401, "PS060")
    assert places(db, job) == ["ready"]
