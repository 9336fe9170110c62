"""/v1/jobs: make, find, wait for, change."""

from __future__ import annotations

import json
import threading

import pytest

from tests.api.conftest import problem
from tests.sql.actors import declare, enqueue, enqueue_n, one, state

NDJSON = {"content-type": "application/x-ndjson"}


def test_a_job_has_what_was_said_about_it(api, db):
    """Every field; what is left out is the task's policy."""
    parent = api.post("/v1/jobs", json={"task": "t"}).json()["id"]
    said = {
        "task": "t",
        "args": {"a": [1, "ü"]},
        "queue": "q",
        "priority": -7,
        "due_at": "2100-01-02T03:04:05Z",
        "max_attempts": 3,
        "timeout_s": 1.5,
        "retry": {"kind": "linear", "base_s": 2.0},
        "key": "k",
        "labels": {"x": 1},
        "trace": "00-ab-cd-01",
        "parent_id": parent,
    }

    made = api.post("/v1/jobs", json=said)

    assert made.status_code == 201
    job = api.get(made.headers["location"]).json()
    assert job["id"] == made.json()["id"]
    assert {name: job[name] for name in said} == said
    assert (job["state"], job["attempt"]) == ("scheduled", 0)


def test_a_job_may_be_due_after_a_time(api, db):
    id = api.post("/v1/jobs", json={"task": "t", "delay_s": 3600}).json()["id"]

    left = one(db, "select due_at - created_at from pgsched.job where id = %s", int(id))
    assert 3590 < left.total_seconds() < 3610


@pytest.mark.parametrize(
    ("field", "value", "at"),
    [
        ("task", "", "body/task"),
        ("task", 5, "body/task"),
        ("task", "a\0b", "body/task"),
        ("args", [1], "body/args"),
        ("priority", 101, "body/priority"),
        ("priority", "5", "body/priority"),
        ("due_at", "2100-01-01T00:00:00", "body/due_at"),
        ("due_at", "soon", "body/due_at"),
        ("due_at", 4102444800, "body/due_at"),
        ("max_attempts", 0, "body/max_attempts"),
        ("timeout_s", 0, "body/timeout_s"),
        ("retry", {"kind": "x"}, "body/retry/kind"),
        ("parent_id", "x", "body/parent_id"),
        ("prio", 1, "body/prio"),
    ],
)
def test_what_is_not_valid_is_refused_by_name(api, field, value, at):
    told = problem(api.post("/v1/jobs", json={"task": "t", field: value}), 422, "PS010")

    assert [each["at"] for each in told["errors"]] == [at]


@pytest.mark.parametrize(
    "time",
    [
        *("21000131", "4102444800", "2100-01-31 09:00:00Z", "2100-01-31T09:00:00+16:00"),
        *("9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00"),
        "2100-01-31T09:00:00." + "1" * 100 + "Z",
    ],
)
def test_a_time_is_one_of_rfc_3339_that_postgres_takes_too(api, time):
    """Of an array Postgres reads it, to which 21000131 is a day: else it is seconds since 1970."""
    body = {"task": "t", "due_at": time}

    for sent, at in ((body, "body/due_at"), ([body], "body/0/due_at")):
        told = problem(api.post("/v1/jobs", json=sent), 422, "PS010")
        assert [each["at"] for each in told["errors"]] == [at]
    told = problem(api.get("/v1/jobs", params={"since": time}), 422, "PS010")
    assert [each["at"] for each in told["errors"]] == ["query/since"]


def test_two_times_are_refused(api):
    body = {"task": "t", "delay_s": 1, "due_at": "2100-01-01T00:00:00Z"}

    assert "either" in problem(api.post("/v1/jobs", json=body), 422, "PS010")["detail"]


def test_lists_go_page_by_page_newest_first(api, db):
    made = [str(id) for id in reversed(enqueue_n(db, 5))]

    pages, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = api.get("/v1/jobs", params=query).json()
        pages.append([job["id"] for job in page["items"]])
        cursor = page["next"]
        if cursor is None:
            break

    assert pages == [made[:2], made[2:4], made[4:]]


def test_a_label_without_what_postgres_takes_is_refused_by_name(api):
    told = problem(api.get("/v1/jobs", params={"label": "a=\0"}), 422, "PS010")

    assert [each["at"] for each in told["errors"]] == ["query/label"]


def test_a_list_has_what_matches_every_filter(api, db, worker):
    declare(db, "a")
    running = enqueue(db, "a", queue="q1", labels={"team": "x"})
    worker.claim(queue="q1")
    ready = enqueue(db, "a", queue="q1", labels={"team": "y"})
    other = enqueue(db, "b", queue="q2")
    later = enqueue(db, "b", due_at="2100-01-01")
    dead = enqueue(db, "c", queue="q3", max_attempts=1)
    worker.fail(worker.claim_one("q3"))

    def listed(**query):
        return [int(job["id"]) for job in api.get("/v1/jobs", params=query).json()["items"]]

    assert listed(state="running") == [running]
    assert listed(state="ready", task="a") == [ready]
    assert listed(state="scheduled") == [later]
    assert listed(state="dead") == [dead]
    assert listed(queue="q2") == [other]
    assert listed(label="team=x") == [running]
    assert listed(label="team=z") == []
    assert listed(until="2000-01-01T00:00:00Z") == []
    assert len(listed(since="2000-01-01T00:00:00Z")) == 5


def test_a_job_that_is_not_there_is_not_found(api):
    problem(api.get("/v1/jobs/7"), 404, "PS001")
    problem(api.post("/v1/jobs/7/cancel"), 404, "PS001")
    problem(api.post("/v1/jobs/7/redrive"), 404, "PS001")
    problem(api.get("/v1/jobs/x"), 422, "PS010")


def test_a_job_is_cancelled_and_redriven(api, db):
    job = enqueue(db)

    assert api.post(f"/v1/jobs/{job}/cancel").json() == {"id": str(job), "state": "cancelled"}
    assert api.post(f"/v1/jobs/{job}/redrive").json() == {"id": str(job)}
    assert state(db, job) == "ready"
    problem(api.post(f"/v1/jobs/{job}/redrive"), 409, "PS020")


def test_a_waiting_job_moves(api, db):
    job = enqueue(db)
    tag = api.get(f"/v1/jobs/{job}").headers["etag"]
    there = {"priority": 9, "queue": "q", "due_at": "2100-01-01T00:00:00Z"}

    problem(api.patch(f"/v1/jobs/{job}", json=there), 428, "PS075")
    moved = api.patch(f"/v1/jobs/{job}", json=there, headers={"if-match": tag})

    assert moved.status_code == 200
    assert {"priority": 9, "queue": "q", "state": "scheduled"}.items() <= moved.json().items()
    problem(api.patch(f"/v1/jobs/{job}", json=there, headers={"if-match": tag}), 412, "PS026")
    assert api.get(f"/v1/jobs/{job}").headers["etag"] == moved.headers["etag"] != tag
    problem(api.patch(f"/v1/jobs/{job}", json={}), 422, "PS010")


def test_a_job_that_runs_does_not_move(api, db, worker):
    job = enqueue(db)
    worker.claim_one()
    tag = {"if-match": api.get(f"/v1/jobs/{job}").headers["etag"]}

    problem(api.patch(f"/v1/jobs/{job}", json={"priority": 9}, headers=tag), 409, "PS020")


def test_an_array_of_jobs_is_made_whole_and_answered_in_order(api, db):
    said = [{"task": "a", "args": {"n": n}, "delay_s": n} for n in range(3)]

    made = api.post("/v1/jobs", json=said)

    assert made.status_code == 201
    found = db.execute("select id::text, args from pgsched.job order by args -> 'n'").fetchall()
    assert found == [(id, {"n": n}) for n, id in enumerate(made.json()["ids"])]
    assert "location" not in made.headers


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ([{"task": "t"}, {"task": "t"}, {"task": 5}], "body/2/task"),
        ([{"task": "t", "prio": 1}], "body/0/prio"),
        ([], "body"),
        ([7], "body/0"),
        ([{"task": "t"}] * 5001, "body"),
    ],
)
def test_what_is_wrong_in_an_array_is_told_with_its_place_and_nothing_is_made(api, db, wrong, at):
    told = problem(api.post("/v1/jobs", json=wrong), 422, "PS010")

    assert told["errors"][0]["at"] == at
    assert one(db, "select count(*) from pgsched.job") == 0


def test_an_array_sent_twice_with_one_key_is_made_once(api, db):
    answers = [
        api.post("/v1/jobs", json=[{"task": "a"}] * 2, headers={"idempotency-key": "k"}).json()
        for _ in range(2)
    ]

    assert answers[0] == answers[1]
    assert one(db, "select count(*) from pgsched.job") == 2


def test_whoever_waits_is_told_at_the_end(api, db, worker):
    """With its result; the notification comes long before the safety poll."""
    job = enqueue(db)
    held = worker.claim_one()
    told = []
    waiter = threading.Thread(
        target=lambda: told.append(api.get(f"/v1/jobs/{job}", params={"wait": 20}).json())
    )
    waiter.start()
    while not one(db, "select count(*) from pgsched._waiter"):
        pass
    worker.finish(held, results=['{"sum": 3}'])
    waiter.join()

    assert [(each["state"], each["result"]) for each in told] == [("succeeded", {"sum": 3})]
    assert one(db, "select count(*) from pgsched._waiter") == 0


def test_whoever_waits_in_vain_gets_the_job_as_it_is(api, db):
    job = enqueue(db)

    answer = api.get(f"/v1/jobs/{job}", params={"wait": 0.05})

    assert (answer.status_code, answer.json()["state"]) == (200, "ready")


def test_many_are_made_in_bulk_all_or_none(api, db):
    lines = b'{"task":"a","args":{"n":1}}\n\n{"task":"b","delay_s":60,"retry":{"kind":"fixed"}}\n'

    made = api.post("/v1/jobs/bulk", content=lines, headers=NDJSON)
    assert (made.status_code, len(made.json()["ids"])) == (201, 2)
    refused = api.post("/v1/jobs/bulk", content=lines + b'{"task":5}', headers=NDJSON)
    assert problem(refused, 422, "PS010")["errors"][0]["at"] == "body/3/task"
    database = api.post(
        "/v1/jobs/bulk", content=lines + b'{"task":"t","args":{"a":"\\u0000"}}', headers=NDJSON
    )
    problem(database, 422, "PS010")
    two = api.post("/v1/jobs/bulk", content=b'{"task":"a"},{"task":"b"}', headers=NDJSON)
    problem(two, 400, "PS070")

    ids = [int(id) for id in made.json()["ids"]]
    found = db.execute("select id, task, args from pgsched.job order by id").fetchall()
    assert found == [(ids[0], "a", {"n": 1}), (ids[1], "b", {})]


def test_what_is_wrong_in_bulk_is_told_with_its_line_and_nothing_of_it_is_kept(api, db):
    """Also in a later slice than those that were sent to the database already."""
    lines = b'{"task":"t"}\n' * 4499 + b"\n"

    def told(line, status, code):
        refused = api.post("/v1/jobs/bulk", content=lines + line, headers=NDJSON)
        return problem(refused, status, code)

    assert told(b'{"task":""}', 422, "PS010")["errors"][0]["at"] == "body/4500/task"
    assert told(b'{"task":"t"', 400, "PS070")["detail"].startswith("line 4500 is not JSON: ")
    both = told(b'{"task":"t"},{"task":"t"}\n{"task":"t"}', 400, "PS070")
    assert both["detail"] == "line 4500 must be one JSON object"
    told(b'{"task":"t"},{"task":5}', 422, "PS010")
    assert one(db, "select count(*) from pgsched._job") == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"due_at": "2100-01-01T00:00:00Z", "delay_s": 1},
        {"priority": "5"},
        {"queue": "a\0"},
        {"retry": {"kind": "x"}},
        {"prio": 1},
    ],
)
def test_a_line_is_checked_as_one_job_is(api, db, wrong):
    line = json.dumps({"task": "t", **wrong}).encode()

    problem(api.post("/v1/jobs/bulk", content=line, headers=NDJSON), 422, "PS010")
    assert one(db, "select count(*) from pgsched._job") == 0
