"""Names may hold what paths are made of: percent-encoded, each is reached, and no other."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import quote

import pytest

from pgsched.api.app import ALL
from pgsched.remote import Client
from tests.api.conftest import problem
from tests.api.raw import say, status
from tests.sql.actors import declare, one
from tests.sql.timetable import schedule
from tests.worker.processes import eventually

NAMES = ["a/b", "a/pause", "a%2Fb", "100%", "a?b=c#d", "a b+c", "\u00fc\u65e5\U0001f600", "..", "/"]
BY_NAME = [route for group in ALL for route in group.all if "{name}" in route.path]
SUBSCRIBED = {"event_type": "a", "task": "t"}


def quoted(name):
    return quote(name, safe="").replace(".", "%2E")


@pytest.mark.parametrize("name", NAMES)
def test_each_kind_of_thing_is_found_by_its_name(api, db, name):
    schedule(db, name)
    declare(db, name)
    one(db, "select pgsched.pause_queue(%s)", name)
    a_user = " " not in name and name == name.lower()  # as these must be
    if a_user:
        one(db, "select pgsched.create_user(%s)", name)
    path = quoted(name)

    made = api.put(f"/v1/subscriptions/{path}", json=SUBSCRIBED)
    shown = [made, *(api.get(f"/v1/{kind}/{path}") for kind in ("schedules", "tasks"))]
    shown += [api.post(f"/v1/{kind}/{path}/pause") for kind in ("schedules", "tasks")]
    shown += [api.get(f"/v1/users/{path}")] if a_user else []
    assert [answer.json().get("name") for answer in shown] == [name] * len(shown)
    assert api.get(f"/v1/queues/{path}/backlog").json()["queue"] == name
    assert api.post(f"/v1/queues/{path}/resume").status_code == 204
    assert not one(db, "select paused from pgsched._queue where name = %s", name)


@pytest.mark.parametrize("route", BY_NAME, ids=lambda route: f"{route.method} {route.path}")
def test_every_path_with_a_name_takes_any(api, route):
    """It is looked for, or refused as a name; but there is such a path."""
    path = route.path.replace("{name}", quoted("a/pause?x"))
    method = "HEAD" if route.text else route.method

    answer = api.request(method, path, json={} if method in ("POST", "PUT", "PATCH") else None)

    assert answer.status_code < 500
    if answer.status_code in (404, 405):
        assert answer.json()["code"] not in ("PS071", "PS072")


@pytest.mark.parametrize("name", NAMES)
def test_what_was_made_is_where_it_is_said_to_be(api, name):
    made = api.post("/v1/schedules", json={"name": name, "task": "t", "cron": "0 6 * * *"})

    assert api.get(made.headers["location"]).json()["name"] == name


def test_a_name_makes_no_line_of_the_log(api, caplog):
    """Nor tells the terminal that shows it what to do."""
    caplog.set_level(logging.INFO, "pgsched.api.access")
    api.get("/v1/tasks/a%0Ab%1B")

    eventually(lambda: any("/tasks/" in each.getMessage() for each in caplog.records))
    [line] = [each.getMessage() for each in caplog.records if "/tasks/" in each.getMessage()]
    assert line == "GET /v1/tasks/a%0Ab%1B 404"


@pytest.mark.parametrize("name", NAMES)
def test_the_client_quotes_names(api, name):
    with Client(str(api.base_url)) as client:
        client.schedules.add(name, "t", every="hour")
        client.schedules.pause(name)
        client.events.subscribe(name, "a", "t")
        found = client.schedules.get(name)
        assert (found["name"], found["paused"]) == (name, True)
        assert len(client.schedules.history(name)) == 2

    async def meanwhile() -> None:
        async with Client(str(api.base_url)) as client:
            await client.schedules.aresume(name)
            assert not (await client.schedules.aget(name))["paused"]
            await client.schedules.aremove(name)
            await client.events.aunsubscribe(name)
            assert await client.schedules.alist() == await client.events.asubscriptions() == []

    asyncio.run(meanwhile())


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"/v1/schedules/%zz", 400),
        (b"/v1/schedules/%", 400),
        (b"/v1/schedules/%2/pause", 400),
        (b"/v1/schedules/%ff", 400),
        (b"/v1/schedules/%c0%af", 400),
        (b"/v1/schedules/%ed%a0%80", 400),
        (b"/%ff", 400),
        (b"/v1/schedules/\xff", 400),
        (b"/v1/schedules/\xc3\xbc", 400),
        (b"/v1/schedules/%00", 422),
        (b"/v1/schedules/" + b"%C3%BC" * 201, 422),
        (b"/v1/schedules/", 404),
        (b"/v1/schedules//pause", 404),
        (b"/v1%2Fschedules", 404),
        (b"/v1/%73chedules", 200),
        (b"/v1/schedules?cursor=%ff", 422),
    ],
)
def test_a_path_that_is_none_is_refused(api, path, expected):
    said = say(
        api.base_url, b"GET " + path + b" HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    )

    assert status(said) == expected, said
    assert b"PS0" in said or expected == 200 or max(path) > 127


def test_a_key_for_one_path_is_none_for_another_that_reads_alike(api, db):
    schedule(db, "a")
    schedule(db, "a/pause")
    key = {"idempotency-key": "k"}

    assert api.post("/v1/schedules/a/pause", headers=key).json()["name"] == "a"
    problem(api.post("/v1/schedules/a%2Fpause/pause", headers=key), 422, "PS076")
