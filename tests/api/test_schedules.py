"""/v1/schedules."""

from __future__ import annotations

import pytest

from tests.api.conftest import problem

DAILY = {"task": "t", "cron": "0 6 * * mon-fri", "timezone": "Europe/Berlin"}


def made(api, name="s", **body):
    answer = api.post("/v1/schedules", json={"name": name, **DAILY, **body})
    assert answer.status_code == 201, answer.text
    return answer


def test_a_schedule_has_what_was_said_about_it(api):
    said = {
        "name": "closing",
        "task": "t",
        "args": {"at": "$nominal"},
        "every": "15 minutes",
        "starts_at": "2100-01-01T00:00:00Z",
        "ends_at": "2101-01-01T00:00:00Z",
        "max_runs": 7,
        "jitter_s": 1.5,
        "splay_s": 2.0,
        "grace_s": 30.0,
        "overlap": "skip",
        "misfire": "all",
        "misfire_limit": 9,
        "priority": 3,
        "queue": "q",
        "labels": {"x": 1},
        "paused": True,
    }

    answer = api.post("/v1/schedules", json=said)

    assert answer.status_code == 201
    shown = api.get(answer.headers["location"]).json()
    assert {name: shown[name] for name in said} == said
    assert [each["name"] for each in api.get("/v1/schedules").json()["items"]] == ["closing"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"cron": "61 * * * *"},
        {"cron": "0 0 30 2 *"},
        {"timezone": "Mars/Base"},
        {"every": "day"},
        {"overlap": "never"},
        {"crno": "* * * * *"},
    ],
)
def test_what_is_wrong_is_said_at_once_and_nothing_is_made(api, wrong):
    answer = api.post("/v1/schedules", json={"name": "s", **DAILY, **wrong})

    problem(answer, 422, "PS010")
    assert api.get("/v1/schedules").json()["items"] == []


def test_two_of_one_name_are_refused(api):
    made(api)

    problem(api.post("/v1/schedules", json={"name": "s", **DAILY}), 409, "PS025")


def test_a_change_names_the_version_it_is_of(api):
    tag = made(api, priority=5, labels={"a": 1}).headers["etag"]
    body = DAILY | {"cron": "0 7 * * *"}

    problem(api.put("/v1/schedules/s", json=body), 428, "PS075")
    problem(api.put("/v1/schedules/s", json=body, headers={"if-match": '"99"'}), 412, "PS026")
    changed = api.put("/v1/schedules/s", json=body, headers={"if-match": tag})

    assert changed.status_code == 200
    assert (changed.json()["cron"], changed.json()["priority"]) == ("0 7 * * *", None)
    assert changed.headers["etag"] != tag
    problem(api.put("/v1/schedules/s", json=body, headers={"if-match": tag}), 412, "PS026")


def test_a_schedule_is_paused_resumed_triggered_and_ended(api):
    old = {"if-match": made(api).headers["etag"]}

    assert api.post("/v1/schedules/s/pause").json()["paused"] is True
    resumed = api.post("/v1/schedules/s/resume")
    assert resumed.json()["paused"] is False
    job = api.post("/v1/schedules/s/trigger", json={"args": {"n": 1}})
    assert api.get(job.headers["location"]).json()["args"] == {"n": 1}
    problem(api.delete("/v1/schedules/s"), 428, "PS075")
    problem(api.delete("/v1/schedules/s", headers=old), 412, "PS026")
    tag = {"if-match": resumed.headers["etag"]}
    assert api.delete("/v1/schedules/s", headers=tag).status_code == 204
    problem(api.delete("/v1/schedules/s", headers=tag), 404, "PS003")
    problem(api.get("/v1/schedules/s"), 404, "PS003")


def test_the_forecast_says_what_is_to_come(api):
    made(api, cron="0 6 1 1 *", starts_at="2100-01-01T00:00:00Z")

    found = api.get("/v1/schedules/s/forecast", params={"n": 2}).json()["items"]

    assert [each["nominal"] for each in found] == ["2100-01-01T05:00:00Z", "2101-01-01T05:00:00Z"]
    assert api.get("/v1/schedules/s/slots").json() == {"items": [], "next": None}


@pytest.mark.parametrize("path", ["", "/forecast", "/slots"])
def test_one_that_is_not_there_is_not_found(api, path):
    problem(api.get(f"/v1/schedules/ghost{path}"), 404, "PS003")


def test_slots_come_page_by_page(api, db):
    made(api)
    db.execute(
        "insert into pgsched._slot (schedule, nominal, outcome, decided_at)"
        " select 's', '2026-01-01Z'::timestamptz + n * interval '1 day', 'missed', now()"
        " from generate_series(1, 5) as n"
    )
    days, cursor = [], ""
    while cursor is not None:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        found = api.get("/v1/schedules/s/slots", params=query).json()
        days += [each["nominal"][8:10] for each in found["items"]]
        cursor = found["next"]

    assert days == ["06", "05", "04", "03", "02"]


@pytest.mark.parametrize("path", ["schedules/s/slots", "jobs/5/logs"])
def test_a_cursor_that_means_nothing_is_refused(api, path):
    made(api)

    problem(api.get(f"/v1/{path}?cursor=x"), 422, "PS010")
