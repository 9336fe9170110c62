"""
A child process: it imports the user's module, claims jobs and runs them.

Its supervisor tells it by one pipe, line by line: first its orders as JSON (a DSN has no place in a
process list), then `renew DEADLINE` (of time.monotonic()), `stop` (claim no more), `cancel` (end
what runs), `lapse` (likewise: the lease is about to end), `lost` (end at once). It reports JSON
lines on another pipe. Started as `python -m pgsched.worker.child FD FD`.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, TextIO

import psycopg

from .. import calls, db, handlers, logs, registry
from ..client import Scheduler
from ..errors import LeaseLost, PgschedError
from ..settings import parse_queues
from . import declarations, lifeline
from .complete import Outbox
from .courier import Courier
from .execute import Executor
from .isolate import IsolatedRunners
from .loop import Loop
from .orders import EXIT_CANNOT_START, EXIT_LEASE_LOST, Orders
from .queues import Queues
from .wake import Listener

log = logging.getLogger("pgsched.worker")


def main() -> int:
    """Run a child to its end; the exit code tells the supervisor why."""
    control = os.fdopen(int(sys.argv[1]), encoding="utf-8")
    report = os.fdopen(int(sys.argv[2]), "w", encoding="utf-8")
    orders = Orders(**json.loads(control.readline()))
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # sent to the whole group: the supervisor decides
        signal.signal(number, _ignore)  # not SIG_IGN, which handlers' own children would inherit
    lifeline.die_with_parent(orders.parent)
    logs.configure(orders.log_format, orders.log_level)

    def tell(**what: Any) -> None:
        report.write(json.dumps(what, default=str) + "\n")
        report.flush()

    try:
        if orders.app:
            sys.path.insert(0, os.getcwd())
            importlib.import_module(orders.app)
    except Exception as error:
        log.exception("the module %s cannot be imported", orders.app)
        tell(cannot_start=f"the module {orders.app} cannot be imported: {error}")
        return EXIT_CANNOT_START
    runner = asyncio.run
    if sys.platform != "win32":
        import uvloop

        runner = uvloop.run
    try:
        return runner(_serve(orders, control, tell))
    except LeaseLost as error:
        log.warning("%s", error)
        return EXIT_LEASE_LOST
    except PgschedError as error:
        tell(cannot_start=str(error))
        return EXIT_CANNOT_START


def _ignore(number: int, frame: FrameType | None) -> None:
    """A signal that means nothing here."""


async def _serve(orders: Orders, control: TextIO, tell: Callable[..., None]) -> int:
    handlers.allow(orders.handlers)
    known = registry.tasks()
    queues = Queues(parse_queues(orders.queues))
    await _introduce(orders, queues.names)
    tell(registered=True)
    outbox = Outbox()
    isolated = IsolatedRunners(orders.dsn, orders.app, orders.handlers, orders.result_bytes_max)
    scheduler = Scheduler(orders.dsn, max_connections=1)
    courier = Courier(orders.dsn, orders.worker, outbox)
    loop = Loop(
        courier,
        orders.worker,
        queues,
        known,
        poll_s=orders.poll_s,
        suspects=orders.role == "suspect",
        drain=orders.drain or orders.role == "suspect",
    )
    executor = loop.executor = Executor(
        orders.worker,
        known,
        outbox,
        concurrency=orders.concurrency,
        result_bytes_max=orders.result_bytes_max,
        isolated=isolated,
        scheduler=scheduler,
        stir=loop.stir,
    )
    _obey(control, loop, executor)
    ears = [*_listen(orders, loop), asyncio.create_task(_count(executor, tell))]
    try:
        await loop.run()
    finally:
        for ear in ears:
            ear.cancel()
        isolated.close()
        executor.close()
        await scheduler.aclose()
    tell(counts=executor.counts, next_due=loop.next_due)
    return EXIT_LEASE_LOST if loop.lapsed else 0


async def _count(executor: Executor, tell: Callable[..., None]) -> None:
    """Report the counts once a second where they changed: a child that is killed has told them."""
    told: dict[str, int] = {}
    while True:
        await asyncio.sleep(1)
        if executor.counts != told:
            told = dict(executor.counts)
            tell(counts=told)


async def _introduce(orders: Orders, queues: list[str]) -> None:
    """Declare the tasks if told to, and register, waiting for a database that is not there yet."""
    pause = 0.1
    while True:
        try:
            async with await db.connect_async(orders.dsn) as conn:
                if orders.declare:
                    for task in sorted(registry.tasks().values(), key=lambda task: task.name):
                        await db.run_async(conn, task.declare())
                    await declarations.write(conn, registry.tasks().values())
                call = calls.register(
                    orders.worker,
                    orders.name,
                    socket.gethostname(),
                    os.getpid(),
                    orders.role,
                    orders.concurrency,
                    queues,
                    sorted(registry.tasks()),
                    orders.lease_s,
                )
                # from here on; an import may take longer than a lease
                lifeline.end_at(time.monotonic() + orders.lease_s)
                await db.run_async(conn, call)
            return
        except (psycopg.OperationalError, OSError) as error:
            log.warning("no connection to the database: %s", str(error).strip())
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)


def _listen(orders: Orders, loop: Loop) -> list[asyncio.Task[None]]:
    """Hear notifications, unless told that a pooler is in between."""
    if orders.pooler:
        loop.hears = False
        return []
    listener = Listener(
        orders.dsn, orders.worker, loop.notified, loop.look_around, loop.policies_changed
    )

    async def probe() -> None:
        heard = await listener.probe()
        if heard is None:
            return
        loop.hears = heard
        if not heard:
            loop.jobs_may_be_ready()  # it may have lain down for longer than the deaf should

    return [asyncio.create_task(listener.run()), asyncio.create_task(probe())]


def _obey(control: TextIO, loop: Loop, executor: Executor) -> None:
    """Heed the supervisor on a thread: a handler may block the loop without losing the lease."""
    events = asyncio.get_running_loop()

    def stop() -> None:
        loop.stopping = True
        loop.stir()

    def cancel() -> None:
        stop()
        executor.stop_all("shutdown")

    def listen() -> None:
        for line in control:
            word, _, rest = line.strip().partition(" ")
            if word == "renew":
                lifeline.end_at(float(rest))
                events.call_soon_threadsafe(loop.look_around)
            elif word == "stop":
                events.call_soon_threadsafe(stop)
            elif word == "cancel":
                events.call_soon_threadsafe(cancel)
            elif word == "lapse":
                loop.lapsed = True
                events.call_soon_threadsafe(cancel)
            elif word == "lost":  # somebody else may be running its jobs already
                os._exit(EXIT_LEASE_LOST)
        os._exit(1)  # the supervisor is gone

    threading.Thread(target=listen, name="pgsched-control", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
