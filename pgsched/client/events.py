"""`scheduler.events`: subscribe to events, replay them, let the rows of tables become events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Unpack

from .. import calls, observe
from ..calls import Call
from ..calls.base import seconds
from ..db import Steps
from ..models import SubscriptionColumns
from ..observe import Record
from ..registry import Task, name_of
from .connections import Async, Connections, Sync

_STEP = 1000
"""Jobs that one call of a replay makes at most."""


class Events:
    """
    Which events make jobs of which tasks; `Scheduler.emit` tells of one.

    Each method has its twin for asyncio, with an a before its name. With `conn`, what is done is
    done if and only if that one's transaction commits. psycopg.Error passes through.
    """

    def __init__(self, connections: Connections) -> None:
        self._on = connections

    def subscribe(
        self,
        name: str,
        type: str,
        task: str | Task,
        *,
        conn: Sync = None,
        **options: Unpack[SubscriptionColumns],
    ) -> int:
        """
        Let events of a type (`order.created`; `order.*`; `*`) make jobs of `task`; its version.

        A subscription that there is of this name becomes exactly so, but for `enabled`, which stays
        as it is unless given. Raises InvalidValue.
        """
        return self._on.run(_subscribe(name, type, task, options), conn)

    async def asubscribe(
        self,
        name: str,
        type: str,
        task: str | Task,
        *,
        conn: Async = None,
        **options: Unpack[SubscriptionColumns],
    ) -> int:
        """As `subscribe`, for asyncio."""
        return await self._on.run_async(_subscribe(name, type, task, options), conn)

    def unsubscribe(self, name: str, *, conn: Sync = None) -> None:
        """End a subscription; the jobs that it made stay. Raises SubscriptionNotFound."""
        self._on.run(calls.unsubscribe(name), conn)

    async def aunsubscribe(self, name: str, *, conn: Async = None) -> None:
        """As `unsubscribe`, for asyncio."""
        await self._on.run_async(calls.unsubscribe(name), conn)

    def enable(self, name: str, enabled: bool = True, *, conn: Sync = None) -> None:
        """Let a subscription make jobs of events to come, or none. Raises SubscriptionNotFound."""
        self._on.run(calls.enable_subscription(name, enabled), conn)

    async def aenable(self, name: str, enabled: bool = True, *, conn: Async = None) -> None:
        """As `enable`, for asyncio."""
        await self._on.run_async(calls.enable_subscription(name, enabled), conn)

    def subscriptions(self, *, conn: Sync = None) -> list[Record]:
        """Every subscription: a dict of the columns of the view `pgsched.subscription`."""
        return self._on.run(observe.subscriptions().all, conn)

    async def asubscriptions(self, *, conn: Async = None) -> list[Record]:
        """As `subscriptions`, for asyncio."""
        return await self._on.run_async(observe.subscriptions().all, conn)

    def get(self, id: int, *, conn: Sync = None) -> Record:
        """One event, with the jobs that were made of it. Raises EventNotFound."""
        return self._on.run(observe.event(id), conn)

    async def aget(self, id: int, *, conn: Async = None) -> Record:
        """As `get`, for asyncio."""
        return await self._on.run_async(observe.event(id), conn)

    def replay(
        self, name: str, since: datetime, until: datetime | None = None, *, conn: Sync = None
    ) -> int:
        """
        Make the jobs that a subscription has not made of events from `since` to below `until`.

        Both aware; `until` None: now. Safe to repeat: an event makes one job of a subscription,
        ever. Without `conn`, 1000 jobs a transaction. Returns how many jobs.
        Raises SubscriptionNotFound, InvalidValue.
        """
        return self._on.run_steps(replaying(name, since, until), conn)

    async def areplay(
        self, name: str, since: datetime, until: datetime | None = None, *, conn: Async = None
    ) -> int:
        """As `replay`, for asyncio."""
        return await self._on.run_steps_async(replaying(name, since, until), conn)

    def watch(
        self,
        table: str,
        operations: str,
        type: str,
        *,
        columns: Sequence[str] | None = None,
        when: str | None = None,
        conn: Sync = None,
    ) -> None:
        """
        Let rows of a table become events of a type, in the transaction that writes them.

        `table` as in SQL (`public.orders`), of the connection's own role; `operations` insert,
        update, delete, or several with `or` between. `columns`: what data has of a row, and what an
        update must change; None: all. `when`: an SQL condition on new and old. Raises InvalidValue.
        """
        self._on.run(calls.watch(table, operations, type, columns, when), conn)

    async def awatch(
        self,
        table: str,
        operations: str,
        type: str,
        *,
        columns: Sequence[str] | None = None,
        when: str | None = None,
        conn: Async = None,
    ) -> None:
        """As `watch`, for asyncio."""
        await self._on.run_async(calls.watch(table, operations, type, columns, when), conn)

    def unwatch(self, table: str, type: str, *, conn: Sync = None) -> None:
        """Let rows of a table become events of this type no more. Raises InvalidValue."""
        self._on.run(calls.unwatch(table, type), conn)

    async def aunwatch(self, table: str, type: str, *, conn: Async = None) -> None:
        """As `unwatch`, for asyncio."""
        await self._on.run_async(calls.unwatch(table, type), conn)


def _subscribe(name: str, type: str, task: str | Task, options: SubscriptionColumns) -> Call[int]:
    given: dict[str, Any] = dict(options)
    delay_s = seconds(given.pop("delay", None)) or 0
    return calls.subscribe(name, type, name_of(task), delay_s=delay_s, **given)


def replaying(name: str, since: datetime, until: datetime | None) -> Steps[int]:
    """The steps of `Events.replay`."""
    # events of this second count too: the database tells them by whole seconds
    end: datetime = until or (yield calls.due_in(1))
    made, done = 0, _STEP
    while done == _STEP:
        done = yield calls.replay(name, since, end, _STEP)
        made += done
    return made
