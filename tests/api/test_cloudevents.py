"""POST /v1/events of CloudEvents 1.0: binary, structured and batched, by the specification."""

from __future__ import annotations

import base64
import json

import pytest

from tests.api.conftest import problem
from tests.sql.actors import one

ONE = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "order.created"}
HEADERS = {f"ce-{name}": value for name, value in ONE.items()}


def structured(api, *, drop=(), **more):
    said = {name: value for name, value in (ONE | more).items() if name not in drop}
    return api.post(
        "/v1/events",
        content=json.dumps(said),
        headers={"content-type": "application/cloudevents+json; charset=UTF-8"},
    )


def batched(api, *said):
    return api.post(
        "/v1/events",
        content=json.dumps(said),
        headers={"content-type": "application/cloudevents-batch+json"},
    )


def binary(api, body=b"", media=None, **more):
    headers = {**HEADERS, **({"content-type": media} if media else {}), **more}
    return api.post("/v1/events", content=body, headers=headers)


def event(api, made):
    assert made.status_code == 201, made.text
    return api.get(made.headers["location"]).json()


def test_the_modes_tell_the_same_event_which_is_one(api, db):
    """The examples of the specification."""
    data = {"appinfoA": "abc", "appinfoB": 123}
    more = {"subject": "o-1", "time": "2018-04-05T17:31:00Z"}

    first = structured(api, **more, data=data, comexampleextension1="value", comexampleothervalue=5)
    answers = [
        binary(api, json.dumps(data), "application/json", **{"ce-subject": "o-1"}),
        structured(api, **more, data=data),
    ]
    batch = batched(api, ONE | {"data": data}, ONE | {"id": "2"})

    assert [answer.json() for answer in answers] == [first.json() | {"known": True}] * 2
    assert [each["known"] for each in batch.json()["items"]] == [True, False]
    kept = event(api, first)
    assert (
        kept.items()
        >= {
            "type": "order.created",
            "source": "/shop",
            "external_id": "1",
            "subject": "o-1",
            "time": "2018-04-05T17:31:00Z",
            "data": data,
            "attributes": {"comexampleextension1": "value", "comexampleothervalue": 5},
        }.items()
    )
    assert one(db, "select count(*) from pgsched.event") == 2


def test_extensions_and_dataschema_reach_the_jobs_that_name_them(api, db):
    """In each mode; of headers they are texts. What has null is not there."""
    args = {"trace": "$.traceparent", "schema": "$.dataschema"}
    api.put("/v1/subscriptions/s", json={"event_type": "*", "task": "t", "args": args})
    schema = "https://jobs.example/order.json"
    more = {"traceparent": "00-1-2-01", "dataschema": schema, "sampled": None}

    structured(api, **more)
    binary(api, **{"ce-id": "2", "ce-traceparent": "00-3-4-01", "ce-dataschema": schema})
    batched(api, ONE | more | {"id": "3"}, ONE | {"id": "4"})

    made = db.execute("select args ->> 'trace', args ->> 'schema' from pgsched.job order by id")
    assert made.fetchall() == [
        *(("00-1-2-01", schema), ("00-3-4-01", schema), ("00-1-2-01", schema), (None, None))
    ]
    [kept, *_] = api.get("/v1/events", params={"type": "order.*"}).json()["items"][::-1]
    assert kept["attributes"] == {"traceparent": "00-1-2-01", "dataschema": schema}


def test_a_subscription_makes_jobs_of_each_of_a_batch(api, db):
    api.put("/v1/subscriptions/s", json={"event_type": "order.*", "task": "t"})

    assert batched(api, *({**ONE, "id": str(n)} for n in range(3))).status_code == 201
    assert batched(api).json() == {"items": []}
    assert one(db, "select count(*) from pgsched.job") == 3


@pytest.mark.parametrize(
    ("media", "body", "data"),
    [
        ("application/json", b'{"a": 1}', {"a": 1}),
        ("application/vnd.shop+json; charset=utf-8", b"[1]", [1]),
        (
            "text/plain; charset=utf-8",
            "gr\u00fc\u00df".encode(),
            {"datacontenttype": "text/plain; charset=utf-8", "data": "gr\u00fc\u00df"},
        ),
        ("application/xml", b"<a/>", {"datacontenttype": "application/xml", "data": "<a/>"}),
        ("text/plain", b"\xff", {"datacontenttype": "text/plain", "data_base64": "/w=="}),
        ("text/plain", b"a\0", {"datacontenttype": "text/plain", "data_base64": "YQA="}),
        ("image/png", b"\x89P", {"datacontenttype": "image/png", "data_base64": "iVA="}),
        (None, b"\x01", {"data_base64": "AQ=="}),
        (None, b"", {}),
        ("application/json", b"", {}),
    ],
)
def test_the_body_of_binary_mode_is_the_data(api, media, body, data):
    assert event(api, binary(api, body, media))["data"] == data


@pytest.mark.parametrize(
    ("said", "data"),
    [
        ({"data": None}, None),
        ({"data": "text"}, "text"),
        ({"data_base64": None}, {}),
        (
            {"data": "<a/>", "datacontenttype": "text/xml"},
            {"datacontenttype": "text/xml", "data": "<a/>"},
        ),
        ({"data_base64": "AQ=="}, {"data_base64": "AQ=="}),
        (
            {"data_base64": base64.b64encode(b"[1]").decode(), "datacontenttype": "text/json"},
            [1],
        ),
    ],
)
def test_data_of_structured_mode_is_kept_likewise(api, said, data):
    assert event(api, structured(api, **said))["data"] == data


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro \u20ac \U0001f600"),
        ('"a \\"b\\" %41"', 'a "b" A'),
        ("100%", "100%"),
    ],
)
def test_headers_are_unquoted_and_percent_decoded(api, sent, kept):
    assert event(api, binary(api, **{"ce-subject": sent}))["subject"] == kept


@pytest.mark.parametrize(
    ("time", "kept"),
    [
        ("2018-04-05T17:31:00.123456789z", "2018-04-05T17:31:00.123456Z"),
        ("2018-04-05t17:31:00.5+02:00", "2018-04-05T15:31:00.500000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
    ],
)
def test_times_are_of_rfc_3339(api, time, kept):
    assert event(api, structured(api, time=time))["time"] == kept


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        *(({"drop": [name]}, f"body/{name}") for name in ONE),
        *(({name: ""}, f"body/{name}") for name in (*ONE, "subject", "dataschema", "time")),
        ({"specversion": "0.3"}, "body/specversion"),
        ({"id": 7}, "body/id"),
        ({"id": "a\x07"}, "body/id"),
        ({"id": "a\ufffe"}, "body/id"),
        ({"source": "a b"}, "body/source"),
        ({"source": "%zz"}, "body/source"),
        ({"dataschema": "no-scheme"}, "body/dataschema"),
        ({"datacontenttype": "json"}, "body/datacontenttype"),
        ({"time": "2018-04-05 17:31:00Z"}, "body/time"),
        ({"time": "2018-04-05T17:31:00"}, "body/time"),
        ({"time": "2018-02-30T17:31:00Z"}, "body/time"),
        ({"time": "0000-01-01T00:00:00Z"}, "body/time"),
        ({"time": "0001-01-01T00:00:00+14:00"}, "body/time"),
        ({"time": 1}, "body/time"),
        ({"myExt": "a"}, "body"),
        ({"my_ext": "a"}, "body"),
        ({"myext": {}}, "body/myext"),
        ({"myext": 2**31}, "body/myext"),
        ({"myext": 1.5}, "body/myext"),
        ({"data": 1, "data_base64": "AQ=="}, "body"),
    ],
)
def test_what_is_no_cloudevent_is_refused_by_its_field(api, wrong, at):
    told = problem(structured(api, **wrong), 422, "PS010")

    assert told["errors"][0]["at"].startswith(at)


def test_what_a_header_must_not_say_is_refused(api):
    for headers, at in (
        ({"ce-specversion": "2.0"}, "header/specversion"),
        ({"ce-time": "now"}, "header/time"),
        ({"ce-my-ext": "a"}, "header"),
    ):
        assert problem(binary(api, **headers), 422, "PS010")["errors"][0]["at"].startswith(at)
    for headers in ({"ce-data": "a"}, {"ce-datacontenttype": "a/b"}, {"ce-subject": "%FF"}):
        problem(binary(api, **headers), 422, "PS010")
    problem(api.post("/v1/events", headers={"ce-id": "1"}), 422, "PS010")
    problem(binary(api, b"{", "application/json"), 400, "PS070")


def test_a_batch_is_all_or_none_and_names_the_wrong_one(api, db):
    missing = problem(batched(api, ONE, {"id": "2"}), 422, "PS010")
    assert missing["errors"][0]["at"] == "body/1/specversion"
    odd = problem(batched(api, ONE, ONE | {"id": "2", "type": "a b"}), 422, "PS010")
    assert "type must be words of" in odd["detail"]
    assert "event 1" in odd["detail"]

    assert one(db, "select count(*) from pgsched.event") == 0


def test_other_formats_are_refused(api):
    for media in ("application/cloudevents+xml", "application/cloudevents", "text/plain"):
        answer = api.post("/v1/events", content=b"{}", headers={"content-type": media})
        problem(answer, 415, "PS074")


def test_a_batch_with_a_key_is_answered_as_before(api, db):
    headers = {"content-type": "application/cloudevents-batch+json", "idempotency-key": "k"}
    first, again = (
        api.post("/v1/events", content=json.dumps([ONE]), headers=headers) for _ in range(2)
    )

    assert again.json() == first.json() == {"items": [{**first.json()["items"][0], "known": False}]}


def test_one_key_for_two_events_that_differ_in_their_headers_is_refused(api, db):
    def told(type):
        said = {"ce-specversion": "1.0", "ce-id": type, "ce-source": "/a", "ce-type": type}
        headers = {**said, "content-type": "text/plain", "idempotency-key": "k"}
        return api.post("/v1/events", content=b"x", headers=headers)

    assert [told("a").status_code, told("a").headers["idempotent-replayed"]] == [201, "true"]
    problem(told("b"), 422, "PS076")
