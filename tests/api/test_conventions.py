"""What holds for every route: errors, ids, keys for once, limits, the document."""

from __future__ import annotations

import json
import re
import threading

import httpx
import pytest

from pgsched import errors
from pgsched.api.app import ALL
from pgsched.api.openapi import document
from pgsched.settings import Settings
from tests.api.conftest import problem, serving
from tests.sql.actors import one

NEW = {"task": "t"}
ROUTES = [route for group in ALL for route in group.all]


def posted(api, key, body=NEW):
    return api.post("/v1/jobs", json=body, headers={"idempotency-key": key})


def test_what_is_sent_twice_with_one_key_is_done_once(api, db):
    first, again = posted(api, "k"), posted(api, "k")

    assert (again.status_code, again.json(), again.headers["location"]) == (
        201,
        first.json(),
        first.headers["location"],
    )
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert one(db, "select count(*) from pgsched.job") == 1


def test_two_at_once_with_one_key_are_one(api, db):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(posted(api, "k").json())) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({answer["id"] for answer in answers}) == 1
    assert one(db, "select count(*) from pgsched.job") == 1


def test_those_that_wait_for_one_key_leave_connections_to_others(api_dsn, dsn, db):
    sent: list[int] = []
    settings = Settings(dsn=api_dsn, api_auth=False, api_connections=2)
    with serving(settings) as url, httpx.Client(base_url=url, timeout=30) as client:
        with db.transaction():
            db.execute("select pgsched.begin_request('', 'k', 'another')")
            threads = [
                threading.Thread(target=lambda: sent.append(posted(client, "k").status_code))
                for _ in range(3)
            ]
            for thread in threads:
                thread.start()
            waiting = "select from pg_stat_activity where wait_event_type = 'Lock'"
            while not db.execute(waiting).rowcount:
                db.execute("select pg_stat_clear_snapshot()")

            assert client.get("/v1/jobs").status_code == 200
        for thread in threads:
            thread.join()

    assert sent == [422] * 3


@pytest.mark.parametrize("key", ["", "a b", "\xe9", "k" * 201])
def test_a_key_that_is_none_is_refused_as_the_document_says(api, key):
    sent = api.post("/v1/jobs", json=NEW, headers={b"idempotency-key": key.encode("latin-1")})
    told = problem(sent, 422, "PS010")
    [pattern] = {
        each["schema"]["pattern"]
        for each in document(ALL)["paths"]["/v1/jobs"]["post"]["parameters"]
        if each["name"] == "Idempotency-Key"
    }

    assert [each["at"] for each in told["errors"]] == ["header/Idempotency-Key"]
    assert len(key) > 200 or not re.search(pattern, key)
    assert posted(api, "!~" * 100).status_code == 201


def test_two_keys_are_refused(api, db):
    keys = [("idempotency-key", "a"), ("idempotency-key", "b")]

    told = problem(api.post("/v1/jobs", json=NEW, headers=keys), 422, "PS010")

    assert told["errors"][0] == {"at": "header/Idempotency-Key", "message": "is there twice"}
    assert one(db, "select count(*) from pgsched.job") == 0


def test_a_key_for_another_request_is_refused(api):
    posted(api, "k")

    problem(posted(api, "k", {"task": "u"}), 422, "PS076")


def test_an_error_keeps_no_key(api):
    problem(posted(api, "k", {"task": ""}), 422, "PS010")

    assert posted(api, "k").status_code == 201


def test_an_error_of_the_database_keeps_nothing_either(api, db):
    """Neither the key nor what was done before it."""
    lines = b'{"task":"t"}\n{"task":"t","due_at":"2100-01-01T00:00:00Z","delay_s":1}'
    headers = {"content-type": "application/x-ndjson", "idempotency-key": "k"}
    for _ in range(2):
        problem(api.post("/v1/jobs/bulk", content=lines, headers=headers), 422, "PS010")
    problem(api.post("/v1/jobs/5/cancel", headers={"idempotency-key": "k"}), 404, "PS001")

    assert one(db, "select count(*) from pgsched.job") == 0
    assert one(db, "select count(*) from pgsched._request") == 0
    assert posted(api, "k").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_out_of_range_is_refused(api, key):
    told = problem(posted(api, key), 422, "PS010")

    assert told["errors"][0]["at"] == "header/Idempotency-Key"


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "PS070"),
        ({"content": b"{}", "headers": {"content-type": "text/plain"}}, 415, "PS074"),
        ({"content": b"{}"}, 415, "PS074"),
        ({"json": {"task": "t", "args": {"a": "x" * 3_000_000}}}, 413, "PS073"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(api, sent, status, code):
    problem(api.post("/v1/jobs", **sent), status, code)


def test_a_body_without_length_is_cut_off_too(api):
    endless = (b" " * 100_000 for _ in range(1000))

    headers = {"content-type": "application/json"}
    problem(api.post("/v1/jobs", content=endless, headers=headers), 413, "PS073")


def test_a_path_that_is_not_there_and_a_method_that_it_has_not(api):
    problem(api.get("/v2/jobs"), 404, "PS071")
    answer = api.delete("/v1/jobs")
    problem(answer, 405, "PS072")
    assert answer.headers["allow"] == "GET, HEAD, POST"
    for path in ("/v1/openapi.json", "/docs"):
        answer = api.post(path)
        problem(answer, 405, "PS072")
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_a_request_keeps_the_id_it_came_with(api):
    kept = [
        api.get("/health/live", headers={"x-request-id": sent}).headers["x-request-id"] == sent
        for sent in ("a.b-1", "a b")
    ]

    assert kept == [True, False]


def test_large_answers_are_packed_for_who_takes_that(api, db):
    db.execute("select pgsched.enqueue_many('t', array_fill('{}'::jsonb, array[50]))")

    assert api.get("/v1/jobs").headers["content-encoding"] == "gzip"
    for taken in ("identity", "gzip;q=0", "identity, GZIP; q=0.000"):
        plain = api.get("/v1/jobs", headers={"accept-encoding": taken})
        assert "content-encoding" not in plain.headers
        assert plain.headers["vary"] == "Accept-Encoding"
    halves = api.get("/v1/jobs", headers={"accept-encoding": "identity;q=0.1, gzip;q=0.5"})
    assert halves.headers["content-encoding"] == "gzip"
    for path in ("/v1/openapi.json", "/docs/swagger-ui-bundle.js"):
        assert api.head(path).headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("path", ["/v1/stats", "/v1/jobs", "/v1/auth/me", "/v1/tasks/t"])
def test_a_name_that_a_query_has_not_is_refused(api, path):
    told = problem(api.get(path, params={"x": 1}), 422, "PS010")

    assert [each["at"] for each in told["errors"]] == ["query/x"]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_probes_and_scrapers_may_add_to_a_query(api, path):
    assert api.get(path, params={"x": 1}).status_code == 200


@pytest.mark.parametrize("limit", ["1_0", "1.0", " 1", "+1", "", "\u0661"])
@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/schedules"])
def test_a_limit_that_is_not_in_digits_is_refused(api, path, limit):
    told = problem(api.get(path, params={"limit": limit}), 422, "PS010")

    assert [each["at"] for each in told["errors"]] == ["query/limit"]


@pytest.mark.parametrize("wait", ["1_0", "+1", "1.", "nan"])
def test_a_wait_that_is_no_number_is_refused(api, wait):
    told = problem(api.get("/v1/jobs/1", params={"wait": wait}), 422, "PS010")

    assert [each["at"] for each in told["errors"]] == ["query/wait"]


def test_what_a_body_has_in_quotes_is_no_number_and_no_truth(api):
    draft = {"task": "t", "every": "day"}
    window = {"name": "b", "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2026-01-02T00:00:00Z"}

    problem(api.post("/v1/forecast", json=draft | {"n": "5"}), 422, "PS010")
    problem(api.post("/v1/blackouts", json=window | {"dry_run": "yes"}), 422, "PS010")
    assert api.post("/v1/forecast", json=draft | {"n": 5}).status_code == 200


def test_a_name_twice_in_a_query_is_refused(api):
    told = problem(api.get("/v1/jobs?state=ready&limit=1&limit=2"), 422, "PS010")

    assert [each["at"] for each in told["errors"]] == ["query/limit"]


def test_without_room_whoever_comes_is_told_to_come_again():
    """Where the database is not there."""
    with serving(Settings(dsn="host=127.0.0.1 port=1 dbname=x", api_auth=False)) as url:
        answer = httpx.get(f"{url}/health/ready", timeout=30)
    problem(answer, 503, "PS077")
    assert answer.headers["retry-after"] == "1"


def test_the_document_names_every_route_and_each_of_its_errors():
    made = document(ALL)

    assert json.loads(json.dumps(made)) == made
    for route in ROUTES:
        operation = made["paths"][route.path][route.method.lower()]
        told = " ".join(each["description"] for each in operation["responses"].values())
        for error in (*route.refusals, errors.InvalidValue):
            assert error.code in told
        assert operation["summary"]


def test_the_document_names_the_headers_that_a_route_heeds():
    """
    Idempotency-Key of each POST; If-Match of what changes something that has an ETag, and of what
    refuses it because there is none.
    """
    made = document(ALL)

    for route in ROUTES:
        operation = made["paths"][route.path][route.method.lower()]
        named = {each["name"] for each in operation["parameters"] if each["in"] == "header"}
        tagged = errors.ConditionRequired in route.refusals or route.heeds_version
        assert ("Idempotency-Key" in named) == (route.method == "POST")
        assert ("If-Match" in named) == tagged
        assert ("412" in operation["responses"]) == tagged


def test_every_operation_has_a_name_of_its_own():
    names = [route.run.__name__ for route in ROUTES]

    assert len(names) == len(set(names))


def test_every_route_but_logging_in_calling_back_and_health_asks_for_a_scope():
    open_ones = {route.path for route in ROUTES if route.scope is None}

    assert open_ones == {
        "/health/live",
        "/health/ready",
        "/v1/hooks/{name}",  # by a signature
        *(f"/v1/auth/{of}" for of in ("signup", "login", "refresh", "logout")),
        *(f"/v1/callbacks/{{id}}/{of}" for of in ("heartbeat", "finish")),  # by the job's token
    }
