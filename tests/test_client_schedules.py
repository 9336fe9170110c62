"""scheduler.schedules and scheduler.events, with and without asyncio."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from pgsched import Scheduler
from pgsched.errors import (
    EventNotFound,
    InvalidValue,
    SubscriptionNotFound,
)
from tests.sql.actors import one
from tests.sql.events import args_made


@pytest.fixture
def scheduler(dsn):
    """A client of the test's database."""
    with Scheduler(dsn) as made:
        yield made


def test_a_schedule_from_its_making_to_its_end(scheduler):
    schedules = scheduler.schedules
    schedules.add("s", "t", cron="0 6 * * *", jitter=timedelta(seconds=90), args={"n": 1})
    assert schedules.change("s", priority=7, timezone="Europe/Berlin") == 2
    schedules.pause("s")
    found = schedules.get("s")
    assert (found["task"], found["priority"], found["jitter"], found["paused"]) == (
        "t", 7, timedelta(seconds=90), True,
    )  # fmt: skip
    schedules.resume("s")

    assert [each.nominal.minute for each in schedules.forecast("s", 3)] == [0, 0, 0]
    assert schedules.trigger("s", {"n": 2}).state() == "ready"
    assert schedules.slots("s") == []
    assert [row["name"] for row in schedules.list()] == ["s"]
    schedules.remove("s")
    assert schedules.list() == []


def test_a_schedule_is_made_in_a_given_transaction(scheduler, db):
    with db.transaction(force_rollback=True):
        scheduler.schedules.add("s", "t", every="1 hour", conn=db)
        assert scheduler.schedules.get("s", conn=db)["name"] == "s"

    assert scheduler.schedules.list() == []


async def _schedules_async(dsn):
    async with Scheduler(dsn) as scheduler:
        schedules = scheduler.schedules
        await schedules.aadd("s", "t", every="1 hour")
        assert await schedules.achange("s", cron="0 * * * *", version=1) == 2
        await schedules.apause("s")
        assert (await schedules.aget("s"))["paused"]
        await schedules.aresume("s")
        assert len(await schedules.aforecast("s", 2)) == 2
        assert (await schedules.atrigger("s")).state() == "ready"
        assert await schedules.aslots("s") == []
        async with await psycopg.AsyncConnection.connect(dsn) as conn:
            await schedules.aremove("s", conn=conn)
            await conn.rollback()
        assert len(await schedules.alist()) == 1
        await schedules.aremove("s")
        return await schedules.alist()


def test_schedules_from_asyncio(dsn):
    assert asyncio.run(_schedules_async(dsn)) == []


def test_a_subscription_from_its_making_to_its_end(scheduler, db):
    events = scheduler.events
    before = datetime.now(UTC) - timedelta(minutes=5)
    scheduler.emit("order.created", {"n": 1})
    version = events.subscribe(
        "s", "order.*", "t", args={"n": "$.data.n"}, filter="$.data.n > 0",
        delay=timedelta(minutes=1), enabled=False,
    )  # fmt: skip
    scheduler.emit("order.created", {"n": 2})
    events.enable("s")
    last = scheduler.emit("order.created", {"n": 3})

    assert version == 1
    assert [row["delay"] for row in events.subscriptions()] == [timedelta(minutes=1)]
    assert args_made(db) == [{"n": 3}]
    assert len(events.get(last)["jobs"]) == 1
    assert (events.replay("s", before), events.replay("s", before)) == (2, 0)
    events.unsubscribe("s")
    assert events.subscriptions() == []


def test_a_table_is_watched_and_left_alone_again(scheduler, db):
    db.execute("create table orders (id int primary key, total int)")
    scheduler.events.watch(
        "public.orders", "insert or update", "order.written", columns=["id"], when="new.total > 1"
    )
    db.execute("insert into orders values (1, 1), (2, 2)")
    scheduler.events.unwatch("public.orders", "order.written")
    db.execute("insert into orders values (3, 3)")

    assert one(db, "select data -> 'new' from pgsched.event") == {"id": 2}
    with pytest.raises(InvalidValue, match="not watched"):
        scheduler.events.unwatch("public.orders", "order.written")


def test_unknown_subscriptions_and_events_have_a_name(scheduler):
    events = scheduler.events
    for ask in (events.unsubscribe, events.enable):
        with pytest.raises(SubscriptionNotFound):
            ask("s")
    with pytest.raises(SubscriptionNotFound):
        events.replay("s", datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(EventNotFound):
        events.get(5)


async def _events_async(dsn):
    async with Scheduler(dsn) as scheduler:
        events = scheduler.events
        await scheduler.aemit("a", 1)
        await events.asubscribe("s", "a", "t")
        await events.aenable("s", False)
        assert [row["enabled"] for row in await events.asubscriptions()] == [False]
        made = await events.areplay("s", datetime.now(UTC) - timedelta(minutes=5))
        await events.aunsubscribe("s")
        return made, await events.aget(await scheduler.aemit("b"))


def test_events_from_asyncio(dsn, db):
    db.execute("create table orders (id int)")
    made, event = asyncio.run(_events_async(dsn))

    assert (made, event["type"]) == (1, "b")


async def _watch_async(dsn):
    async with Scheduler(dsn) as scheduler:
        await scheduler.events.awatch("orders", "insert", "a")
        await scheduler.events.aunwatch("orders", "a")
        await scheduler.events.awatch("orders", "delete", "b")


def test_a_table_is_watched_from_asyncio(dsn, db):
    db.execute("create table orders (id int)")
    asyncio.run(_watch_async(dsn))
    db.execute("insert into orders values (1)")
    db.execute("delete from orders")

    assert one(db, "select type from pgsched.event") == "b"


def test_threads_and_coroutines_that_come_first_at_once_share_one_pool(dsn):
    scheduler = Scheduler(dsn, max_connections=1)
    gate = threading.Barrier(8)
    pids: set[int] = set()

    def ask() -> None:
        gate.wait()
        with scheduler.connection() as conn:
            pids.add(conn.info.backend_pid)

    async def ask_async() -> int:
        async with scheduler.async_connection() as conn:
            return conn.info.backend_pid

    async def all_at_once() -> set[int]:
        found = set(await asyncio.gather(*(ask_async() for _ in range(8))))
        await scheduler.aclose()
        return found

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 1
    assert len(asyncio.run(all_at_once())) == 1
