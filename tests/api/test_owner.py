"""Whose jobs and schedules are seen and changed over HTTP: by role, by route, by row."""

from __future__ import annotations

import pytest

from pgsched.auth.keys import make_key
from tests.api.conftest import problem
from tests.sql.actors import one

USERS = {
    "root": ("admin", None),
    "ann": ("user", "red"),
    "bob": ("user", "red"),
    "eve": ("user", "blue"),
    "vic": ("viewer", None),
}
DAILY = {"task": "t", "cron": "0 6 * * *"}
SEES = {"root", "ann", "bob", "vic"}  # what is ann's
CHANGES = {"root", "ann", "bob"}


@pytest.fixture
def by(db, guarded):
    """Asks as a user."""
    headers = {}
    for name, (role, team) in USERS.items():
        one(db, "select pgsched.create_user(%s, %s, %s)", name, role, team)
        key = make_key()
        scopes = {"viewer": ["read"], "user": ["read", "write"]}.get(
            role, ["read", "write", "admin"]
        )
        one(
            db,
            "select pgsched.make_api_key(%s, 'k', %s, %s, %s)",
            name,
            key.hash,
            key.shown,
            scopes,
        )
        headers[name] = {"authorization": f"Bearer {key.key}"}

    def ask(who, method, path, **options):
        given = {**options.pop("headers", {}), **headers[who]}
        return guarded.request(method, path, headers=given, **options)

    return ask


@pytest.fixture
def job(by):
    """A job of ann's, which is due later."""
    made = by("ann", "POST", "/v1/jobs", json={"task": "t", "delay_s": 3600})
    assert made.status_code == 201
    return made.json()["id"]


@pytest.fixture
def plan(by):
    """A schedule of ann's; its ETag."""
    made = by("ann", "POST", "/v1/schedules", json={"name": "plan", **DAILY})
    assert made.status_code == 201
    return made.headers["etag"]


@pytest.mark.parametrize("who", USERS)
def test_a_job_is_seen_by_its_owner_its_team_and_who_sees_all(by, job, who):
    listed = [each["id"] for each in by(who, "GET", "/v1/jobs").json()["items"]]
    answers = [by(who, "GET", f"/v1/jobs/{job}{of}") for of in ("", "/runs", "/logs", "?wait=0.01")]

    assert listed == ([job] if who in SEES else [])
    for answer in answers:
        if who in SEES:
            assert answer.status_code == 200
        else:
            problem(answer, 404, "PS001")


@pytest.mark.parametrize("who", USERS)
def test_a_job_is_changed_by_its_owner_its_team_and_admins(by, job, who):
    answers = [
        by(who, "PATCH", f"/v1/jobs/{job}", json={"priority": 1}),
        by(who, "POST", f"/v1/jobs/{job}/cancel"),
        by(who, "POST", f"/v1/jobs/{job}/redrive"),
    ]

    for answer in answers:
        if who in CHANGES:
            assert answer.status_code == 200
        elif who == "vic":
            problem(answer, 403, "PS028")
        else:
            problem(answer, 404, "PS001")


@pytest.mark.parametrize("who", USERS)
def test_a_schedule_is_seen_and_changed_likewise(by, plan, who):
    seen = [by(who, "GET", f"/v1/schedules/plan{of}") for of in ("", "/forecast", "/slots")]
    listed = by(who, "GET", "/v1/schedules").json()["items"]
    tag = {"if-match": plan}
    changed = [
        by(who, "PUT", "/v1/schedules/plan", json=DAILY, headers=tag),
        by(who, "POST", "/v1/schedules/plan/pause"),
        by(who, "POST", "/v1/schedules/plan/trigger", json={}),
        by(who, "DELETE", "/v1/schedules/plan"),
    ]

    assert len(listed) == (who in SEES)
    for answer in seen:
        if who in SEES:
            assert answer.status_code == 200
        else:
            problem(answer, 404, "PS003")
    for answer in changed:
        if who in CHANGES:
            assert answer.status_code in (200, 201, 204)
        elif who == "vic":
            problem(answer, 403, "PS028")
        else:
            problem(answer, 404, "PS003")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/tasks/t/pause"),
        ("POST", "/v1/tasks/t/resume"),
        ("POST", "/v1/tasks/t/reset"),
        ("PATCH", "/v1/tasks/t"),
        ("POST", "/v1/queues/default/pause"),
        ("POST", "/v1/queues/default/resume"),
        ("PUT", "/v1/subscriptions/s"),
        ("DELETE", "/v1/subscriptions/s"),
        ("POST", "/v1/subscriptions/s/replay"),
        ("GET", "/v1/users"),
        ("POST", "/v1/users"),
        ("GET", "/v1/users/root"),
        ("PATCH", "/v1/users/root"),
    ],
)
def test_what_is_for_admins_is_refused_to_others(by, method, path):
    for who in ("ann", "vic"):
        problem(by(who, method, path), 403, "PS028")


def test_a_user_sees_no_more_of_queues_than_their_names(by, job):
    """The counts are of all users' jobs."""
    [queue] = by("eve", "GET", "/v1/queues").json()["items"]

    assert (queue["queue"], queue["ready"], queue["scheduled"]) == ("default", None, None)
    assert by("vic", "GET", "/v1/queues").json()["items"][0]["scheduled"] == 1
