"""Jobs are sent to endpoints, and their answers are what becomes of them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import threading

import pytest

from tests.sql.actors import enqueue, enqueue_n, one, outcomes
from tests.sql.endpoints import add
from tests.worker.processes import eventually


@pytest.fixture
def dsn(pushed_dsn):
    return pushed_dsn


def state(db, job):
    return one(db, "select state::text from pgsched.job where id = %s", job)


def ended(db, job):
    """Its state, once it has ended."""
    eventually(
        lambda: state(db, job) in ("succeeded", "dead", "cancelled"), or_else="it does not end"
    )
    return state(db, job)


def result_of(db, job):
    assert ended(db, job) == "succeeded"
    return one(db, "select result from pgsched.outcome(%s)", job)


def how(db, job):
    return [outcome for _, outcome, _ in outcomes(db, job)]


def endpoint(db, column):
    return one(db, f"select {column} from pgsched.endpoint")


def reply(handler, status, headers=None, body=b""):
    handler.send_response(status)
    for name, value in {**(headers or {}), "content-length": str(len(body))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def test_a_job_is_sent_signed_and_the_answer_is_its_result(db, receiver, secret):
    """Signed by both secrets; numbers in args are as they were given, to the last digit."""
    newest = one(db, "select pgsched.rotate_endpoint('e')")
    receiver.answers["/hook"] = (200, {}, b'{"sum": 3}')
    args = '{"n": 123456789012345678901234567890.5}'
    job = one(db, "select pgsched.enqueue('t', %s::jsonb)", args)

    assert result_of(db, job) == {"sum": 3}
    [seen] = receiver.seen
    headers, body = seen["headers"], seen["body"]
    assert json.loads(body) | {"args": 0} == {"id": str(job), "task": "t", "attempt": 1, "args": 0}
    assert args.encode() in body
    assert headers["webhook-id"] == f"job_{job}"
    now = one(db, "select extract(epoch from clock_timestamp())::float8")
    assert abs(now - int(headers["webhook-timestamp"])) < 60
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    macs = [
        hmac.digest(base64.b64decode(each.removeprefix("whsec_")), signed, hashlib.sha256)
        for each in (newest, secret)
    ]
    expected = " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs)
    assert headers["webhook-signature"] == expected


@pytest.mark.parametrize(
    ("body", "result"), [(b"", None), (b"fine", "fine"), (b"[NaN]", "[NaN]"), (b"[1.5]", [1.5])]
)
def test_a_body_is_the_result_json_or_text(db, receiver, secret, body, result):
    receiver.answers["/hook"] = (201, {}, body)

    assert result_of(db, enqueue(db)) == result


def test_a_body_that_is_too_large_ends_the_job_dead(db, receiver, secret):
    receiver.answers["/hook"] = (200, {}, b'"%s"' % (b"x" * 1024 * 1024))
    job = enqueue(db)

    assert ended(db, job) == "dead"
    assert "must not exceed 1048576 bytes" in one(db, "select error from pgsched.dead_letters")


def test_a_body_that_cannot_be_read_ends_the_job_dead(db, receiver, secret):
    """It was asked for as it is; the job's result would be lost without a word."""
    body = gzip.compress(b'{"sum": 3}')
    receiver.answers["/hook"] = (200, {"content-encoding": "gzip"}, body)
    job = enqueue(db)

    assert ended(db, job) == "dead"
    told = "the answer is encoded (gzip), though identity was asked for"
    assert one(db, "select error from pgsched.dead_letters") == told


@pytest.mark.parametrize(
    "headers", [{"content-encoding": "gzip"}, {"content-encoding": "Identity"}]
)
def test_no_body_is_none_however_it_is_encoded(db, receiver, secret, headers):
    receiver.answers["/hook"] = (204, headers, b"")

    assert result_of(db, enqueue(db)) is None


def test_what_fails_is_retried_by_the_task_s_policy(db, receiver, secret):
    answers = iter([(500, {}, b"oops"), (302, {"location": "/other"}, b""), (200, {}, b"")])
    receiver.answers["/hook"] = lambda handler: reply(handler, *next(answers))
    job = enqueue(db)

    assert ended(db, job) == "succeeded"
    assert how(db, job) == ["failed", "failed", "succeeded"]
    errors = db.execute("select error from pgsched.run order by attempt").fetchall()
    assert errors[0] == ("endpoint e answered 500: oops",)
    assert {seen["path"] for seen in receiver.seen} == {"/hook"}
    assert len({seen["headers"]["webhook-id"] for seen in receiver.seen}) == 1


def test_a_silent_endpoint_times_the_attempt_out(db, receiver, secret):
    silence = threading.Event()
    receiver.answers["/hook"] = lambda handler: silence.wait(20)
    job = enqueue(db, timeout_s=0.2, max_attempts=1)

    assert ended(db, job) == "dead"
    silence.set()
    assert how(db, job) == ["timed_out"]


def test_retry_after_holds_the_whole_endpoint_and_costs_no_attempt(db, receiver, secret):
    receiver.answers["/hook"] = (429, {"retry-after": "3600"}, b"slow down")
    first = enqueue(db, max_attempts=1)
    eventually(lambda: endpoint(db, "paused_until"))
    eventually(lambda: how(db, first) == ["released"])
    second = enqueue(db)
    problem = endpoint(db, "problem")
    receiver.answers["/hook"] = (200, {}, b"")
    db.execute("select pgsched.resume_endpoint('e')")

    assert problem == "endpoint e answered 429: slow down"
    assert [ended(db, first), ended(db, second)] == ["succeeded"] * 2
    assert how(db, first) == ["released", "succeeded"]
    assert len(receiver.seen) == 3


def test_gone_pauses_the_endpoint_until_it_is_resumed(db, receiver, secret):
    receiver.answers["/hook"] = (410, {}, b"moved away")
    job = enqueue(db, max_attempts=1)
    eventually(lambda: endpoint(db, "paused"))
    receiver.answers["/hook"] = (200, {}, b"")
    db.execute("select pgsched.resume_endpoint('e')")

    assert ended(db, job) == "succeeded"


def test_a_cancel_breaks_the_request_off(db, receiver, secret):
    begun, broken = threading.Event(), threading.Event()

    def wait(handler):
        begun.set()
        if not handler.connection.recv(1):
            broken.set()

    receiver.answers["/hook"] = wait
    job = enqueue(db)
    assert begun.wait(20)
    db.execute("select pgsched.cancel(%s)", [job])

    assert ended(db, job) == "cancelled"
    assert broken.wait(20)


def test_endpoints_share_a_pusher(db, receiver, secret):
    """One that is stuck does not hold up another, nor one that came later."""
    stuck = threading.Event()
    receiver.answers["/hook"] = lambda handler: stuck.wait(20)
    enqueue_n(db, 10)
    eventually(lambda: len(receiver.seen) == 10)
    add(db, "other", f"{receiver.url}/other", tasks=["u"])

    assert result_of(db, enqueue(db, "u")) == "fine"
    stuck.set()


def test_what_is_due_later_is_sent_then(db, receiver, secret):
    job = one(db, "select pgsched.enqueue('t', delay => '0.3 seconds')")

    assert result_of(db, job) == "fine"
