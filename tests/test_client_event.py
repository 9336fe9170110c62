"""Events from Python: Scheduler.emit() and aemit()."""

from __future__ import annotations

import asyncio

import pytest

from pgsched.client import Scheduler
from pgsched.errors import ChainTooLong, InvalidValue, JobNotFound
from tests.sql.actors import one
from tests.sql.events import args_made, emit, run_next, subscribe


@pytest.fixture
def dsn(shared_dsn):
    """A database that is shared: nothing here changes its schema."""
    return shared_dsn


def test_the_client_emits_in_a_given_transaction_and_on_its_own(db, dsn):
    subscribe(db)
    with Scheduler(dsn) as scheduler:
        with db.transaction(force_rollback=True):
            scheduler.emit("order.created", {"n": 1}, conn=db)
        first = scheduler.emit("order.created", {"n": 2}, id="a1", source="shop", subject="s")
        assert scheduler.emit("order.created", id="a1", source="shop") == first

    assert [args["event"]["data"] for args in args_made(db)] == [{"n": 2}]


async def _emit_async(dsn):
    async with Scheduler(dsn) as scheduler:
        return await scheduler.aemit("order.created", [1])


def test_the_client_emits_from_asyncio(db, dsn):
    event_id = asyncio.run(_emit_async(dsn))

    assert one(db, "select data from pgsched.event where id = %s", event_id) == [1]


def test_the_client_names_errors(db, dsn):
    subscribe(db)
    emit(db)
    job_id = run_next(db).id
    with Scheduler(dsn) as scheduler:
        for arguments in (("a b", {}), ("a", {"x": "\0"}), ("a", float("nan")), ("a\0", {})):
            with pytest.raises(InvalidValue):
                scheduler.emit(*arguments)
        with pytest.raises(JobNotFound):
            scheduler.emit("a", cause=5)
        with db.transaction(force_rollback=True):
            db.execute("update pgsched._setting set value = 1 where name = 'event_depth_max'")
            db.execute("update pgsched._event set depth = 1")
            with pytest.raises(ChainTooLong):
                scheduler.emit("a", cause=job_id, conn=db)


def test_nested_data_is_refused_by_the_client_before_postgres_would(dsn):
    data = []
    for _ in range(1001):
        data = [data]
    with Scheduler(dsn) as scheduler, pytest.raises(InvalidValue, match="data must"):
        scheduler.emit("a", data)
