"""What schedules were, and what they would do."""

from __future__ import annotations

from tests.api.conftest import problem
from tests.sql.actors import one

YEARLY = {"task": "t", "cron": "0 6 1 1 *", "starts_at": "2100-01-01T00:00:00Z"}


def made(api):
    assert api.post("/v1/schedules", json={"name": "s", **YEARLY}).status_code == 201


def test_a_schedule_is_foreseen_before_it_is_made(api, db):
    found = api.post("/v1/forecast", json={**YEARLY, "n": 2}).json()["items"]

    assert [each["nominal"] for each in found] == ["2100-01-01T06:00:00Z", "2101-01-01T06:00:00Z"]
    assert one(db, "select count(*) from pgsched._schedule") == 0
    problem(api.post("/v1/forecast", json={**YEARLY, "cron": "0 0 30 2 *"}), 422, "PS010")
    made(api)
    problem(api.post("/v1/forecast", json={**YEARLY, "name": "s"}), 409, "PS025")


def test_a_preview_tells_which_runs_would_move_and_changes_nothing(api):
    api.post("/v1/schedules", json={"name": "s", "task": "t", "cron": "0 6 1 1 *"})
    before = api.get("/v1/schedules/s").json()
    told = api.post("/v1/schedules/s/preview", json={"task": "t", "cron": "0 7 1 1 *"}).json()

    [moved] = told["moved"]
    assert (moved["was"]["due_at"][11:], moved["now"]["due_at"][11:]) == ("06:00:00Z", "07:00:00Z")
    assert api.get("/v1/schedules/s").json() == before
    path = "/v1/schedules/s/preview"
    problem(api.post(path, json={"task": "t", "cron": "0 0 30 2 *"}), 422, "PS010")
    problem(api.post("/v1/schedules/ghost/preview", json=YEARLY), 404, "PS003")


def test_a_schedule_is_put_back_as_it_was(api):
    made(api)
    tag = {"if-match": api.get("/v1/schedules/s").headers["etag"]}
    api.put("/v1/schedules/s", json=YEARLY | {"cron": "0 7 1 1 *"}, headers=tag)

    versions = api.get("/v1/schedules/s/versions").json()["items"]
    assert [each["version"] for each in versions] == [2, 1]
    assert versions[0]["changes"]["cron"] == "0 7 1 1 *"
    assert len(api.get("/v1/schedules/s/versions", params={"limit": 1}).json()["items"]) == 1
    path = "/v1/schedules/s/restore"
    assert api.post(path, json={"version": 1, "dry_run": True}).json()["version"] == 3
    assert api.get("/v1/schedules/s").json()["cron"] == "0 7 1 1 *"
    assert api.post(path, json={"version": 1}).json()["version"] == 3
    assert api.get("/v1/schedules/s").json()["cron"] == "0 6 1 1 *"
    problem(api.post(path, json={"version": 9}), 422, "PS010")
