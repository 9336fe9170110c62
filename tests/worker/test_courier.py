"""Trips and ears after what goes wrong with their connections."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pgsched.calls import Call
from pgsched.calls.base import scalar
from pgsched.context import LogLine
from pgsched.worker.complete import Outbox
from pgsched.worker.courier import Courier, _exchange
from pgsched.worker.wake import Listener
from tests.sql.actors import Worker, enqueue


def test_a_trip_that_failed_spoils_none_after_it(dsn):
    """psycopg takes the statement for prepared that an error before it let the server skip."""
    plain = Call("select 7", [], scalar)
    once = Call("select 8", [], scalar)
    # fails when all has been sent
    failing = Call("select 1 / (select 0 from pg_sleep(0.1))", [], scalar)

    async def trips() -> list[list[list[tuple[int]]]]:
        courier = Courier(dsn, "w", Outbox())
        made = [await _exchange(await courier._connected(), [plain, once])]
        with pytest.raises(psycopg.errors.DivisionByZero) as error:
            await _exchange(await courier._connected(), [failing, plain])
        await courier.recover(error.value)
        made.append(await _exchange(await courier._connected(), [plain, once]))
        await courier.close()
        return made

    assert asyncio.run(trips()) == [[[(7,)], [(8,)]]] * 2


def test_lines_that_meet_a_lock_again_and_again_are_not_lost(dsn, db, other_db):
    """They go with the first trip that comes through."""
    enqueue(db)
    worker, outbox = Worker(db), Outbox()
    [held] = worker.claim()
    outbox.line(LogLine(held.id, held.attempt, "info", "kept", None))
    impatient = make_conninfo(dsn, options="-c lock_timeout=50ms")

    async def trips() -> None:
        courier = Courier(impatient, str(worker.id), outbox)
        with other_db.transaction():
            other_db.execute("lock table pgsched._log")
            with pytest.raises(psycopg.errors.LockNotAvailable) as error:
                await courier.trip([], waiting=[], look_around=False)
            await courier.recover(error.value)
        await courier.trip([], waiting=[], look_around=False)
        await courier.close()

    asyncio.run(trips())

    lines = db.execute("select message from pgsched.job_log where job_id = %s", (held.id,))
    assert lines.fetchall() == [("kept",)]


def test_ears_that_lost_their_connection_leave_nothing_with_the_loop(dsn, db):
    """A reader that stays would hear what the next socket of the same number is told."""
    events: list[tuple[str, int, str]] = []
    heard: list[None] = []

    async def lose_one() -> None:
        loop = asyncio.get_running_loop()
        add, remove = loop.add_reader, loop.remove_reader
        loop.add_reader = lambda fd, call, *args: (
            events.append(("add", fd, getattr(call, "__name__", ""))),
            add(fd, call, *args),
        )
        loop.remove_reader = lambda fd: (events.append(("remove", fd, "")), remove(fd))[1]
        listener = Listener(dsn, "w", lambda: heard.append(None), lambda: None, lambda: None)
        running = asyncio.create_task(listener.run())
        while len(heard) < 2:
            await asyncio.to_thread(
                db.execute,
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'pgsched listener' and state = 'idle'"
                " and datname = current_database() and query ~ 'pgsched_task'"
                if len(heard) == 1
                else "select 1",
            )
        running.cancel()

    asyncio.run(lose_one())

    first = next(n for n, (_, _, call) in enumerate(events) if call == "heed")
    of_it = [what for what, fd, _ in events[first + 1 :] if fd == events[first][1]]
    assert of_it[0] == "remove"
