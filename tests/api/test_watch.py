"""/v1/jobs/{id}/events and /v1/queues/{name}/events: streams, as browsers read them."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from typing import NamedTuple

import httpx

from pgsched.auth.keys import make_key
from pgsched.settings import Settings
from tests.api.conftest import problem, serving
from tests.api.raw import raw
from tests.sql.actors import enqueue, enqueue_n, one
from tests.worker.processes import eventually


class Event(NamedTuple):
    """One of a stream."""

    kind: str
    data: dict
    id: str | None


def events(answer):
    """What is told, until the stream ends; comments are passed over."""
    assert answer.status_code == 200, answer.read()
    assert answer.headers["content-type"].startswith("text/event-stream")
    fields = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if line and name:
            fields[name] = value
        elif not line and "data" in fields:
            yield Event(fields["event"], json.loads(fields["data"]), fields.get("id"))
            fields = {}


def watching(api, job, last=None):
    headers = {"last-event-id": last} if last else {}
    return api.stream("GET", f"/v1/jobs/{job}/events", headers=headers)


def test_a_job_is_watched_until_its_end(api, db, worker):
    job = enqueue(db)
    with watching(api, job) as answer:
        told = events(answer)
        assert next(told).data["state"] == "ready"
        held = worker.claim_one()
        assert {"state": "running", "attempt": 1}.items() <= next(told).data.items()
        worker.log(held, "half way", 0.5)
        said = next(told)
        assert (said.kind, said.data["progress"], said.data["message"]) == (
            "progress",
            0.5,
            "half way",
        )
        worker.log(held, "nearly")
        assert (said := next(told)).kind == "log"
        worker.finish(held, results=['{"sum": 3}'])
        assert next(told).data["state"] == "succeeded"
        ended = next(told)
        assert list(told) == []

    assert (ended.kind, ended.data) == (
        "end",
        {"id": str(job), "state": "succeeded", "result": {"sum": 3}, "error": None},
    )
    assert one(db, "select count(*) from pgsched._waiter") == 0


def test_a_job_that_has_ended_tells_all_at_once(api, db, worker):
    job = enqueue(db, max_attempts=1)
    held = worker.claim_one()
    worker.log(held, "oh")
    worker.fail(held, error="boom")

    with watching(api, job) as answer:
        told = list(events(answer))

    assert [each.kind for each in told] == ["log", "state", "end"]
    assert (told[-1].data["state"], told[-1].data["error"]) == ("dead", "boom")


def test_whoever_comes_back_gets_the_lines_since(api, db, worker):
    job = enqueue(db)
    held = worker.claim_one()
    db.execute(
        "insert into pgsched._log (job_id, attempt, logged_at, level, message)"
        " select %s, 1, now() + n / 3 * interval '1 s', 'info', n::text"
        " from generate_series(0, 5) as n",
        [job],
    )
    worker.finish(held)
    with watching(api, job) as answer:
        every = [each for each in events(answer) if each.kind == "log"]

    for n, line in enumerate(every):
        with watching(api, job, line.id) as answer:
            rest = [each.data["message"] for each in events(answer) if each.kind == "log"]
        assert rest == [str(later) for later in range(n + 1, 6)]


def test_whoever_had_the_end_need_not_come_back(api, db, worker):
    job = enqueue(db)
    worker.finish(worker.claim_one())
    with watching(api, job) as answer:
        *_, last = events(answer)

    assert api.get(f"/v1/jobs/{job}/events", headers={"last-event-id": last.id}).status_code == 204


def test_more_lines_than_one_look_takes_are_told_in_order(api, db, worker):
    job = enqueue(db)
    held = worker.claim_one()
    db.execute(
        "insert into pgsched._log (job_id, attempt, logged_at, level, message)"
        " select %s, 1, now(), 'info', n::text from generate_series(1, 1200) as n",
        [job],
    )
    worker.finish(held)

    with watching(api, job) as answer:
        lines = [int(each.data["message"]) for each in events(answer) if each.kind == "log"]

    assert lines == [*range(1, 1201)]


def test_a_job_that_is_not_there_is_not_watched(api):
    problem(api.get("/v1/jobs/7/events"), 404, "PS001")


def test_a_queue_is_watched_as_it_fills(api, db):
    with api.stream("GET", "/v1/queues/q/events") as answer:
        told = events(answer)
        first = next(told)
        enqueue_n(db, 2, queue="q")
        second = next(told)

    assert (first.kind, first.data["ready"], first.data["dead"]) == ("queue", 0, 0)
    assert (second.data["queue"], second.data["ready"]) == ("q", 2)


def test_a_stream_ends_when_its_key_is_revoked(guarded, db):
    one(db, "select pgsched.create_user('ann', 'admin')")
    key = make_key()
    id = one(db, "select pgsched.make_api_key('ann', 'k', %s, %s, '{read}')", key.hash, key.shown)
    job = enqueue(db)
    headers = {"authorization": f"Bearer {key.key}"}
    with guarded.stream("GET", f"/v1/jobs/{job}/events", headers=headers) as answer:
        told = events(answer)
        assert next(told).kind == "state"
        db.execute("select pgsched.revoke_api_key(%s)", [id])
        [last] = told

    assert (last.kind, last.data["code"], last.data["status"]) == ("error", "PS060", 401)


def test_a_user_has_so_many_streams(dsn, db):
    job = enqueue(db)
    settings = Settings(dsn=dsn, api_auth=False, api_streams=1)
    with serving(settings) as url, httpx.Client(base_url=url, timeout=30) as api:
        with watching(api, job) as answer:
            told = events(answer)
            next(told)
            refused = api.get(f"/v1/jobs/{job}/events")
            problem(refused, 429, "PS081")
            assert refused.headers["retry-after"] == "1"
        while api.head(f"/v1/jobs/{job}/events").status_code != 200:
            pass  # until it has noticed that the other is gone


def test_a_user_waits_on_a_fourth_of_the_connections_at_most(dsn, db):
    job = enqueue(db)
    settings = Settings(dsn=dsn, api_auth=False, api_clients=4)
    with serving(settings) as url, httpx.Client(base_url=url, timeout=60) as api:
        first = threading.Thread(target=lambda: api.get(f"/v1/jobs/{job}?wait=50"))
        first.start()
        while not one(db, "select count(*) from pgsched._waiter"):
            pass

        problem(api.get(f"/v1/jobs/{job}?wait=50"), 429, "PS081")
        said = api.get("/v1/openapi.json").json()["paths"]["/v1/jobs/{id}"]["get"]["responses"]
        assert "PS081" in said["429"]["description"]
        assert api.get(f"/v1/jobs/{job}").status_code == 200
        one(db, "select pgsched.cancel(%s)", job)
        first.join()
        assert api.get(f"/v1/jobs/{job}?wait=50").json()["state"] == "cancelled"


def test_who_goes_away_while_it_waits_takes_no_place(dsn, db):
    """Clients that give up before `wait` is over, and come again, would have none left soon."""
    job = enqueue(db)
    settings = Settings(dsn=dsn, api_auth=False, api_clients=4)
    with serving(settings) as url, httpx.Client(base_url=url, timeout=60) as api:
        with raw(url) as client:
            client.send(f"GET /v1/jobs/{job}?wait=60 HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
            while not one(db, "select count(*) from pgsched._waiter"):
                pass
            problem(api.get(f"/v1/jobs/{job}?wait=0.01"), 429, "PS081")

        eventually(lambda: api.get(f"/v1/jobs/{job}?wait=0.01").status_code == 200)


def test_comments_show_that_it_lives(api, db, monkeypatch):
    monkeypatch.setattr("pgsched.api.streams.PING_S", 0.01)
    job = enqueue(db)

    with watching(api, job) as answer:
        assert ": here" in answer.iter_lines()


def test_who_does_not_read_is_left_and_nothing_is_kept_for_him(dsn, db, worker, monkeypatch):
    monkeypatch.setattr("pgsched.api.streams._SEND_S", 0.1)
    job = enqueue(db)
    worker.claim_one()
    db.execute(
        "insert into pgsched._log (job_id, attempt, logged_at, level, message)"
        " select %s, 1, now(), 'info', repeat('x', 1000000) from generate_series(1, 40)",
        [job],
    )
    settings = Settings(dsn=dsn, api_auth=False, api_streams=1)
    with serving(settings) as url, httpx.Client(base_url=url, timeout=30) as api:
        address = (api.base_url.host, api.base_url.port)
        with socket.create_connection(address) as deaf:
            deaf.sendall(f"GET /v1/jobs/{job}/events HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
            deaf.recv(100)
            while api.head(f"/v1/jobs/{job}/events").status_code != 200:
                pass  # until its place is free


def test_streams_end_when_the_api_is_told_to_stop(dsn, db):
    """A real process, with a stream open: it is gone long before the time of a request is up."""
    job = enqueue(db)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pgsched", "--dsn", dsn, "api", "--no-auth"]
    with subprocess.Popen([*command, "--port", str(port)], stderr=subprocess.PIPE) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as api:
                answers(api)
                with watching(api, job) as answer:
                    told = events(answer)
                    next(told)
                    process.send_signal(signal.SIGTERM)
                    assert list(told) == []
            assert process.wait(20) in (0, -signal.SIGTERM)
        finally:
            process.kill()


def answers(api):
    """Once it does."""
    while True:
        try:
            return api.get("/health/live")
        except httpx.ConnectError:
            continue
