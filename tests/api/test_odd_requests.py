"""Odd JSON and odd names: refused, or kept as they are, and never a 500."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from pgsched.api import jobs
from pgsched.api.bodies import Lines
from tests.api.conftest import problem
from tests.api.raw import say, status
from tests.sql.actors import one

JSON = {"content-type": "application/json"}
NDJSON = {"content-type": "application/x-ndjson"}
HEAD = b"POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"


def nested(depth):
    return b'{"task":"t","args":{"a":' + b"[" * depth + b"]" * depth + b"}}"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (nested(100), 201),
        (nested(100_000), 400),
        (b"[" * 1_000_000, 400),
        (b'{"task":"t","args":{"a":' + b"1" * 1000 + b"}}", 201),
        (b'{"task":"t","args":{"a":' + b"1" * 100_000 + b"}}", 400),
        (b'{"task":"t","args":{"a":1e308}}', 201),
        (b'{"task":"t","args":{"a":1e400}}', 422),
        (b'{"task":"t","args":{"a":-1e999999999}}', 422),
        (b'{"task":"t","args":{"a":1e-400}}', 201),
        (b'{"task":"t","args":{"a":NaN}}', 422),
        (b'{"task":"t","args":{"a":Infinity}}', 422),
        (b'{"task":"t","priority":1e99}', 422),
        (b'{"task":"t","delay_s":1e999}', 422),
        (b'{"task":"t\\u0000"}', 422),
        (b'{"task":"t","args":{"\\u0000":1}}', 422),
        (b'{"task":"t","args":{"a":"\\ud800"}}', 400),
        (b'{"task":"t","args":{"\\udfff":1}}', 400),
        (b'{"task":"t","args":{"a":"\xff"}}', 400),
        (b'{"task":"t","args":{"a":"\xed\xa0\x80"}}', 400),
        (b'\xef\xbb\xbf{"task":"t"}', 400),
        ('{"task":"t"}'.encode("utf-16"), 400),
        (b"\0", 400),
        (b"", 400),
        (b"null", 422),
        (b'{"task":"t"}{"task":"t"}', 400),
        (b"{" + b",".join(b'"f%d":1' % n for n in range(100_000)) + b"}", 422),
    ],
    ids=range(26),
)
def test_odd_json_is_refused_or_kept_as_it_is(api, body, expected):
    answer = api.post("/v1/jobs", content=body, headers=JSON)

    assert answer.status_code == expected, answer.text[:500]
    assert len(answer.content) < 10_000
    assert api.get("/v1/jobs").status_code == 200


@pytest.mark.parametrize("name", ["args", "labels"])
@pytest.mark.parametrize("value", ['"\\u0000"', "NaN", "-Infinity", "1e5000"])
def test_json_that_only_the_database_would_refuse_is_refused_by_name(api, name, value):
    """Also in an array, and in bulk, with its place."""
    good = '{"task":"t","args":{"a":"NaN","b":"\\\\u0000"}}'
    bad = f'{{"task":"t","{name}":{{"a":[{value}]}}}}'
    said = [
        ("/v1/jobs", bad, JSON, f"body/{name}"),
        ("/v1/jobs", f"[{good},{bad}]", JSON, f"body/1/{name}"),
        ("/v1/jobs/bulk", f"{good}\n\n{bad}", NDJSON, f"body/2/{name}"),
    ]

    for path, content, headers, at in said:
        told = problem(api.post(path, content=content, headers=headers), 422, "PS010")
        assert [each["at"] for each in told["errors"]] == [at]
    assert api.post("/v1/jobs", content=good, headers=JSON).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "body", "at"),
    [
        ("POST", "/v1/schedules", '{"name":"n","task":"t","every":"1 day","args":%s}', "args"),
        ("PUT", "/v1/subscriptions/n", '{"task":"t","event_type":"a","args":%s}', "args"),
        ("POST", "/v1/events", '{"type":"a.b","data":%s}', "data"),
    ],
)
@pytest.mark.parametrize("value", ['"\\u0000"', "NaN", "1e5000"])
def test_so_is_that_of_what_else_is_made(api, method, path, body, at, value):
    sent = body % f'{{"a":{value}}}'

    told = problem(api.request(method, path, content=sent, headers=JSON), 422, "PS010")

    assert [each["at"] for each in told["errors"]] == [f"body/{at}"]


@pytest.mark.parametrize(
    "args",
    [
        b'{"a":1e400}',
        b'{"a":-12.5E+9999}',
        b'{"a":[1e131071,1e131071]}',
        b'{"a":1e99999999999}',
        b'{"a":"\\ud800"}',
        b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_many_are_refused_likewise_which_go_to_postgres_as_they_are(api, db, args):
    """1e131071 is 16 bytes in Postgres, and 130 kB whenever it is read."""
    one_job, other = b'{"task":"t"}', b'{"task":"t","args":' + args + b"}"

    bulk = api.post("/v1/jobs/bulk", content=one_job + b"\n" + other, headers=NDJSON)
    array = api.post("/v1/jobs", content=b"[" + one_job + b"," + other + b"]", headers=JSON)

    assert {bulk.status_code, array.status_code} <= {400, 422}, (bulk.text, array.text)
    assert one(db, "select count(*) from pgsched.job") == 0


@pytest.mark.parametrize("id", ["-5", "0", "true", "1e3", "9" * 20, '"-5"', '"0"'])
def test_what_is_no_id_is_refused_also_as_a_number(api, id):
    body = f'{{"task": "t", "parent_id": {id}}}'

    problem(api.post("/v1/jobs", content=body, headers=JSON), 422, "PS010")


def test_bulk_takes_what_only_looks_like_it(api):
    lines = b'{"task":"t","args":{"a":"1e999","b":1e300}}\n'

    assert api.post("/v1/jobs/bulk", content=lines, headers=NDJSON).status_code == 201


def test_of_a_name_twice_the_last_holds_for_one_and_in_bulk(api, db):
    twice = b'{"task":"a","task":"b","args":{"x":1,"x":2}}'
    api.post("/v1/jobs", content=twice, headers=JSON)
    api.post("/v1/jobs/bulk", content=twice, headers=NDJSON)

    found = db.execute("select task, args from pgsched.job").fetchall()
    assert found == [("b", {"x": 2})] * 2


@pytest.mark.parametrize(
    ("path", "media", "body"),
    [
        ("/v1/events", "application/cloudevents-batch+json", b"[" + b"{}," * 500_000 + b"{}]"),
        ("/v1/jobs/bulk", "application/x-ndjson", b"{}\n" * 600_000),
    ],
)
def test_a_fault_in_each_of_many_is_not_told_for_each(api, path, media, body):
    """Half a million of them would take gigabytes."""
    answer = api.post(path, content=body, headers={"content-type": media})

    assert len(problem(answer, 422, "PS010")["errors"]) < 10


def test_lines_are_held_once():
    """Bodies of bulk have up to 256 MiB; as it is read, one takes no second time its size."""
    [route] = [route for route in jobs.ROUTES.all if route.lines is not None]
    raw = b'{"task":"t"}\n' * 200_000

    tracemalloc.start()
    try:
        count = sum(part.count(b"{") for part in Lines(raw, route.lines).slices(2000))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (count, most < len(raw)) == (200_000, True)


def test_lines_that_say_nothing_are_not_kept_by_the_million(api):
    """256 MiB of them would take three gigabytes and eight seconds."""
    problem(api.post("/v1/jobs/bulk", content=b"\n" * 2_000_001, headers=NDJSON), 422, "PS010")


@pytest.mark.parametrize(
    "args",
    [
        '{"a": 1e5000}',
        '{"a": [1, 1e5000, 2.5]}',
        '{"a":' * 300 + "1" + "}" * 300,
        '{"a":' * 900 + "1" + "}" * 900,
        '{"a":' * 3000 + "1" + "}" * 3000,
    ],
)
def test_odd_jobs_that_sql_has_made_break_no_list(api, db, args):
    job = one(db, "insert into pgsched.job (task, args) values ('t', %s) returning id", args)

    for path in ("/v1/jobs", f"/v1/jobs/{job}"):
        answer = api.get(path)
        assert answer.status_code == 200, answer.text


# --- headers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a\r\nset-cookie: x=1", "\u65e5\u672c", "a b%/c"])
def test_a_name_gets_into_no_header_as_it_is(api, name):
    body = {"name": name, "task": "t", "cron": "0 6 * * *"}

    made = api.post("/v1/schedules", content=json.dumps(body), headers=JSON)

    assert made.status_code in (201, 422), made.text
    assert "set-cookie" not in made.headers
    if made.status_code == 201:
        assert api.get(made.headers["location"]).json()["name"] == name


def test_who_may_not_come_is_told_before_the_body_is_read(guarded):
    said = say(guarded.base_url, HEAD + b"connection: close\r\ncontent-length: 1000\r\n\r\n")

    assert status(said) == 401


def test_what_anybody_may_send_is_small(guarded):
    for path in ("login", "signup", "refresh", "logout"):
        large = {"name": "a", "password": "x" * 20_000}
        problem(guarded.post(f"/v1/auth/{path}", json=large), 413, "PS073")
