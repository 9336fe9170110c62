"""A worker on the database: what its child and its supervisor have of it."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from typing import TYPE_CHECKING

import psycopg

from .. import calls, db, registry
from ..client import Scheduler
from ..queues import Queues
from ..settings import parse_queues
from . import declarations, lifeline
from .complete import Outbox
from .courier import Courier
from .loop import Loop
from .orders import Orders
from .wake import Listener

if TYPE_CHECKING:
    from ..push.pusher import Pusher

log = logging.getLogger("pgsched.worker")


class DatabaseSide:
    """A child's side; see `side.Side`."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._queues = Queues(parse_queues(orders.queues))
        self.scheduler = Scheduler(orders.dsn, max_connections=1)
        self.environ = {"PGSCHED_DSN": orders.dsn, "PGSCHED_API": ""}

    async def introduce(self) -> None:
        """Declare the tasks if told to, and register."""
        await introduce(self._orders, self._queues.names)

    def work(self, outbox: Outbox) -> Loop:
        """The loop, which makes trips to the database."""
        orders = self._orders
        self._loop = Loop(
            Courier(orders.dsn, orders.worker, outbox),
            orders.worker,
            self._queues,
            registry.tasks(),
            poll_s=orders.poll_s,
            idle_s=orders.idle_s,
            suspects=orders.role == "suspect",
            drain=orders.drain or orders.role == "suspect",
        )
        return self._loop

    def ears(self) -> list[asyncio.Task[None]]:
        """What hears for the loop."""
        return ears(self._orders, self._loop)

    async def close(self) -> None:
        """Close the handlers' connections."""
        await self.scheduler.aclose()


class DatabaseLeases:
    """A supervisor's side; see `side.Leases`."""

    def __init__(self, dsn: str) -> None:
        self._conn = db.connect(dsn, application_name="pgsched keeper")

    def register(self, worker: str, name: str, queues: list[str], lease_s: float) -> None:
        """Make the supervisor known."""
        host, pid = socket.gethostname(), os.getpid()
        call = calls.register(worker, name, host, pid, "supervisor", 0, queues, [], lease_s)
        db.run(self._conn, call)

    def heartbeat(self, workers: list[str]) -> list[str]:
        """Renew leases; returns the workers that still have one."""
        return db.run(self._conn, calls.heartbeat(workers))

    def leave(self, worker: str, *, evict: bool) -> None:
        """Forget a worker; `evict`: its jobs lose nothing."""
        if evict:
            db.run(self._conn, calls.evict(worker))
        db.run(self._conn, calls.leave([worker]))

    def reap(self, worker: str) -> None:
        """Take over from the dead."""
        while db.run(self._conn, calls.reap(worker)):
            pass

    def suspects_due(self, queues: list[str]) -> int:
        """How many suspects of these queues are due."""
        return db.run(self._conn, calls.suspects_due(queues))

    def close(self) -> None:
        """Close the connection."""
        self._conn.close()


async def introduce(orders: Orders, queues: list[str]) -> None:
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


def ears(orders: Orders, loop: Loop | Pusher) -> list[asyncio.Task[None]]:
    """Hear notifications, unless told that a pooler is in between."""
    if orders.pooler:
        loop.hears = False
        return []
    listener = Listener(
        orders.dsn,
        orders.worker,
        loop.notified,
        loop.look_around,
        loop.policies_changed,
        idle_s=orders.idle_s,
    )

    async def probe() -> None:
        heard = await listener.probe()
        if heard is None:
            return
        loop.hears = heard
        if not heard:
            loop.jobs_may_be_ready()  # it may have lain down for longer than the deaf should

    return [asyncio.create_task(listener.run()), asyncio.create_task(probe())]
