"""Pushers that are killed or told to stop, and endpoints that answer 202 and then call back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import httpx
import pytest

from pgsched.settings import Settings
from tests.api.conftest import problem, serving
from tests.push.conftest import LOCAL
from tests.push.test_pusher import ended, how, reply, result_of, state
from tests.sql.actors import enqueue, one
from tests.worker.processes import ROOT, alive, children_of, eventually


class Gate:
    """An endpoint that answers once it is opened, and tells that a request has come."""

    def __init__(self, receiver):
        self.asked, self.open = threading.Event(), threading.Event()
        receiver.answers["/hook"] = self

    def __call__(self, handler):
        self.asked.set()
        assert self.open.wait(30)
        reply(handler, 200, body=b'"late"')


def test_a_pusher_that_is_killed_loses_no_job(db, receiver, secret, pusher):
    gate = Gate(receiver)
    process = pusher(lease_s=1)
    job = enqueue(db)
    assert gate.asked.wait(20)
    process.kill()
    gate.open.set()
    pusher(lease_s=1)

    assert result_of(db, job) == "late"
    assert how(db, job) == ["lost", "succeeded"]


def test_a_child_that_is_killed_is_replaced(db, receiver, secret, pusher):
    gate = Gate(receiver)
    process = pusher()
    job = enqueue(db)
    assert gate.asked.wait(20)
    [child] = process.children(db, "push")
    os.kill(child, signal.SIGKILL)
    gate.open.set()

    assert result_of(db, job) == "late"
    assert process.children(db, "push") != [child]


def test_a_pusher_that_is_told_to_stop_waits_for_answers(db, receiver, secret, pusher):
    gate = Gate(receiver)
    process = pusher()
    job, waits = enqueue(db), None
    assert gate.asked.wait(20)
    process.signal(signal.SIGTERM)
    eventually(lambda: "has 30 s to finish" in process.log)
    waits = enqueue(db)
    gate.open.set()

    assert process.wait() == 0
    assert (state(db, job), state(db, waits)) == ("succeeded", "ready")


def test_who_is_told_to_stop_twice_gives_back_what_is_unanswered(db, receiver, secret, pusher):
    gate = Gate(receiver)
    process = pusher()
    job = enqueue(db)
    assert gate.asked.wait(20)
    process.signal(signal.SIGTERM)
    eventually(lambda: "has 30 s to finish" in process.log)
    process.signal(signal.SIGTERM)

    assert process.wait() == 0
    gate.open.set()
    assert (state(db, job), how(db, job)) == ("ready", ["released"])


@pytest.fixture
def api(dsn):
    """A client of an API that asks who comes: an endpoint is no user."""
    with serving(Settings(dsn=dsn)) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def call_back(api, seen, what, **body):
    """As the endpoint that got this request. An Idempotency-Key is of no effect."""
    token = seen["headers"]["pgsched-token"]
    headers = {"authorization": f"Bearer {token}", "idempotency-key": "k"}
    path = f"{seen['headers']['pgsched-callback']}/{what}"
    return api.post(path, headers=headers, **({"json": body} if body else {}))


def taken_over(db):
    return one(db, "select count(*) from pgsched.stat_worker where role = 'endpoint'") == 1


def test_an_endpoint_goes_on_by_itself_and_ends_the_job(db, receiver, secret, pusher, api):
    receiver.answers["/hook"] = (202, {}, b"")
    pusher()
    job = enqueue(db)
    eventually(lambda: taken_over(db))
    [seen] = receiver.seen

    assert call_back(api, seen, "heartbeat").json() == {"lease_s": 300.0, "cancelled": False}
    assert state(db, job) == "running"
    done = [call_back(api, seen, "finish", outcome="succeeded", result={"n": 1}) for _ in range(2)]
    assert [answer.json() for answer in done] == [{"outcome": "succeeded"}] * 2
    assert result_of(db, job) == {"n": 1}
    problem(call_back(api, seen, "heartbeat"), 409, "PS021")
    assert one(db, "select count(*) from pgsched._request") == 0


def test_who_calls_back_before_the_answer_comes_again(db, receiver, secret, pusher, api):
    """It would else be lost: the job is not in its hands yet."""
    early = []

    def hurry(handler):
        early.append(call_back(api, receiver.seen[-1], "finish", outcome="succeeded"))
        reply(handler, 202)

    receiver.answers["/hook"] = hurry
    pusher()
    job = enqueue(db)
    eventually(lambda: taken_over(db))

    problem(early[0], 425, "PS018")
    assert early[0].headers["retry-after"] == "1"
    assert call_back(api, receiver.seen[0], "finish", outcome="succeeded").status_code == 200
    assert ended(db, job) == "succeeded"


def test_only_its_own_token_ends_a_job(db, receiver, secret, pusher, api):
    receiver.answers["/hook"] = (202, {}, b"")
    pusher()
    enqueue(db)
    eventually(lambda: taken_over(db))
    [seen] = receiver.seen
    token = seen["headers"]["pgsched-token"]

    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), "pgs_x", "x" * 5000):
        foreign = {**seen, "headers": {**seen["headers"], "pgsched-token": wrong}}
        problem(call_back(api, foreign, "finish", outcome="failed"), 401, "PS060")
    assert call_back(api, seen, "heartbeat").status_code == 200


def test_the_room_that_an_endpoint_makes_is_filled(db, receiver, secret, pusher, api):
    """Though the pusher, which sleeps, knows nothing of the job that has ended."""
    db.execute("""select pgsched.change_endpoint('e', '{"concurrency": 1}')""")
    receiver.answers["/hook"] = (202, {}, b"")
    pusher(poll_s=60)
    enqueue(db)
    eventually(lambda: taken_over(db))
    second = enqueue(db)
    call_back(api, receiver.seen[0], "finish", outcome="succeeded")
    eventually(lambda: len(receiver.seen) == 2)
    call_back(api, receiver.seen[1], "heartbeat")

    assert receiver.seen[1]["headers"]["webhook-id"] == f"job_{second}"


def test_an_endpoint_that_forgets_a_job_times_it_out(db, receiver, secret, pusher):
    db.execute("""select pgsched.change_endpoint('e', '{"lease_s": 1}')""")
    answers = iter([(202, {}, b""), (200, {}, b"")])
    receiver.answers["/hook"] = lambda handler: reply(handler, *next(answers))
    pusher(lease_s=1)
    job = enqueue(db)

    assert ended(db, job) == "succeeded"
    assert how(db, job) == ["timed_out", "succeeded"]


def test_an_api_that_pushes_ends_its_pusher_with_itself(dsn, db, receiver, secret):
    """In an orderly way, and when it is killed."""
    environ = {name: value for name, value in os.environ.items() if "PGSCHED" not in name}
    for number in (signal.SIGTERM, signal.SIGKILL):
        process = subprocess.Popen(
            [sys.executable, "-m", "pgsched", "api", "--push", "--port", "0"],
            cwd=ROOT,
            env={**environ, **LOCAL, "PGSCHED_DSN": dsn},
            start_new_session=True,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert result_of(db, enqueue(db)) == "fine"
            [beside] = children_of(process.pid)
            [child] = children_of(beside)
        finally:
            process.send_signal(number)
            process.wait(30)
        eventually(lambda: not alive(beside) and not alive(child))  # noqa: B023 - called at once


def test_an_api_that_pushes_starts_its_pusher_anew(dsn, db, receiver, secret):
    """Which may have come before the schema, or have been killed; and it asks no API."""
    environ = {name: value for name, value in os.environ.items() if "PGSCHED" not in name}
    process = subprocess.Popen(
        [sys.executable, "-m", "pgsched", "api", "--push", "--port", "0"],
        cwd=ROOT,
        env={**environ, **LOCAL, "PGSCHED_DSN": dsn, "PGSCHED_API": "http://127.0.0.1:1"},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert result_of(db, enqueue(db)) == "fine"
        [beside] = children_of(process.pid)
        os.kill(beside, signal.SIGKILL)
        eventually(lambda: not alive(beside))
        assert result_of(db, enqueue(db)) == "fine"
    finally:
        process.terminate()
        process.wait(30)
