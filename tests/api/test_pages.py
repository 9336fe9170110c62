"""Lists come in pages: each row once, in order, whatever is made or removed meanwhile."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints
from zlib import crc32

import pytest
from pydantic import BaseModel

from pgsched import Scheduler, observe
from pgsched.api.app import ALL
from pgsched.api.shapes import PageQuery
from pgsched.remote import Client, base
from tests.api.conftest import problem
from tests.sql.actors import enqueue, one
from tests.sql.timetable import schedule

TYPES = {
    route.path: get_type_hints(route.run)
    for group in ALL
    for route in group.all
    if route.method == "GET"
}
PAGED = {path for path, types in TYPES.items() if issubclass(types.get("query", str), PageQuery)}
WHOLE = {
    "/v1/jobs/{id}/logs": "the last lines, as many as are asked for: it is their end that moves",
    "/v1/runs/{id}/logs": "likewise",
    "/v1/schedules/{name}/forecast": "it is computed, as far as is asked for",
    "/v1/workers/{id}/tasks": "some of those that a worker registered with, at most 10,000",
    "/v1/stats": "the first ten of what is long, and of queues all, which it sums up",
}


@dataclass(frozen=True)
class Rows:
    """How a row is made (of `n`, `name`, `pair`, which two have, and `job`), removed and known."""

    make: str
    table: str
    known_by: str = "name"
    column: str = ""


RUN = (
    "insert into pgsched._run (job_id, attempt, queue, outcome, charged, started_at, finished_at)"
    " values ({}, %(n)s + 1, 'q', 'failed', true, now(), now())"
)
RUN_ID = "job_id || '-' || attempt"
ROWS = {
    "/v1/jobs": Rows("insert into pgsched.job (task) values ('t')", "_job", "id"),
    "/v1/jobs/{id}/runs": Rows(RUN.format("%(job)s"), "_run", "id", RUN_ID),
    "/v1/runs": Rows(RUN.format("pgsched.new_id()"), "_run", "id", RUN_ID),
    "/v1/dead-letters": Rows(
        "insert into pgsched._ended (id, ended_at, attempt, state, queue, task)"
        " values (%(n)s + 1, '2026-01-01'::date + %(n)s / 2, 1, 'dead', 'q', 't')",
        "_ended",
        "id",
    ),
    "/v1/tasks": Rows("select pgsched.declare_task(%(name)s)", "_task"),
    "/v1/queues": Rows("select pgsched.pause_queue(%(name)s)", "_queue", "queue", "name"),
    "/v1/workers": Rows(
        "select pgsched.register(gen_random_uuid(), %(pair)s, 'h', 1, 'child', 1, '{q}', '{}', 60)",
        "_worker",
        "id",
    ),
    "/v1/endpoints": Rows("select pgsched.add_endpoint(%(name)s, 'https://x.test')", "_endpoint"),
    "/v1/schedules": Rows(
        "insert into pgsched.schedule (name, task, every) values (%(name)s, 't', '1 hour')",
        "schedule",
    ),
    "/v1/schedules/{name}/slots": Rows(
        "insert into pgsched._slot (schedule, nominal, outcome, decided_at)"
        " values ('s', '2026-01-01Z'::timestamptz + %(n)s * interval '1 d', 'skipped', now())",
        "_slot",
        "nominal",
    ),
    "/v1/schedules/{name}/versions": Rows(
        "update pgsched.schedule set priority = %(n)s where name = 's'", "_version", "version"
    ),
    "/v1/calendars": Rows("insert into pgsched.calendar (name) values (%(name)s)", "calendar"),
    "/v1/calendars/{name}/versions": Rows(
        "update pgsched.calendar set about = %(n)s::int where name = 's'", "_version", "version"
    ),
    "/v1/blackouts": Rows(
        "insert into pgsched.blackout (name, starts_at, ends_at, reason) values (%(pair)s,"
        " '2026-01-01Z'::timestamptz - %(n)s * interval '1 d', '2027-01-01Z', 'x')",
        "blackout",
        "starts_at",
    ),
    "/v1/events": Rows("select pgsched.emit('a')", "_event", "id"),
    "/v1/subscriptions": Rows(
        "insert into pgsched.subscription (name, event_type, task) values (%(name)s, '*', 't')",
        "subscription",
    ),
    "/v1/hooks": Rows("select pgsched.create_hook(%(name)s, 'github', repeat('x', 20))", "_hook"),
    "/v1/settings": Rows(
        "insert into pgsched._setting (name, by_default, range, about)"
        " values (%(name)s, 1, '[1,1]', 'x')",
        "_setting",
    ),
    "/v1/users": Rows("select pgsched.create_user(%(name)s)", "_user"),
    "/v1/keys": Rows(
        "select pgsched.make_api_key('s', 'k', sha256(%(name)s), 'x', '{read}')", "_api_key", "id"
    ),
}
NAMES = [("b1", "b"), ("a-2", "b"), ("b1x", "a"), ("a3", "a"), ("c", "c"), ("zz", "zz")]


@dataclass
class Listed:
    """A list that is asked for, and its rows."""

    db: Any
    api: Any
    path: str
    rows: Rows
    job: int

    def make(self, n: int) -> None:
        name, pair = NAMES[n]
        given = {"n": n, "name": name, "pair": pair, "job": self.job}
        self.db.execute(self.rows.make, given)

    def remove(self, known: Any) -> None:
        column = self.rows.column or self.rows.known_by
        self.db.execute(f"delete from pgsched.{self.rows.table} where {column} = %s", [known])

    def page(self, **query: Any) -> tuple[list[Any], str | None]:
        answer = self.api.get(self.path.format(id=self.job, name="s"), params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        return [each[self.rows.known_by] for each in page["items"]], page["next"]

    def rest(self, cursor: str | None, limit: int) -> list[Any]:
        """The pages after one."""
        found: list[Any] = []
        while cursor is not None:
            some, cursor = self.page(limit=limit, cursor=cursor)
            assert 1 <= len(some) <= limit
            assert not set(some) & set(found)
            found += some
        return found


@pytest.fixture
def listed(request, db, api):
    """One list with five rows or more, and what it is a list of."""
    job = enqueue(db)
    schedule(db, every="1 hour")
    db.execute("insert into pgsched.calendar (name) values ('s')")
    one(db, "select pgsched.create_user('s')")
    made = Listed(db, api, request.param, ROWS[request.param], job)
    for n in range(5):
        made.make(n)
    return made


def lists(kind: Any) -> bool:
    """Whether an answer of this type has a list of objects."""
    if get_origin(kind) is list:
        [of] = get_args(kind)
        return isinstance(of, type) and issubclass(of, BaseModel)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return any(lists(field.annotation) for field in kind.model_fields.values())
    return any(map(lists, get_args(kind)))


def test_every_list_has_pages_or_a_reason_to_have_none():
    assert {path for path, types in TYPES.items() if lists(types["return"])} == PAGED | set(WHOLE)
    assert set(ROWS) == PAGED


@pytest.mark.parametrize("listed", ROWS, indirect=True)
def test_pages_have_each_row_once_in_order(listed):
    whole, none = listed.page(limit=500)
    assert (len(whole) >= 5, len(set(whole)), none) == (True, len(whole), None)

    for limit in (1, 2):
        first, cursor = listed.page(limit=limit)
        assert first + listed.rest(cursor, limit) == whole

    first, cursor = listed.page(limit=2)
    listed.remove(first[1])
    listed.make(5)
    now, _ = listed.page(limit=500)

    [new] = set(now) - set(whole)
    assert new in (now[0], now[-1])
    assert listed.rest(cursor, 2) == [*whole[2:], *([new] if new == now[-1] else [])]


def made_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize("listed", ROWS, indirect=True)
def test_a_cursor_that_we_did_not_make_is_refused(listed):
    path = listed.path.format(id=listed.job, name="s")
    said = ("[]", "{}", "1", "[-1]", "[1e30]", '["\\u0000"]', "[1,1,1]", "[" * 1000, "[null]")
    ours = [text.replace("[", f"[{crc32(path.encode())},", 1) for text in said]
    for cursor in ("x", "!!!!", "", "\u00e4", *map(made_of, (*said, *ours))):
        refused = problem(listed.api.get(path, params={"cursor": cursor}), 422, "PS010")
        assert [fault["at"] for fault in refused["errors"]] == ["query/cursor"]


def test_a_long_name_of_any_letters_has_a_cursor(api, db):
    names = ["\U0001f600" * 200, '"/%\\' * 50]
    for name in names:
        schedule(db, name)

    first = api.get("/v1/schedules", params={"limit": 1}).json()
    second = api.get("/v1/schedules", params={"limit": 1, "cursor": first["next"]}).json()

    assert {page["items"][0]["name"] for page in (first, second)} == set(names)


def test_the_client_reads_all_pages(api, dsn, db, monkeypatch):
    monkeypatch.setattr(base, "_PAGE", 2)
    for name in "abcde":
        schedule(db, name)
        for path in ("/v1/calendars", "/v1/subscriptions"):
            db.execute(ROWS[path].make, {"name": name})

    async def all_of(client: Client) -> list[Any]:
        async with client as found:
            return [
                await found.schedules.alist(),
                await found.calendars.alist(),
                await found.events.asubscriptions(),
            ]

    with Client(str(api.base_url)) as client, Scheduler(dsn) as beside:
        by_api, by_database = (
            [each.schedules.list(), each.calendars.list(), each.events.subscriptions()]
            for each in (client, beside)
        )
    assert asyncio.run(all_of(Client(str(api.base_url)))) == by_api

    for some, others in zip(by_api, by_database, strict=True):
        assert [row["name"] for row in some] == [row["name"] for row in others] == [*"abcde"]


@pytest.mark.parametrize(
    ("listing", "after"),
    [
        (observe.schedules(), ("a",)),
        (observe.subscriptions(), ("a",)),
        (observe.users(), ("a",)),
        (observe.api_keys(), (1,)),
        (observe.policies(), ("a",)),
        (observe.hooks(), ("a",)),
        (observe.calendars(), ("a",)),
        (observe.workers(), ("a", "0b5fbf9c-6b9c-4a5e-9f0a-2d5a0e1f0a11")),
        (observe.schedule_versions("s"), (2,)),
    ],
    ids=range(9),
)
def test_a_page_is_read_in_the_order_of_an_index(db, listing, after):
    call = listing.page(51, after)
    for way in ("seqscan", "bitmapscan", "sort", "hashjoin", "mergejoin"):
        db.execute(f"set enable_{way} = off")

    plan = "\n".join(row for (row,) in db.execute(f"explain {call.sql}", call.params))

    outer = plan.split("SubPlan")[0]
    assert "Sort" not in outer, plan
    assert "Index Cond: (" in outer, plan
