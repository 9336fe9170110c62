"""A child's side, over HTTP."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from dataclasses import asdict

from ... import registry
from ...errors import Forbidden
from ...jsontext import dump_value
from ...registry import Task
from ...remote import Client
from ...remote.base import name_in
from ...settings import parse_queues
from .. import lifeline
from ..complete import Outbox
from ..orders import Orders
from .courier import RemoteCourier
from .line import Line, Rest, Unanswered
from .loop import RemoteLoop

log = logging.getLogger("pgsched.worker")


class RemoteSide:
    """See `side.Side`."""

    def __init__(self, orders: Orders, api: str) -> None:
        self._orders = orders
        self._line = Line(api, orders.token)
        self._weights = parse_queues(orders.queues)
        self.scheduler = Client(api, orders.token)
        self.environ = {"PGSCHED_API": api, "PGSCHED_TOKEN": orders.token or ""}

    async def introduce(self) -> None:
        """Declare the tasks if told to, and register, waiting for an API that does not answer."""
        orders, rest, declare = self._orders, Rest(), self._orders.declare
        body = {
            "id": orders.worker,
            "name": orders.name,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "role": orders.role,
            "concurrency": orders.concurrency,
            "queues": list(self._weights),
            "tasks": sorted(registry.tasks()),
            "lease_s": orders.lease_s,
        }
        once = {"idempotency-key": orders.worker}
        while True:
            try:
                if declare:
                    await self._declare()
                    declare = False
                # from here on; an import may take longer than a lease
                lifeline.end_at(time.monotonic() + orders.lease_s)
                await self._line.ask("POST", "/v1/workers", body, has="id", headers=once)
                return
            except Unanswered as error:
                log.warning("the worker cannot register now: %s", error)
                rest_s = rest.after(error)
                lifeline.end_at(time.monotonic() + rest_s + 60)  # it holds nothing yet
                await asyncio.sleep(rest_s)

    async def _declare(self) -> None:
        for task in sorted(registry.tasks().values(), key=lambda task: task.name):
            path = name_in("/v1/tasks/{}/declaration", task.name)
            try:
                answer = await self._line.ask("PUT", path, _declaration(task), has="problems")
            except Forbidden:
                log.warning(
                    "the key may not declare tasks (scope admin): what the catalogue says holds"
                )
                return
            for problem in answer["problems"]:
                log.error("task %s: %s", task.name, problem)

    def work(self, outbox: Outbox) -> RemoteLoop:
        """The loop, which asks the API."""
        orders = self._orders
        return RemoteLoop(
            self._line,
            orders.worker,
            self._weights,
            registry.tasks(),
            RemoteCourier(self._line, orders.worker, outbox),
            suspects=orders.role == "suspect",
            drain=orders.drain or orders.role == "suspect",
        )

    def ears(self) -> list[asyncio.Task[None]]:
        """None: the API hears, and a claim waits there."""
        return []

    async def close(self) -> None:
        """Let go of all connections."""
        await self.scheduler.aclose()
        await self._line.close()


def _declaration(task: Task) -> bytes:
    fields = asdict(task.policy)
    for kind in ("schedule", "subscription"):
        fields[f"{kind}s"] = [
            {"name": each.name, "columns": each.columns}
            for each in task.declarations
            if each.kind == kind
        ]
    return dump_value("the declaration", fields).encode()
