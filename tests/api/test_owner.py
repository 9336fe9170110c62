"""Whose jobs and schedules are seen and changed over HTTP: by role, by route, by row."""

from __future__ import annotations

import pytest

from pgsched.auth.keys import make_key
from tests.api.conftest import problem
from tests.sql.actors import Worker, one
from tests.sql.refusals import refused

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
        scopes = ["read", "write", "admin"][: {"viewer": 1, "user": 2}.get(role, 3)]
        made = "select pgsched.make_api_key(%s, 'k', %s, %s, %s)"
        one(db, made, name, key.hash, key.shown, scopes)
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
    tag = {"if-match": by("ann", "GET", f"/v1/jobs/{job}").headers["etag"]}
    answers = [
        by(who, "PATCH", f"/v1/jobs/{job}", json={"priority": 1}, headers=tag),
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
        by(who, "POST", "/v1/schedules/plan/preview", json=DAILY),
    ]
    tag = {"if-match": by("ann", "GET", "/v1/schedules/plan").headers["etag"]}
    changed.append(by(who, "DELETE", "/v1/schedules/plan", headers=tag))

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


@pytest.mark.parametrize("who", USERS)
def test_what_schedules_and_calendars_were_is_for_who_sees_all(by, plan, who):
    """Of calendars, everybody sees it: they are nobody's."""
    tag = {"if-match": plan}
    assert by("ann", "PUT", "/v1/schedules/plan", json=DAILY, headers=tag).status_code == 200
    assert by("root", "PUT", "/v1/calendars/c", json={}).status_code == 200
    versions = by(who, "GET", "/v1/schedules/plan/versions")
    calendar = [by(who, "GET", f"/v1/calendars{of}") for of in ("", "/c", "/c/versions")]

    if USERS[who][0] == "user":
        problem(versions, 403, "PS028")
    else:
        assert len(versions.json()["items"]) == 2
    for answer in (*calendar, by(who, "GET", "/v1/blackouts")):
        assert answer.status_code == 200


@pytest.mark.parametrize("who", USERS)
def test_a_schedule_is_foreseen_by_who_may_make_one(by, who):
    answer = by(who, "POST", "/v1/forecast", json=DAILY)

    if who == "vic":
        problem(answer, 403, "PS028")
    else:
        assert len(answer.json()["items"]) == 10


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
        ("GET", "/v1/hooks"),
        ("POST", "/v1/hooks"),
        ("GET", "/v1/hooks/h"),
        ("PATCH", "/v1/hooks/h"),
        ("DELETE", "/v1/hooks/h"),
        ("POST", "/v1/hooks/h/rotate"),
        ("POST", "/v1/hooks/h/finish-rotation"),
        ("GET", "/v1/users"),
        ("POST", "/v1/users"),
        ("GET", "/v1/users/root"),
        ("PATCH", "/v1/users/root"),
        ("POST", "/v1/endpoints"),
        ("PATCH", "/v1/endpoints/e"),
        ("DELETE", "/v1/endpoints/e"),
        ("POST", "/v1/endpoints/e/rotate"),
        ("POST", "/v1/endpoints/e/pause"),
        ("POST", "/v1/endpoints/e/resume"),
        ("PUT", "/v1/calendars/c"),
        ("DELETE", "/v1/calendars/c"),
        ("POST", "/v1/calendars/c/restore"),
        ("POST", "/v1/blackouts"),
        ("DELETE", "/v1/blackouts/b"),
        ("POST", "/v1/schedules/plan/restore"),
        ("GET", "/v1/settings"),
        ("PUT", "/v1/settings/sign_up"),
        ("POST", "/v1/auth/rotate-secret"),
    ],
)
def test_what_is_for_admins_is_refused_to_others(by, method, path):
    for who in ("ann", "vic"):
        problem(by(who, method, path), 403, "PS028")


@pytest.mark.parametrize("who", USERS)
def test_many_jobs_are_changed_by_who_may_change_each(by, job, who):
    """Those that are not seen are told as if there were none; a filter finds none of them."""
    answers = [
        by(who, "POST", f"/v1/jobs/{action}", json={**which, **more, "dry_run": dry})
        for action, more in (("change", {"priority": 5}), ("cancel", {}), ("redrive", {}))
        for dry in (True, False)
        for which in (
            {"ids": [job]},
            {"filter": {"task": "t", "state": "cancelled" if action == "redrive" else "scheduled"}},
        )
    ]

    for n, answer in enumerate(answers):
        if who == "vic":
            problem(answer, 403, "PS028")
            continue
        told = answer.json()
        by_ids, first = n % 2 == 0, n % 4 == 0
        if who not in CHANGES:
            assert (told["count"], told["ids"]) == (0, [])
            refused = [{"id": job, "code": "PS001", "state": None}] if by_ids else []
            assert told["refused"] == refused
        elif first or told["dry_run"]:
            assert (answer.status_code, told["count"], told["ids"]) == (200, 1, [job])


@pytest.fixture
def run(by, db):
    """A run of a job of ann's that goes on."""
    made = by("ann", "POST", "/v1/jobs", json={"task": "t", "queue": "q"}).json()["id"]
    Worker(db).claim_one("q")
    return f"{made}-1"


@pytest.mark.parametrize("who", USERS)
def test_a_run_is_seen_and_changed_likewise(by, run, who):
    seen = [by(who, "GET", f"/v1/runs/{run}{of}") for of in ("", "/logs")]
    cancelled = by(who, "POST", f"/v1/runs/{run}/cancel")
    retried = by(who, "POST", f"/v1/runs/{run}/retry")

    for answer in seen:
        if who in SEES:
            assert answer.status_code == 200
        else:
            problem(answer, 404, "PS008")
    for answer, status in ((cancelled, 200), (retried, 409)):
        if who in CHANGES:
            assert answer.status_code == status
        elif who == "vic":
            problem(answer, 403, "PS028")
        else:
            problem(answer, 404, "PS001")


@pytest.mark.parametrize("who", USERS)
def test_numbers_of_all_are_for_who_sees_all(by, run, job, who):
    """What runs and what comes are shown to whom they belong."""
    stats = by(who, "GET", "/v1/stats").json()
    queue = by(who, "HEAD", "/v1/queues/q/events")

    sees_all = USERS[who][0] != "user"
    for name in ("jobs", "workers", "runs", "failed_today", "days", "failing"):
        assert (stats[name] is not None) == sees_all
    assert [each["id"] for each in stats["running"]] == ([run[:-2]] if who in SEES else [])
    assert [each["id"] for each in stats["upcoming"]] == ([job] if who in SEES else [])
    assert queue.status_code == (200 if sees_all else 403)


@pytest.mark.parametrize("who", USERS)
def test_a_job_is_watched_by_who_sees_it(by, job, who):
    answer = by(who, "HEAD", f"/v1/jobs/{job}/events")

    assert answer.status_code == (200 if who in SEES else 404)


def test_a_user_sees_no_more_of_queues_than_their_names(by, job):
    """The counts are of all users' jobs."""
    [queue] = by("eve", "GET", "/v1/queues").json()["items"]

    assert (queue["queue"], queue["ready"], queue["scheduled"]) == ("default", None, None)
    assert by("vic", "GET", "/v1/queues").json()["items"][0]["scheduled"] == 1


@pytest.mark.parametrize(
    "said",
    [
        {"type": "order.paid", "source": "hooks/pay"},
        {"type": "job.dead", "source": "pgsched", "data": {"job_id": 5}},
    ],
)
def test_users_pass_for_no_hook_and_tell_of_no_ends_of_jobs(by, db, said):
    """Subscriptions believe the source of a signed delivery, and what is said of a job."""
    hook = {"name": "pay", "style": "hmac", "event_type": "order.paid", "secret": "x" * 20}
    assert by("root", "POST", "/v1/hooks", json=hook).status_code == 201

    problem(by("ann", "POST", "/v1/events", json=said), 403, "PS028")
    ann = one(db, "select id::text from pgsched.user where name = 'ann'")
    one(db, "select set_config('pgsched.actor', %s, false)", ann)
    for way in (
        "select pgsched.emit(%s, source => %s)",
        "insert into pgsched.event (type, source) values ('any', 'ann'), (%s, %s) returning 1",
    ):
        with refused("PS028", "of a hook|ends of jobs"):
            one(db, way, said["type"], said["source"])
    one(db, "select set_config('pgsched.actor', '', false)")

    assert by("root", "POST", "/v1/events", json=said).status_code == 201
    own = said | {"type": "a", "source": "ann"}
    assert by("ann", "POST", "/v1/events", json=own).status_code == 201
