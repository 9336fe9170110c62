"""If-Match on actions: on what is as it was seen, or not at all."""

from __future__ import annotations

import httpx
import psycopg
import pytest

from pgsched import calls
from pgsched import db as running
from pgsched.api.app import ALL
from pgsched.auth.keys import make_key
from pgsched.errors import VersionChanged
from tests.api.conftest import problem
from tests.sql.actors import Worker, enqueue, one

ROUTES = [route for group in ALL for route in group.all]
# What changes a thing of each kind, called n.
CHANGES = {
    "task": "select pgsched.change_task('n', '{\"priority\": 5}')",
    "schedule": "select pgsched.change_schedule('n', '{\"priority\": 5}')",
    "calendar": "update pgsched.calendar set about = 'x'",
    "subscription": "update pgsched.subscription set event_type = 'b'",
    "hook": "select pgsched.change_hook('n', '{\"source\": \"x\"}')",
    "endpoint": "select pgsched.change_endpoint('n', '{\"timeout_s\": 5}')",
}
# Each action, and its body.
ACTIONS = {
    **{f"/v1/tasks/n/{action}": None for action in ("reset", "pause", "resume")},
    **{f"/v1/schedules/n/{action}": None for action in ("pause", "resume")},
    "/v1/schedules/n/trigger": {},
    "/v1/schedules/n/preview": {"task": "t", "cron": "0 7 * * *"},
    "/v1/schedules/n/restore": {"version": 1},
    "/v1/calendars/n/restore": {"version": 1},
    "/v1/subscriptions/n/replay": {"since": "2026-01-01T00:00:00Z"},
    "/v1/hooks/n/rotate": {},
    "/v1/hooks/n/finish-rotation": None,
    **{f"/v1/endpoints/n/{action}": None for action in ("rotate", "pause", "resume")},
}
WINDOW = {"name": "b", "starts_at": "2030-01-01T00:00:00Z", "ends_at": "2030-01-02T00:00:00Z"}


@pytest.fixture
def things(db) -> None:
    """One of each kind that has versions, called n."""
    one(db, "select pgsched.declare_task('n')")
    db.execute("insert into pgsched.schedule (name, task, every) values ('n', 't', '1 day')")
    db.execute("insert into pgsched.calendar (name) values ('n')")
    one(db, "select pgsched.subscribe('n', 'a', 't')")
    settings = '{"event_type": "a"}'
    one(db, "select pgsched.create_hook('n', 'hmac', 'a secret to rotate', %s)", settings)
    one(db, "select pgsched.add_endpoint('n', 'https://a.example')")


def acted(api: httpx.Client, path: str, tag: str | None, **headers: str) -> httpx.Response:
    body = ACTIONS[path]
    sent = headers if tag is None else {"if-match": tag, **headers}
    return api.post(path, headers=sent, **({} if body is None else {"json": body}))


def test_these_are_the_actions_on_what_has_an_etag():
    of = {each.path.replace("{name}", "n") for each in ROUTES if each.of}

    assert of == {*ACTIONS, "/v1/jobs/{id}/cancel", "/v1/jobs/{id}/redrive"}


@pytest.mark.parametrize("path", ACTIONS)
def test_an_action_on_what_has_changed_is_refused(api, db, things, path):
    """And done on what has not, and where nothing is said of it."""
    thing = path.rpartition("/")[0]
    seen = api.get(thing).headers["etag"]
    db.execute(CHANGES[path.split("/")[2][:-1]])
    before = api.get(thing).json()

    problem(acted(api, path, seen), 412, "PS026")
    problem(acted(api, path, '"999"'), 412, "PS026")
    problem(acted(api, path, "what"), 412, "PS026")
    assert api.get(thing).json() == before
    assert one(db, "select count(*) from pgsched.job") == 0
    fresh = api.get(thing).headers["etag"]
    assert acted(api, path, fresh).is_success
    assert acted(api, path, None).is_success


@pytest.mark.parametrize("action", ["cancel", "redrive"])
def test_so_of_a_job(api, db, action):
    job = enqueue(db)
    seen = api.get(f"/v1/jobs/{job}").headers["etag"]
    db.execute("select pgsched.reschedule(%s, priority => 5)", [job])
    if action == "redrive":
        db.execute("select pgsched.cancel(%s)", [job])
    before = api.get(f"/v1/jobs/{job}").json()

    stale = api.post(f"/v1/jobs/{job}/{action}", headers={"if-match": seen})
    problem(stale, 412, "PS026")
    assert api.get(f"/v1/jobs/{job}").json() == before
    fresh = {"if-match": api.get(f"/v1/jobs/{job}").headers["etag"]}
    assert api.post(f"/v1/jobs/{job}/{action}", headers=fresh).is_success


@pytest.mark.parametrize("runs", [True, False])
def test_a_job_that_was_found_as_expected_stays_so_until_it_is_cancelled(db, connect, dsn, runs):
    """Else the next attempt, of which nobody knew, would be cancelled in its place."""
    job = enqueue(db)
    late = Worker(connect(dsn))
    if runs:
        held = late.claim_one()
    late.conn.execute("set lock_timeout = '10ms'")
    with db.transaction():
        running.run(db, calls.expect("job", str(job), _version(db, job)))
        if runs:
            with pytest.raises(psycopg.errors.LockNotAvailable):
                late.fail(held)
        else:
            assert late.claim() == []


def _version(db, job: int) -> int:
    return one(
        db,
        "select pgsched._job_version(j.queue, j.priority, j.due_at, j.attempt, j.state)"
        " from pgsched.job as j where j.id = %s",
        job,
    )


@pytest.mark.parametrize(("kind", "change"), CHANGES.items())
def test_what_was_found_as_expected_stays_so_until_the_action_is_done(
    db, connect, dsn, things, kind, change
):
    """Whoever changes it meanwhile waits; whoever comes after that is told."""
    version = one(db, f"select version from pgsched.{kind} where name = 'n'")
    late = connect(dsn)
    late.execute("set lock_timeout = '10ms'")
    with db.transaction():
        running.run(db, calls.expect(kind, "n", version))
        with pytest.raises(psycopg.errors.LockNotAvailable):
            late.execute(change)
    late.execute("set lock_timeout = 0")
    late.execute(change)

    with pytest.raises(VersionChanged):
        running.run(db, calls.expect(kind, "n", version))


def test_with_a_key_what_was_done_is_told_again_though_it_changed_by_that(api, db, things):
    """The version is that of before: a repeat must not be refused for its own change."""
    seen = api.get("/v1/schedules/n").headers["etag"]
    first, again = (
        acted(api, "/v1/schedules/n/pause", seen, **{"idempotency-key": "k"}) for _ in range(2)
    )

    assert (first.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    problem(acted(api, "/v1/schedules/n/pause", seen, **{"idempotency-key": "k2"}), 412, "PS026")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/jobs", {"task": "t"}),
        ("POST", "/v1/queues/default/pause", None),
        ("POST", "/v1/queues/default/resume", None),
        ("POST", "/v1/users", {"name": "ada"}),
        ("PUT", "/v1/settings/sign_up", {"value": 1}),
        ("PUT", "/v1/tasks/t/declaration", {}),
        ("POST", "/v1/blackouts", WINDOW),
    ],
)
def test_where_there_is_nothing_that_has_an_etag_it_is_not_passed_over(api, db, method, path, body):
    more = {} if body is None else {"json": body}

    problem(api.request(method, path, headers={"if-match": '"1"'}, **more), 412, "PS026")
    assert api.request(method, path, **more).is_success


def test_a_revocation_is_never_refused_for_it(api, db):
    one(db, "select pgsched.create_user('ada')")
    body = {"name": "k", "scopes": ["read"], "user": "ada"}
    made = api.post("/v1/keys", json=body).json()

    assert api.delete(f"/v1/keys/{made['id']}", headers={"if-match": '"9"'}).status_code == 204
    assert api.post("/v1/blackouts", json=WINDOW).is_success
    gone = api.delete("/v1/blackouts/b", headers={"if-match": '"9"'})
    assert gone.json()["windows"] == 1


def test_the_version_of_what_one_does_not_see_is_not_told(guarded, db):
    """A guess is answered as without it: there is no such thing, or one may only look."""
    headers: dict[str, dict[str, str]] = {}
    for name, role in (("ann", "user"), ("eve", "user"), ("vic", "viewer")):
        one(db, "select pgsched.create_user(%s, %s)", name, role)
        key = make_key()
        scopes = ["read"] if role == "viewer" else ["read", "write"]
        made = "select pgsched.make_api_key(%s, 'k', %s, %s, %s)"
        one(db, made, name, key.hash, key.shown, scopes)
        headers[name] = {"authorization": f"Bearer {key.key}"}
    body = {"name": "n", "task": "t", "cron": "0 6 * * *"}
    tag = guarded.post("/v1/schedules", json=body, headers=headers["ann"]).headers["etag"]
    job = guarded.post("/v1/jobs", json={"task": "t"}, headers=headers["ann"]).json()["id"]
    for who, status, codes in (("eve", 404, ("PS003", "PS001")), ("vic", 403, ("PS028", "PS028"))):
        for sent in (tag, '"999"'):
            asks = headers[who] | {"if-match": sent}
            problem(guarded.post("/v1/schedules/n/pause", headers=asks), status, codes[0])
            problem(guarded.post(f"/v1/jobs/{job}/cancel", headers=asks), status, codes[1])
