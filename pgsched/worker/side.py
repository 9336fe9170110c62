"""Where a worker gets its jobs: a database, or an API. All else of a worker is the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from ..settings import Settings

if TYPE_CHECKING:
    from ..client import Scheduler
    from ..remote import Client
    from .complete import Outbox
    from .execute import Executor
    from .orders import Orders


class Work(Protocol):
    """Brings jobs to an executor and takes away how they ended, until it is told to stop."""

    executor: Executor
    stir: Callable[[], None]
    """Something ended, or there is something to do."""
    stopping: bool
    lapsed: bool
    next_due: Any
    """When the next job of its queues is due, once it has ended."""

    def look_around(self) -> None:
        """Some running job may have been cancelled, or an answer lost: look."""
        ...

    async def run(self) -> None:
        """Go on until stopping and done, or drained. Raises LeaseLost, or that it may not."""
        ...


class Side(Protocol):
    """What a child has of it."""

    environ: dict[str, str]
    """By which other processes find it."""

    @property
    def scheduler(self) -> Scheduler | Client:
        """For its handlers."""
        ...

    async def introduce(self) -> None:
        """Declare the tasks if told to, and register; waits for whom it cannot reach yet."""
        ...

    def work(self, outbox: Outbox) -> Work:
        """What brings the jobs; once."""
        ...

    def ears(self) -> list[asyncio.Task[None]]:
        """What hears for that work."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...


class Leases(Protocol):
    """What a supervisor has of it. Its methods raise PgschedError, psycopg.Error, OSError."""

    def register(self, worker: str, name: str, queues: list[str], lease_s: float) -> None:
        """Make the supervisor known."""
        ...

    def heartbeat(self, workers: list[str]) -> list[str]:
        """Renew leases; returns the workers that still have one."""
        ...

    def leave(self, worker: str, *, evict: bool) -> None:
        """Forget a worker; `evict`: its jobs lose nothing."""
        ...

    def reap(self, worker: str) -> None:
        """Take over from the dead."""
        ...

    def suspects_due(self, queues: list[str]) -> int:
        """How many suspects of these queues are due."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


def side_of(orders: Orders) -> Side:
    """Of a child."""
    if orders.api is None:
        from .database import DatabaseSide

        return DatabaseSide(orders)
    from .remote.side import RemoteSide  # httpx takes 0.1 s to import

    return RemoteSide(orders, orders.api)


def leases_of(settings: Settings) -> Leases:
    """Of a supervisor, on a connection of its own. Raises psycopg.Error, OSError."""
    if settings.api is None:
        from .database import DatabaseLeases

        return DatabaseLeases(settings.dsn or "")
    from .remote.leases import RemoteLeases

    return RemoteLeases(settings.api, settings.token, settings.lease_s)
