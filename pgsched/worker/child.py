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
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

from .. import handlers, logs, registry
from ..errors import LeaseLost, PgschedError
from . import lifeline
from .complete import Outbox
from .courier import Courier
from .execute import Executor
from .isolate import IsolatedRunners
from .orders import EXIT_CANNOT_START, EXIT_LEASE_LOST, Orders
from .side import Work, side_of

if TYPE_CHECKING:
    from ..push.pusher import Pusher

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
        serve = _push if orders.role == "push" else _serve
        return runner(serve(orders, control, tell))
    except LeaseLost as error:
        log.warning("%s", error)
        return EXIT_LEASE_LOST
    except PgschedError as error:
        tell(cannot_start=str(error))
        return EXIT_CANNOT_START


def _ignore(number: int, frame: FrameType | None) -> None:
    """A signal that means nothing here."""


async def _serve(orders: Orders, control: TextIO, tell: Callable[..., None]) -> int:
    """Run jobs, of a database or of an API."""
    handlers.allow(orders.handlers)
    side = side_of(orders)
    await side.introduce()
    tell(registered=True)
    outbox = Outbox()
    isolated = IsolatedRunners(side.environ, orders.app, orders.handlers, orders.result_bytes_max)
    work = side.work(outbox)
    executor = work.executor = Executor(
        orders.worker,
        registry.tasks(),
        outbox,
        concurrency=orders.concurrency,
        result_bytes_max=orders.result_bytes_max,
        isolated=isolated,
        scheduler=side.scheduler,
        stir=work.stir,
    )
    try:
        return await _run(control, tell, work, executor, side.ears)
    finally:
        isolated.close()
        executor.close()
        await side.close()


async def _push(orders: Orders, control: TextIO, tell: Callable[..., None]) -> int:
    """Send jobs to endpoints: a child that knows no tasks, but has the others' environment."""
    handlers.hide(handlers.choose(orders.handlers))
    from ..push.pusher import Pusher  # imports httpx, which no other child need have
    from .database import ears, introduce

    await introduce(orders, ["push:*"])
    tell(registered=True)
    outbox = Outbox()
    pusher = Pusher(
        Courier(orders.dsn, orders.worker, outbox),
        orders.worker,
        outbox,
        concurrency=orders.concurrency,
        result_bytes_max=orders.result_bytes_max,
        callback_url=orders.callback_url,
        poll_s=orders.poll_s,
        idle_s=orders.idle_s,
        drain=orders.drain,
    )
    return await _run(control, tell, pusher, pusher, lambda: ears(orders, pusher))


async def _run(
    control: TextIO,
    tell: Callable[..., None],
    work: Work | Pusher,
    executor: Executor | Pusher,
    ears: Callable[[], list[asyncio.Task[None]]],
) -> int:
    """Heed the supervisor and what is heard while it works; returns the exit code."""
    _obey(control, work, executor)
    tasks = [*ears(), asyncio.create_task(_count(executor, tell))]
    try:
        await work.run()
    finally:
        for task in tasks:
            task.cancel()
    tell(counts=executor.counts, next_due=work.next_due)
    return EXIT_LEASE_LOST if work.lapsed else 0


async def _count(executor: Executor | Pusher, tell: Callable[..., None]) -> None:
    """Report the counts once a second where they changed: a child that is killed has told them."""
    told = dict(executor.counts)
    while True:
        await asyncio.sleep(1)
        if executor.counts != told:
            told = dict(executor.counts)
            tell(counts=told)


def _obey(control: TextIO, work: Work | Pusher, executor: Executor | Pusher) -> None:
    """Heed the supervisor on a thread: a handler may block the loop without losing the lease."""
    events = asyncio.get_running_loop()

    def stop() -> None:
        work.stopping = True
        work.stir()

    def cancel() -> None:
        stop()
        executor.stop_all("shutdown")

    def listen() -> None:
        for line in control:
            word, _, rest = line.strip().partition(" ")
            if word == "renew":
                lifeline.end_at(float(rest))
                events.call_soon_threadsafe(work.look_around)
            elif word == "stop":
                events.call_soon_threadsafe(stop)
            elif word == "cancel":
                events.call_soon_threadsafe(cancel)
            elif word == "lapse":
                work.lapsed = True
                events.call_soon_threadsafe(cancel)
            elif word == "lost":  # somebody else may be running its jobs already
                os._exit(EXIT_LEASE_LOST)
        os._exit(1)  # the supervisor is gone

    threading.Thread(target=listen, name="pgsched-control", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
