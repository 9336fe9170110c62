"""What only SQL or the planner refuses names the field at fault, as what the types refuse does."""

from __future__ import annotations

import pytest

from tests.api.conftest import problem

SCHEDULE = {"name": "s", "task": "t"}
SUBSCRIPTION = {"event_type": "order.*", "task": "t"}
LARGE = {"text": "x" * 1_100_000}
ENDPOINT = {"name": "e", "url": "https://jobs.example/"}
HOOK = {"name": "h", "style": "hmac", "secret": "0123456789abcdef", "event_type": "a"}


def at(answer) -> list[str]:
    return [fault["at"] for fault in problem(answer, 422, "PS010")["errors"]]


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ({"cron": "x"}, "body/cron"),
        ({"cron": "61 * * * *"}, "body/cron"),
        ({"cron": "0 0 30 2 *"}, "body/cron"),
        ({"every": "0 minutes"}, "body/every"),
        ({"every": "day", "timezone": "Foo"}, "body/timezone"),
        ({"every": "day", "timezone": "Europe/Nowhere"}, "body/timezone"),
        ({"rrule": "x"}, "body/rrule"),
        ({"rrule": "FREQ=DAILY;COUNT=3"}, "body/rrule"),
        ({"business": "first business day of month"}, "body/calendar"),
        ({"every": "day", "calendar": "nowhere"}, "body/calendar"),
        ({"every": "day", "calendar": "and and"}, "body/calendar"),
        ({"at": "2026-01-01T00:00:00.5Z"}, "body/at"),
        ({"every": "day", "starts_at": "2026-01-01T00:00:00.5Z"}, "body/starts_at"),
        (
            {
                "every": "day",
                "starts_at": "2026-01-02T00:00:00Z",
                "ends_at": "2026-01-01T00:00:00Z",
            },
            "body/ends_at",
        ),
        ({"every": "day", "starts_at": "1900-12-31T23:59:59Z"}, "body/starts_at"),
        ({"every": "day", "ends_at": "3000-01-01T00:00:00Z"}, "body/ends_at"),
        ({"every": "day", "condition": "nowhere.f"}, "body/condition"),
        ({"every": "day", "misfire_limit": 2000}, "body/misfire_limit"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/schedules", "/v1/forecast"])
def test_a_schedule_that_is_refused(api, path, rule, place):
    assert at(api.post(path, json=SCHEDULE | rule)) == [place]


def test_a_change_of_a_schedule_that_is_refused(api):
    tag = api.post("/v1/schedules", json=SCHEDULE | {"every": "day"}).headers["etag"]

    answer = api.put("/v1/schedules/s", json={"task": "t", "cron": "x"}, headers={"if-match": tag})

    assert at(answer) == ["body/cron"]
    assert at(api.post("/v1/schedules/s/restore", json={"version": 9})) == ["body/version"]


@pytest.mark.parametrize(
    ("method", "path", "body", "place"),
    [
        ("PUT", "/v1/subscriptions/s", SUBSCRIPTION | {"filter": "$$$"}, "body/filter"),
        ("PUT", "/v1/subscriptions/s", SUBSCRIPTION | {"filter": "$.data.a"}, "body/filter"),
        ("PUT", "/v1/subscriptions/s", SUBSCRIPTION | {"args": {"a": "$..a"}}, "body/args"),
        ("PUT", "/v1/subscriptions/s", SUBSCRIPTION | {"key": "$..a"}, "body/key"),
        ("PUT", "/v1/subscriptions/s", {"event_type": "a b", "task": "t"}, "body/event_type"),
        ("POST", "/v1/events", {"type": "a b"}, "body/type"),
        ("POST", "/v1/events", {"type": "a", "id": "\U0001f600" * 400}, "body/id"),
        ("POST", "/v1/events", {"type": "a", "data": LARGE}, "body/data"),
        ("POST", "/v1/jobs", {"task": "t", "args": LARGE}, "body/args"),
        ("POST", "/v1/jobs", [{"task": "t", "args": LARGE}], "body"),
        ("POST", "/v1/jobs/redrive", {"filter": {"state": "ready"}}, "body/filter/state"),
        ("POST", "/v1/endpoints", ENDPOINT | {"headers": {"Host": "a"}}, "body/headers"),
        ("POST", "/v1/hooks", HOOK | {"event_type": "a b"}, "body/event_type"),
        ("POST", "/v1/hooks", HOOK | {"header": "a b"}, "body/header"),
        ("POST", "/v1/hooks", HOOK | {"headers": ["a b"]}, "body/headers"),
        ("POST", "/v1/hooks", HOOK | {"tolerance_s": 60}, "body/tolerance_s"),
        ("POST", "/v1/hooks", HOOK | {"name": "a b"}, "body/name"),
        (
            "POST",
            "/v1/hooks",
            {**HOOK, "style": "github", "algorithm": "sha1"},
            "body/algorithm",
        ),
        ("POST", "/v1/hooks", HOOK | {"style": "standard_webhooks"}, "body/secret"),
        ("POST", "/v1/users", {"name": "A b"}, "body/name"),
        ("POST", "/v1/users", {"name": "a", "password": "short"}, "body/password"),
        (
            "POST",
            "/v1/blackouts",
            {"name": "b", "starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"},
            "body/ends_at",
        ),
        ("PUT", "/v1/calendars/NYSE", {}, "path/name"),
        (
            "PUT",
            "/v1/calendars/a",
            {"holidays": {"1066-10-14": "Hastings"}},
            "body/holidays/1066-10-14",
        ),
    ],
)
def test_a_value_that_only_the_database_refuses(api, method, path, body, place):
    assert at(api.request(method, path, json=body)) == [place]


def test_lines_that_are_refused_by_the_database(api):
    lines = b'{"task": "t", "args": {"text": "%s"}}' % (b"x" * 1_100_000)
    headers = {"content-type": "application/x-ndjson"}

    assert at(api.post("/v1/jobs/bulk", content=lines, headers=headers)) == ["body"]


def test_changes_that_are_refused_by_the_database(api):
    api.post("/v1/endpoints", json=ENDPOINT | {"tasks": ["pushed"]})
    api.put("/v1/tasks/local/declaration", json={"transactional": True})
    tag = {"if-match": api.get("/v1/tasks/local").headers["etag"]}
    nulled = api.patch("/v1/tasks/local", json={"queue": None}, headers=tag)
    pushed = api.patch("/v1/tasks/local", json={"endpoint": "e"}, headers=tag)
    retried = {"retry": {"kind": "fixed"}, "description": "x" * 10_001}
    long = api.patch("/v1/tasks/local", json=retried, headers=tag)

    assert at(nulled) == ["body/queue"]
    assert at(pushed) == ["body/endpoint"]
    assert at(long) == ["body/description"]


def test_a_cloud_event_that_is_refused_names_where_it_is_wrong(api):
    event = {"specversion": "1.0", "id": "1", "source": "/a", "type": "a"}
    kind = {"content-type": "application/cloudevents+json"}
    batch = {"content-type": "application/cloudevents-batch+json"}
    bare = {f"ce-{name}": value for name, value in event.items()}

    one = api.post("/v1/events", json=event | {"type": "a b"}, headers=kind)
    many = api.post("/v1/events", json=[event, event | {"type": "a b"}], headers=batch)
    single = api.post("/v1/events", json=[event | {"data": LARGE}], headers=batch)
    named = api.post("/v1/events", json={}, headers=bare | {"ce-type": "a b"})
    large = api.post("/v1/events", json=LARGE, headers=bare)

    assert (at(one), at(many), at(single)) == (["body/type"], ["body/1/type"], ["body/0/data"])
    assert (at(named), at(large)) == (["header/ce-type"], ["body"])
    assert one.json()["detail"].endswith(": got 'a b'")
    assert many.json()["detail"].endswith("of event 1, the first being 0")


def test_a_key_for_more_than_its_user_may(api):
    """The name of a user in the message is not taken for the field."""
    api.post("/v1/users", json={"name": "ann", "role": "viewer"})
    asked = {"name": "k", "user": "ann"}

    wide = api.post("/v1/keys", json=asked | {"scopes": ["admin"]})
    past = api.post(
        "/v1/keys", json=asked | {"scopes": ["read"], "expires_at": "2000-01-01T00:00:00Z"}
    )

    assert (at(wide), at(past)) == (["body/scopes"], ["body/expires_at"])
