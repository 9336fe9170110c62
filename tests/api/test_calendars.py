"""/v1/calendars and /v1/blackouts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.conftest import problem
from tests.sql.actors import one

EVE = "2100-12-24"
OFFICE = {"weekend": [5], "about": "ours", "holidays": {EVE: "Eve"}}
YEARLY = {"name": "s", "task": "t", "cron": "0 6 24 12 *", "calendar": "office"}


def put(api, tag=None, dry=False, **body):
    headers = {"if-match": tag} if tag else {}
    return api.put(f"/v1/calendars/office?dry_run={dry}", json=body, headers=headers)


@pytest.fixture
def tag(api):
    """The ETag of a calendar that there is."""
    made = put(api, **OFFICE)
    assert made.status_code == 200, made.text
    return made.headers["etag"]


@pytest.fixture
def yearly(api, tag):
    """A schedule that heeds it; when it fires next."""
    put(api, tag)
    assert api.post("/v1/schedules", json=YEARLY).status_code == 201
    [coming] = api.get("/v1/schedules/s/forecast", params={"n": 1}).json()["items"]
    return coming["nominal"]


def test_a_calendar_has_what_was_said_about_it(api, tag):
    shown = api.get("/v1/calendars/office")

    assert shown.json() == {"name": "office", "version": 1, **OFFICE}
    assert shown.headers["etag"] == tag
    [listed] = api.get("/v1/calendars").json()["items"]
    assert (listed["holidays"], listed["first_day"], listed["last_day"]) == (1, EVE, EVE)


def test_a_put_tells_what_days_came_and_went_and_names_its_version(api, tag):
    problem(put(api, holidays={}), 428, "PS075")
    problem(put(api, '"9"', holidays={}), 412, "PS026")
    changed = put(api, tag, holidays={"2100-12-25": "Feast"})

    assert changed.json() == {
        "version": 2,
        "added": {"2100-12-25": "Feast"},
        "removed": {EVE: "Eve"},
        "dry_run": False,
        "moved": None,
        "unseen": None,
    }
    assert (changed.headers["etag"], api.get("/v1/calendars/office").json()["weekend"]) == (
        '"2"',
        [6, 7],
    )
    problem(put(api, tag, holidays={}), 412, "PS026")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("office", {"weekend": [0]}),
        ("office", {"weekend": [1, 2, 3, 4, 5, 6, 7]}),
        ("office", {"holidays": {"24.12.2100": "Eve"}}),
        ("office", {"holidays": {EVE: ""}}),
        ("office", {"years": [2100]}),
        ("and", {}),
        ("Office", {}),
    ],
)
def test_what_is_wrong_with_a_calendar_is_said(api, name, body):
    problem(api.put(f"/v1/calendars/{name}", json=body), 422, "PS010")
    assert api.get("/v1/calendars").json()["items"] == []


def test_a_dry_run_tells_which_runs_would_move_and_changes_nothing(api, yearly):
    before = api.get("/v1/calendars/office")
    answer = put(api, before.headers["etag"], dry=True, holidays={yearly[:10]: "Eve"})

    told = answer.json()
    [moved] = told["moved"]
    assert (told["dry_run"], told["unseen"], moved["schedule"]) == (True, [], "s")
    assert (moved["was"]["due_at"], moved["was"]["skipped"]) == (yearly, False)
    assert (moved["now"]["skipped"], moved["now"]["notes"][0]["code"]) == (True, "holiday")
    assert "etag" not in answer.headers
    assert api.get("/v1/calendars/office").json() == before.json()


def test_a_calendar_is_removed_and_put_back(api, yearly):
    path = "/v1/calendars/office"
    tag = {"if-match": api.get(path).headers["etag"]}

    problem(api.delete(path), 428, "PS075")
    problem(api.delete(path, headers={"if-match": '"9"'}, params={"force": True}), 412, "PS026")
    problem(api.delete(path, headers=tag), 422, "PS010")
    tried = api.delete(path, headers=tag, params={"force": True, "dry_run": True}).json()
    assert [each["was"]["due_at"] for each in tried["moved"]] == [yearly]
    assert api.delete(path, headers=tag, params={"force": True}).json()["moved"] is None
    problem(api.get(path), 404, "PS011")
    problem(api.delete(path, headers=tag), 404, "PS011")
    problem(put(api, '"2"'), 404, "PS011")

    versions = api.get(f"{path}/versions").json()["items"]
    assert [(each["version"], each["changes"]) for each in versions[:1]] == [(3, {"removed": True})]
    tried = api.post(f"{path}/restore", json={"version": 1, "dry_run": True}).json()
    assert (tried["version"], tried["dry_run"]) == (4, True)
    problem(api.get(path), 404, "PS011")
    assert api.post(f"{path}/restore", json={"version": 1}).json()["version"] == 4
    assert api.get(path).json()["holidays"] == OFFICE["holidays"]
    problem(api.post(f"{path}/restore", json={"version": 9}), 422, "PS010")


def test_a_restore_with_a_key_is_done_once(api, db, tag):
    put(api, tag)
    sent = {"json": {"version": 1}, "headers": {"idempotency-key": "k"}}
    first, again = (api.post("/v1/calendars/office/restore", **sent) for _ in range(2))

    assert first.json() == again.json()
    assert one(db, "select version from pgsched.calendar") == 3


def test_a_blackout_comes_and_goes(api):
    window = {"name": "freeze", "starts_at": "2100-12-24T18:00:00Z", "reason": "Christmas"}
    window["ends_at"] = "2100-12-27T06:00:00Z"
    post = {"name": "s", "task": "t", "at": "2100-12-25T00:00:00Z", "blackout": "freeze"}
    assert api.post("/v1/schedules", json=post).status_code == 201

    assert api.post("/v1/blackouts", json=window | {"dry_run": True}).json()["dry_run"]
    assert api.get("/v1/blackouts").json()["items"] == []
    assert api.post("/v1/blackouts", json=window).status_code == 200
    assert api.get("/v1/blackouts").json()["items"] == [window]
    problem(api.post("/v1/blackouts", json=window), 422, "PS010")
    problem(
        api.post("/v1/blackouts", json=window | {"starts_at": "2101-01-01T00:00:00Z"}), 422, "PS010"
    )

    path = "/v1/blackouts/freeze"
    problem(api.delete(path, params={"starts_at": "2100-12-24T17:00:00Z"}), 422, "PS010")
    assert api.delete(path, params={"dry_run": True}).json()["windows"] == 1
    assert api.delete(path, params={"starts_at": window["starts_at"]}).json()["windows"] == 1
    problem(api.delete(path), 422, "PS010")


def test_a_blackout_that_is_tried_tells_which_runs_it_would_hold_back(api):
    post = {"name": "s", "task": "t", "cron": "0 6 24 12 *", "blackout": "freeze"}
    api.post("/v1/schedules", json=post)
    [coming] = api.get("/v1/schedules/s/forecast", params={"n": 1}).json()["items"]
    day = coming["nominal"][:10]
    window = {"name": "freeze", "starts_at": f"{day}T00:00:00Z", "ends_at": f"{day}T23:00:00Z"}

    [moved] = api.post("/v1/blackouts", json=window | {"dry_run": True}).json()["moved"]
    assert (moved["was"], moved["now"]["skipped"]) == (coming, True)
    api.post("/v1/blackouts", json=window)
    [moved] = api.delete("/v1/blackouts/freeze", params={"dry_run": True}).json()["moved"]
    assert (moved["was"]["skipped"], moved["now"]) == (True, coming)


def test_of_two_who_make_a_calendar_one_is_told_that_it_is_there(api):
    with ThreadPoolExecutor(2) as pool:
        answers = [each.result() for each in [pool.submit(put, api, **OFFICE) for _ in range(2)]]

    assert sorted(answer.status_code for answer in answers) == [200, 428]
