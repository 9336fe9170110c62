"""Jobs that are asked for one by one at the same time: fewer statements, and each its own fate."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg

from pgsched.api import gathering
from pgsched.api.database import Database
from pgsched.api.gathering import Gathering
from pgsched.errors import Forbidden, InvalidValue
from tests.sql.actors import Connection, one

Scenario = Callable[[Gathering], Awaitable[Any]]
STATEMENTS = "select count(distinct j.xmin::text) from pgsched._job as j"
WAITING = "select a.pid from pg_stat_activity as a where a.wait_event_type = 'Lock'"


def played(dsn: str, scenario: Scenario, *, time_s: float = 30) -> Any:
    """What comes of a scenario in an API's process."""

    async def play() -> Any:
        async with Database(dsn, 4) as database:
            return await scenario(Gathering(database, time_s))

    return asyncio.run(play())


def row(n: int, **more: Any) -> bytes:
    return json.dumps({"task": "t", "args": {"n": n}} | more).encode()


def made(db: Connection) -> dict[int, int]:
    """The n of each job, by its id."""
    return dict(db.execute("select id, (args ->> 'n')::int from pgsched.job order by id"))


async def outcomes(of: Gathering, rows: Sequence[bytes], actor: str = "") -> list[Any]:
    """Of rows that all come before the first is made."""
    return await asyncio.gather(*(of.make(each, actor) for each in rows), return_exceptions=True)


@contextmanager
def no_new_queue(conn: Connection) -> Generator[None]:
    """Meanwhile whoever makes the first job of a queue waits."""
    with conn.transaction():
        conn.execute("lock table pgsched._lane in exclusive mode")
        yield


async def held_up(conn: Connection) -> int:
    """The backend that waits for that."""
    while not (found := conn.execute(WAITING).fetchone()):
        conn.execute("select pg_stat_clear_snapshot()")
        await asyncio.sleep(0)
    return found[0]


def test_what_comes_meanwhile_is_made_by_one_statement(dsn, db):
    ids = played(dsn, lambda of: outcomes(of, [row(n) for n in range(20)]))

    assert made(db) == {id: n for n, id in enumerate(ids)}
    assert one(db, STATEMENTS) == 3


def test_one_after_the_other_is_made_as_it_comes(dsn, db):
    async def scenario(of: Gathering) -> list[int]:
        return [await of.make(row(n), "") for n in range(3)]

    ids = played(dsn, scenario)

    assert made(db) == {id: n for n, id in enumerate(ids)}
    assert one(db, STATEMENTS) == 3


def test_what_is_wrong_with_one_is_told_of_no_other(dsn, db):
    rows = [row(n) for n in range(12)]
    rows[1], rows[5], rows[9] = row(1, labels={"a": "\0"}), row(5, parent_id="x"), row(9, args=[])

    told = played(dsn, lambda of: outcomes(of, rows))

    wrong = [n for n, each in enumerate(told) if isinstance(each, Exception)]
    assert wrong == [1, 5, 9]
    assert isinstance(told[1], InvalidValue)
    assert isinstance(told[5], psycopg.DataError)
    assert made(db) == {id: n for n, id in enumerate(told) if n not in wrong}


def test_one_that_is_refused_does_not_make_each_of_the_others_wait_for_all(dsn, db):
    """Of 64, each half without it is made at once: by 6 statements, not 63."""
    rows = [row(n) for n in range(66)]
    rows[40] = row(40, args=[])

    told = played(dsn, lambda of: outcomes(of, rows))

    assert isinstance(told.pop(40), Exception)
    assert list(made(db)) == told
    assert one(db, STATEMENTS) == 2 + 6


def test_each_user_makes_its_own(dsn, db):
    names = ("ann", "bob", "eve")
    ids = [
        one(db, "select pgsched.create_user(%s, %s)", name, "viewer" if name == "eve" else "user")
        for name in names
    ]

    async def scenario(of: Gathering) -> list[Any]:
        rows = [row(n) for n in range(5)]
        return await asyncio.gather(*(outcomes(of, rows, str(id)) for id in ids))

    ann, bob, eve = played(dsn, scenario)

    owners = dict(db.execute("select id, owner from pgsched.job"))
    assert owners == dict.fromkeys(ann, "ann") | dict.fromkeys(bob, "bob")
    assert {type(each) for each in eve} == {Forbidden}


def test_a_statement_is_not_larger_than_it_may_be(dsn, db, monkeypatch):
    """But one row is made, however large."""
    monkeypatch.setattr(gathering, "_BYTES_MAX", 1000)
    monkeypatch.setattr(gathering, "_ROWS_MAX", 3)
    small, large = [row(n) for n in range(9)], [row(n, trace="x" * 2000) for n in (9, 10)]

    ids = played(dsn, lambda of: outcomes(of, [*small, *large]))

    assert made(db) == {id: n for n, id in enumerate(ids)}
    assert one(db, STATEMENTS) == 2 + 3 + 2


def test_one_that_is_cut_off_while_it_waits_is_not_made(dsn, db, other_db):
    async def scenario(of: Gathering) -> list[Any]:
        with no_new_queue(other_db):
            asked = [asyncio.create_task(of.make(row(n), "")) for n in range(5)]
            await held_up(db)
            asked[3].cancel()
            await asyncio.wait([asked[3]])
        return await asyncio.gather(*asked, return_exceptions=True)

    told = played(dsn, scenario)

    assert isinstance(told[3], asyncio.CancelledError)
    assert sorted(made(db).values()) == [0, 1, 2, 4]


async def held_batch(of: Gathering, db: Connection) -> tuple[list[asyncio.Task[int]], int]:
    """Two jobs that one statement makes, which is held up; and the backend that runs it."""
    first = [asyncio.create_task(of.make(row(n), "")) for n in range(2)]
    late = [asyncio.create_task(of.make(row(n, queue="new"), "")) for n in (2, 3)]
    await asyncio.gather(*first)
    return late, await held_up(db)


def test_one_that_is_cut_off_while_it_is_made_is_told_what_came_of_it(dsn, db, other_db):
    """What is made for several is not taken back for one."""

    async def scenario(of: Gathering) -> list[Any]:
        await of.make(row(9), "")
        with no_new_queue(other_db):
            late, _ = await held_batch(of, db)
            late[0].cancel()
            await asyncio.sleep(0)
        return await asyncio.gather(*late, return_exceptions=True)

    ids = played(dsn, scenario)

    found = made(db)
    assert [found[id] for id in ids] == [2, 3]


def test_a_statement_that_takes_too_long_keeps_nothing(dsn, db, other_db):
    async def scenario(of: Gathering) -> list[Any]:
        await of.make(row(9), "")
        with no_new_queue(other_db):
            late, _ = await held_batch(of, db)
            return await asyncio.gather(*late, return_exceptions=True)

    told = played(dsn, scenario, time_s=3)  # what is not held up takes less, on any machine

    assert [type(each) for each in told] == [TimeoutError] * 2
    assert sorted(made(db).values()) == [0, 1, 9]


def test_what_a_lost_connection_may_have_made_is_not_made_again(dsn, db, other_db):
    async def scenario(of: Gathering) -> list[Any]:
        await of.make(row(9), "")
        with no_new_queue(other_db):
            late, backend = await held_batch(of, db)
            db.execute("select pg_terminate_backend(%s)", [backend])
            told = await asyncio.gather(*late, return_exceptions=True)
        return [*told, await of.make(row(4), "")]

    *told, id = played(dsn, scenario, time_s=5)

    assert [isinstance(each, psycopg.OperationalError) for each in told] == [True] * 2
    assert made(db)[id] == 4
    assert sorted(made(db).values()) == [0, 1, 4, 9]


def test_over_http_each_request_gets_its_own_answer(api, db):
    """As many at once as the API has connections, and more; some only Postgres refuses."""
    db.execute("select pgsched.change_setting('args_bytes_max', 2000)")
    wrong = {"args": {"a": "x" * 3000}}, {"args": {"a": "\0"}}, {"priority": 101}
    bodies: list[dict[str, Any]] = [{"task": "t", "args": {"n": n}} for n in range(60)]
    for n in range(6, 60, 7):
        bodies[n] |= wrong[n % 3]

    async def asked() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=str(api.base_url), timeout=30) as client:
            return await asyncio.gather(*(client.post("/v1/jobs", json=body) for body in bodies))

    answers = asyncio.run(asked())

    good = {n: each for n, each in enumerate(answers) if each.status_code == 201}
    assert sorted(set(range(60)) - set(good)) == [*range(6, 60, 7)]
    assert made(db) == {int(each.json()["id"]): n for n, each in good.items()}
    for n, each in good.items():
        assert each.headers["location"] == f"/v1/jobs/{each.json()['id']}", n
