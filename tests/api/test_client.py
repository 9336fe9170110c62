"""pgsched.remote.Client: what Scheduler does, over HTTP."""

from __future__ import annotations

import asyncio
import inspect
import threading
from datetime import UTC, datetime, timedelta

import pytest

import pgsched
from pgsched import Scheduler
from pgsched.client.calendars import Calendars
from pgsched.client.events import Events
from pgsched.client.schedules import Schedules
from pgsched.errors import (
    EventNotFound,
    InvalidValue,
    JobFailed,
    ResultTimeout,
    SubscriptionNotFound,
)
from pgsched.remote import Client
from pgsched.remote.calendars import Calendars as RemoteCalendars
from pgsched.remote.events import Events as RemoteEvents
from pgsched.remote.schedules import Schedules as RemoteSchedules
from tests.sql.actors import Worker, enqueue, one
from tests.sql.events import args_made

TAKES_A_DATABASE = {
    Scheduler: {"async_connection", "connection"},
    Events: {f"{a}{name}" for a in ("", "a") for name in ("unwatch", "watch")},
}


@pytest.fixture
def client(api):
    """A client of an API that asks nobody who it is."""
    with Client(str(api.base_url)) as made:
        yield made


def row(db, job, columns):
    return db.execute(f"select {columns} from pgsched.job where id = %s", (job.id,)).fetchone()


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (Scheduler, Client),
        (Schedules, RemoteSchedules),
        (Calendars, RemoteCalendars),
        (Events, RemoteEvents),
    ],
)
def test_it_has_the_methods_of_the_scheduler_with_the_same_parameters(here, there):
    """But for connections, and for what takes a database."""

    def public(of):
        return {name for name in dir(of) if not name.startswith("_")}

    def parameters(of, name):
        found = inspect.signature(getattr(of, name)).parameters.values()
        return [
            (p.name, p.kind, p.default) for p in found if p.name not in ("conn", "call", "request")
        ]

    assert public(here) - public(there) == TAKES_A_DATABASE.get(here, set())
    for name in public(here) & public(there):
        if callable(getattr(here, name)):
            assert parameters(there, name) == parameters(here, name), name


def test_what_takes_a_database_says_so(client):
    for there in (client, client.events):
        [lacking] = [names for here, names in TAKES_A_DATABASE.items() if here is there._twin]
        for name in lacking:
            with pytest.raises(AttributeError, match=f"no {name}: it takes a database"):
                getattr(there, name)
    with pytest.raises(AttributeError, match="no other: there is none"):
        client.other  # noqa: B018


@pytest.mark.parametrize("delay", [3600, timedelta(hours=1)])
def test_a_delay_is_seconds_or_a_length_of_time(client, db, delay):
    job = client.enqueue("t", delay=delay)

    [left] = row(db, job, "due_at - created_at")
    assert abs(left - timedelta(hours=1)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delay": -1}, "delay must be"),
        ({"delay": 1, "due_at": datetime(2100, 1, 1, tzinfo=UTC)}, "either"),
        ({"due_at": datetime(2100, 1, 1)}, "time zone"),  # noqa: DTZ001
        ({"due_at": "tomorrow"}, "time zone"),
        ({"priority": 101}, "priority"),
        ({"timeout_s": float("nan")}, "timeout_s"),
        ({"queue": ""}, "queue"),
        ({"queue": "a\0"}, "queue must not contain NUL"),
        ({"retry": {"kind": "never"}}, "retry/kind"),
        ({"labels": [1]}, "labels must be a JSON object"),
        ({"args": [1]}, "args must be a JSON object"),
        ({"args": {"a": float("nan")}}, "args must be JSON"),
        ({"conn": 1}, "no transaction"),
    ],
)
def test_what_is_refused_is_named(client, db, options, message):
    """Whoever found it: this side, the API or the database."""
    args = options.pop("args", {})
    with pytest.raises(InvalidValue, match=message):
        client.enqueue("t", args, **options)

    assert db.execute("select count(*) from pgsched._job").fetchone() == (0,)


def test_an_option_that_is_none_is_refused_by_python(client):
    with pytest.raises(TypeError):
        client.enqueue("t", {}, colour="red")


def test_many_jobs_come_in_the_order_of_their_args(client, db):
    """All or none; none for none."""
    jobs = client.enqueue_many("t", [{"n": n} for n in range(6000)], queue="q")
    with pytest.raises(InvalidValue, match="args must not exceed"):
        client.enqueue_many("t", [{}, {"a": "x" * 1_048_577}])

    numbers = dict(db.execute("select id, args->'n' from pgsched.job where queue = 'q'"))
    assert [numbers.pop(job.id) for job in jobs] == [*range(6000)]
    assert one(db, "select count(*) from pgsched._job") == 6000
    assert client.enqueue_many("t", []) == []


def test_whoever_waits_gets_the_result_or_the_reason(client, db):
    worker = Worker(db)
    enqueue(db, "t", max_attempts=1)
    enqueue(db, "t", max_attempts=1)
    done, dead = worker.claim()
    later = client.enqueue("t", delay=60)

    waiting = [threading.Thread(target=lambda: results.append(client.job(done.id).result(20)))]
    results: list[object] = []
    waiting[0].start()
    while not one(db, "select count(*) from pgsched._waiter"):
        pass
    worker.finish(done, results=['{"sum": 3}'])
    worker.fail(dead, error="boom")
    waiting[0].join()

    assert results == [{"sum": 3}]
    with pytest.raises(JobFailed, match=r"ended dead.*boom"):
        client.job(dead.id).result()
    with pytest.raises(ResultTimeout, match="scheduled"):
        later.result(timeout=0.01)


def test_all_of_it_is_there_for_asyncio(api, db):
    async def used():
        async with Client(str(api.base_url)) as client:
            job = await client.aenqueue("t", {"n": 1})
            many = await client.aenqueue_many("t", [{}, {}])
            event = await client.aemit("a", [1])
            await client.schedules.aadd("s", "t", every="1 hour")
            assert await client.schedules.achange("s", priority=3) == 2
            assert await client.events.asubscribe("w", "a", "t") == 1
            with pytest.raises(ResultTimeout):
                await job.aresult(0.01)
            return len(many), event

    many, event = asyncio.run(used())

    assert many == 2
    assert one(db, "select data from pgsched.event where id = %s", event) == [1]


def test_an_event_makes_jobs_and_is_made_once(client, db):
    events = client.events
    assert events.subscribe("s", "order.*", "t", delay=timedelta(minutes=1), priority=7) == 1
    assert events.subscribe("s", "order.*", "u", filter="$.data.n > 1") == 2
    first = client.emit("order.created", {"n": 2}, id="a1", source="shop", subject="x")
    assert client.emit("order.created", {"n": 2}, id="a1", source="shop") == first

    [args] = args_made(db)
    assert args["event"]["data"] == {"n": 2}
    found = events.get(first)
    [job] = found["jobs"]
    assert (found["id"], found["external_id"], found["time"].tzinfo) == (first, "a1", UTC)
    origin = client.origin(job)
    assert (origin.subscription, origin.event) == ("s", first)
    chained = events.get(client.emit("b", cause=job))
    assert (chained["cause_job"], chained["depth"]) == (job, 1)
    events.enable("s", False)
    [subscription] = events.subscriptions()
    assert (subscription["enabled"], subscription["delay"], subscription["version"]) == (
        False, timedelta(0), 3,
    )  # fmt: skip
    assert events.replay("s", datetime.now(UTC) - timedelta(hours=1)) == 0
    events.unsubscribe("s")
    with pytest.raises(SubscriptionNotFound):
        events.unsubscribe("s")
    with pytest.raises(EventNotFound):
        events.get(1)
    with pytest.raises(InvalidValue, match="data"):
        client.emit("a", {"x": "\0"})


def test_a_schedule_from_its_making_to_its_end(client, db):
    schedules = client.schedules
    schedules.add("s", "t", cron="0 6 * * *", jitter=timedelta(seconds=90), args={"n": 1})
    assert schedules.change("s", priority=7, timezone="Europe/Berlin") == 2
    schedules.pause("s")
    found = schedules.get("s")
    assert (found["task"], found["priority"], found["jitter"], found["paused"]) == (
        "t", 7, timedelta(seconds=90), True,
    )  # fmt: skip
    assert (found["cron"], found["args"], found["timezone"]) == (
        "0 6 * * *", {"n": 1}, "Europe/Berlin",
    )  # fmt: skip
    schedules.resume("s")
    assert schedules.change("s", every="day at 7:00") == 5
    assert schedules.get("s")["cron"] is None

    with Scheduler(db.info.dsn) as scheduler:
        assert schedules.forecast("s", 3) == scheduler.schedules.forecast("s", 3)
        assert schedules.list()[0].items() <= scheduler.schedules.list()[0].items()
    assert schedules.trigger("s", {"n": 2}).state() == "ready"
    assert schedules.slots("s") == []
    schedules.remove("s")
    assert schedules.list() == []


def test_a_task_of_the_code_is_enqueued_by_its_name(client, db):
    @pgsched.task(name="ours")
    def ours(): ...

    assert row(db, client.enqueue(ours), "task") == ("ours",)
