"""Endpoints over HTTP, and how much there is to do."""

from __future__ import annotations

import pytest

from tests.api.conftest import problem
from tests.sql.actors import enqueue, one

NEW = {"name": "e", "url": "https://jobs.example/hook?code=hush", "tasks": ["t"]}


@pytest.fixture
def made(api):
    """The answer that has made the endpoint e."""
    answer = api.post("/v1/endpoints", json=NEW | {"headers": {"x-key": "hush"}})
    assert answer.status_code == 201, answer.text
    return answer


def test_an_endpoint_is_made_and_its_secret_told_once(api, db, made):
    shown = api.get("/v1/endpoints/e")

    assert made.headers["location"] == "/v1/endpoints/e"
    assert made.headers["cache-control"] == "no-store"
    assert made.json()["secret"].startswith("whsec_")
    assert api.get("/v1/endpoints").json()["items"] == [shown.json()]
    assert "hush" not in shown.text
    assert made.json()["secret"] not in shown.text
    assert (shown.json()["tasks"], shown.json()["queue"]) == (["t"], "push:e")
    assert api.get("/v1/tasks/t").json()["endpoint"] == "e"
    problem(api.post("/v1/endpoints", json=NEW), 409, "PS017")
    problem(api.get("/v1/endpoints/ghost"), 404, "PS016")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a b"},
        {"url": "ftp://jobs.example"},
        {"url": "https://ann:pw@jobs.example"},
        {"concurrency": 0},
        {"headers": {"x": "a\nb"}},
        {"headers": {"webhook-id": "x"}},
        {"lease_s": 0.5},
        {"unknown": 1},
    ],
)
def test_what_is_no_endpoint_is_refused(api, wrong):
    problem(api.post("/v1/endpoints", json=NEW | wrong), 422, "PS010")


def test_a_change_takes_the_version_that_was_read(api, made):
    tag = {"if-match": api.get("/v1/endpoints/e").headers["etag"]}
    changed = api.patch("/v1/endpoints/e", json={"concurrency": 3, "tasks": ["u"]}, headers=tag)

    assert (changed.json()["concurrency"], changed.json()["tasks"]) == (3, ["u"])
    problem(api.patch("/v1/endpoints/e", json={"concurrency": 4}, headers=tag), 412, "PS026")
    problem(api.patch("/v1/endpoints/e", json={"concurrency": 4}), 428, "PS075")


def test_a_secret_is_rotated_and_an_endpoint_paused_resumed_and_removed(api, db, made):
    job = enqueue(db)

    assert api.post("/v1/endpoints/e/rotate").json()["secret"] != made.json()["secret"]
    assert api.post("/v1/endpoints/e/pause").json()["paused"] is True
    resumed = api.post("/v1/endpoints/e/resume")
    assert resumed.json()["paused"] is False
    problem(api.delete("/v1/endpoints/e"), 428, "PS075")
    problem(api.delete("/v1/endpoints/e", headers={"if-match": '"1"'}), 412, "PS026")
    tag = {"if-match": resumed.headers["etag"]}
    assert api.delete("/v1/endpoints/e", headers=tag).status_code == 204
    assert one(db, "select queue from pgsched.job where id = %s", job) == "default"


def test_a_task_is_sent_to_an_endpoint_and_back(api, db, made):
    tag = {"if-match": api.get("/v1/tasks/t").headers["etag"]}
    changed = api.patch("/v1/tasks/t", json={"endpoint": None}, headers=tag)
    assert (changed.json()["endpoint"], changed.json()["queue"]) == (None, "default")

    tag = {"if-match": changed.headers["etag"]}
    problem(api.patch("/v1/tasks/t", json={"endpoint": "ghost"}, headers=tag), 404, "PS016")


def test_a_backlog_is_counted(api, db, made):
    enqueue(db)

    for query in ({}, {"running": "true"}):
        told = api.get("/v1/queues/push:e/backlog", params=query).json()
        assert told == {"queue": "push:e", "backlog": 1}
