"""Connections to one database, opened at need, and the ways to run calls on them."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from .. import db
from ..calls import Call
from ..db import Steps
from ..settings import Settings

T = TypeVar("T")
Sync: TypeAlias = psycopg.Connection[Any] | None
Async: TypeAlias = psycopg.AsyncConnection[Any] | None


class Connections:
    """
    Pools of connections to one database, for callers with and without asyncio.

    `dsn` None: PGSCHED_DSN, else DATABASE_URL, else libpq's variables. Connections are opened at
    need, at most `max_connections` at once of each kind.
    """

    def __init__(self, dsn: str | None, max_connections: int) -> None:
        self.dsn = dsn if dsn is not None else Settings.from_env(os.environ).dsn or ""
        self._max = max_connections
        self._opening = threading.Lock()
        self._pool: ConnectionPool[psycopg.Connection[Any]] | None = None
        self._async_pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] | None = None

    def close(self) -> None:
        """Close the sync connections."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    async def aclose(self) -> None:
        """Close all connections."""
        if self._pool is not None:
            await asyncio.to_thread(self.close)
        if self._async_pool is not None:
            await self._async_pool.close()
            self._async_pool = None

    @contextmanager
    def connection(
        self, conn: psycopg.Connection[Any] | None = None
    ) -> Generator[psycopg.Connection[Any]]:
        """`conn`, or where that is None one of the pool, in autocommit."""
        if conn is not None:
            yield conn
            return
        with self._opening:
            if self._pool is None:
                self._pool = ConnectionPool(
                    self.dsn,
                    min_size=0,
                    max_size=self._max,
                    kwargs=db.CONNECTING,
                    configure=db.suit,
                    open=True,
                )
            pool = self._pool
        with pool.connection() as pooled:
            yield pooled

    @asynccontextmanager
    async def async_connection(
        self, conn: psycopg.AsyncConnection[Any] | None = None
    ) -> AsyncGenerator[psycopg.AsyncConnection[Any]]:
        """As `connection`, for asyncio."""
        if conn is not None:
            yield conn
            return
        if self._async_pool is None:
            self._async_pool = AsyncConnectionPool(
                self.dsn,
                min_size=0,
                max_size=self._max,
                kwargs=db.CONNECTING,
                configure=db.suit_async,
                open=False,
            )
        pool = self._async_pool
        await pool.open()  # at once, if it is open; whoever comes second waits for the first
        async with pool.connection() as pooled:
            yield pooled

    def run(self, call: Call[T], conn: psycopg.Connection[Any] | None = None) -> T:
        """Run any call of `pgsched.calls`, on `conn` or on a connection of the pool."""
        with self.connection(conn) as found:
            return db.run(found, call)

    async def run_async(self, call: Call[T], conn: psycopg.AsyncConnection[Any] | None = None) -> T:
        """As `run`, for asyncio."""
        async with self.async_connection(conn) as found:
            return await db.run_async(found, call)

    def run_steps(self, steps: Steps[T], conn: psycopg.Connection[Any] | None = None) -> T:
        """Run calls one after the other, on `conn` or on one connection of the pool."""
        with self.connection(conn) as found:
            return db.run_steps(found, steps)

    async def run_steps_async(
        self, steps: Steps[T], conn: psycopg.AsyncConnection[Any] | None = None
    ) -> T:
        """As `run_steps`, for asyncio."""
        async with self.async_connection(conn) as found:
            return await db.run_steps_async(steps, lambda call: db.run_async(found, call))
