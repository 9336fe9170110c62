"""enqueue() and its kin: what they make, what they refuse, and whose transaction it is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

import pgsched
from pgsched import Scheduler
from pgsched.errors import InvalidValue, JobNotFound


@pytest.fixture
def dsn(shared_dsn):
    """A database that is shared: nothing here changes its schema."""
    return shared_dsn


@pytest.fixture
def scheduler(dsn):
    """A client of the test's database."""
    with Scheduler(dsn) as made:
        yield made


def row(db, job, columns):
    return db.execute(f"select {columns} from pgsched.job where id = %s", (job.id,)).fetchone()


def test_a_task_of_the_code_brings_its_queue_and_priority_along(scheduler, db):
    """Before any worker has registered it; what the call says goes before it."""

    @pgsched.task(name="mine", queue="own", priority=7)
    def mine(): ...

    job, *others = [scheduler.enqueue(mine), *scheduler.enqueue_many(mine, [{}], queue="q")]

    assert row(db, job, "queue, priority") == ("own", 7)
    assert row(db, others[0], "queue, priority") == ("q", 7)


@pytest.mark.parametrize("delay", [60, 60.0, timedelta(minutes=1)])
def test_a_delay_counts_from_the_databases_now(scheduler, db, clock, delay):
    """Seconds or a timedelta."""
    clock.set(datetime(2030, 1, 1, tzinfo=UTC))
    job = scheduler.enqueue("t", delay=delay, conn=db)

    assert row(db, job, "due_at") == (datetime(2030, 1, 1, 0, 1, tzinfo=UTC),)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delay": -1}, "delay must be"),
        ({"delay": float("nan")}, "delay must be"),
        ({"delay": 1, "due_at": datetime(2100, 1, 1, tzinfo=UTC)}, "not both"),
        ({"due_at": datetime(2100, 1, 1)}, "time zone"),  # noqa: DTZ001
        ({"due_at": "tomorrow"}, "time zone"),
        ({"priority": 101}, "priority must be from -100 to 100"),
        ({"max_attempts": 0}, "max_attempts must be from 1 to 1000"),
        ({"timeout_s": 0}, "timeout_s must be above 0"),
        ({"timeout_s": float("nan")}, "timeout_s must be above 0"),
        ({"queue": ""}, "queue must have 1 to 200 characters"),
        ({"queue": "q" * 201}, "queue must have 1 to 200 characters"),
        ({"retry": {"kind": "never"}}, "retry.kind"),
        ({"retry": {"kind": "fixed", "base": 1}}, "retry may have only"),
        ({"labels": [1]}, "labels must be a JSON object"),
        ({"key": ""}, "key must have 1 to 500 characters"),
    ],
)
def test_what_is_refused_is_named(scheduler, db, options, message):
    """InvalidValue, whoever found it: this side or the database; and no job is made."""
    with pytest.raises(InvalidValue, match=message):
        scheduler.enqueue("t", {}, **options)
    with pytest.raises(InvalidValue, match=message):
        asyncio.run(_aenqueue(scheduler.dsn, options))
    assert db.execute("select count(*) from pgsched._job").fetchone() == (0,)


async def _aenqueue(dsn, options):
    async with Scheduler(dsn) as client:
        await client.aenqueue("t", {}, **options)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([1], "args must be a JSON object"),
        ({"a": float("nan")}, "args must be JSON"),
        ({"a": "\x00"}, "args must not contain NUL"),
        ({"a": "\ud800"}, "args must be JSON"),
        ({"a": "x" * 1_048_577}, "args must not exceed 1048576 bytes"),
    ],
)
def test_args_that_are_refused(scheduler, args, message):
    """By either function."""
    with pytest.raises(InvalidValue, match=message):
        scheduler.enqueue("t", args)
    with pytest.raises(InvalidValue, match=message):
        scheduler.enqueue_many("t", [{}, args])


def test_a_task_needs_a_name(scheduler):
    """Or is the Task itself."""
    with pytest.raises(InvalidValue, match="task must have 1 to 200 characters"):
        scheduler.enqueue("")
    with pytest.raises(TypeError):
        scheduler.enqueue("t", {}, colour="red")


def test_many_jobs_come_in_the_order_of_their_args(scheduler, db):
    """All or none; none for none."""
    jobs = scheduler.enqueue_many("t", [{"n": n} for n in range(100)], queue="q")

    assert [row(db, job, "args->'n', queue") for job in jobs] == [(n, "q") for n in range(100)]
    assert scheduler.enqueue_many("t", []) == []


def test_promise_2_a_job_lives_and_dies_with_its_transaction(scheduler, db, dsn):
    """conn= joins it: sync and async, one job and many."""
    with psycopg.connect(dsn) as conn:
        gone = [scheduler.enqueue("t", conn=conn), *scheduler.enqueue_many("t", [{}], conn=conn)]
        conn.rollback()
        stays = scheduler.enqueue("t", conn=conn)
        assert db.execute("select count(*) from pgsched._job").fetchone() == (0,)

    async def in_their_transaction():
        async with await psycopg.AsyncConnection.connect(dsn) as conn, Scheduler(dsn) as client:
            made = await client.aenqueue("t", conn=conn)
            await client.aenqueue_many("t", [{}], conn=conn)
            await conn.rollback()
            return made, await client.aenqueue("t", conn=conn)

    other_gone, other_stays = asyncio.run(in_their_transaction())

    assert {id for (id,) in db.execute("select id from pgsched.job")} == {stays.id, other_stays.id}
    for job in (*gone, other_gone):
        with pytest.raises(JobNotFound):
            scheduler.job(job.id).state()


def test_a_refusal_inside_a_transaction_leaves_it_to_the_caller(scheduler, dsn):
    """A savepoint is his to set."""
    with psycopg.connect(dsn) as conn:
        first = scheduler.enqueue("t", conn=conn)
        with pytest.raises(InvalidValue), conn.transaction():
            scheduler.enqueue("t", priority=1000, conn=conn)
    assert first.state() == "ready"


def test_a_closed_client_opens_again_at_need(dsn):
    """close() gives the connections back; nothing else is kept."""
    client = Scheduler(dsn, max_connections=1)
    first = client.enqueue("t")
    client.close()
    assert first.state() == "ready"
    client.close()
    client.close()


def test_the_modules_own_functions_use_the_environment(dsn, db, monkeypatch):
    """PGSCHED_DSN; one scheduler for the process."""
    monkeypatch.setenv("PGSCHED_DSN", dsn)
    monkeypatch.setattr("pgsched.client._default", None)

    jobs = [pgsched.enqueue("t", {"n": 1}, queue="q"), *pgsched.enqueue_many("t", [{"n": 2}])]

    async def more():
        made = [await pgsched.aenqueue("t"), *await pgsched.aenqueue_many("t", [{}])]
        await jobs[0]._scheduler.aclose()
        return made

    jobs += asyncio.run(more())
    assert db.execute("select count(*) from pgsched.job").fetchone() == (len(jobs),)
