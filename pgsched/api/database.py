"""The API's connections: each call runs for somebody, and for nobody where that was forgotten."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from pgsched import calls, db
from pgsched.calls import Call
from pgsched.errors import Busy

T = TypeVar("T")
Conn: TypeAlias = psycopg.AsyncConnection[Any]

_WAIT_S = 5.0


class Database:
    """A pool of connections, on which calls run as one user each."""

    def __init__(self, dsn: str, max_connections: int) -> None:
        self.dsn = dsn
        self._pool: AsyncConnectionPool[Conn] = AsyncConnectionPool(
            dsn,
            min_size=1,
            max_size=max_connections,
            timeout=_WAIT_S,
            kwargs={**db.CONNECTING, "fallback_application_name": "pgsched api"},
            configure=_suit,
            open=False,
        )

    async def __aenter__(self) -> Database:
        await self._pool.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()

    async def run(self, call: Call[T], actor: str) -> T:
        """Run a call as a user (`calls.act_as`), in a transaction of its own and one round trip."""
        async with self._connection() as conn:
            try:
                async with conn.pipeline(), db.beginning(conn):
                    who = calls.act_as(actor)
                    await conn.execute(who.sql, who.params)
                    cursor = await conn.execute(call.sql, call.params)
                return call.read(await cursor.fetchall())
            except psycopg.Error as error:
                raise db.translated(error) from error

    @asynccontextmanager
    async def transaction(self, actor: str) -> AsyncGenerator[Conn]:
        """A transaction for several calls, as a user."""
        async with self._connection() as conn, conn.transaction():
            await db.run_async(conn, calls.act_as(actor))
            yield conn

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Conn]:
        try:
            async with self._pool.connection() as conn:
                yield conn
        except PoolTimeout as error:
            raise Busy(
                f"no connection to the database was free within {_WAIT_S:g} s",
                hint="ask again later, or let the API have more connections",
            ) from error


async def _suit(conn: Conn) -> None:
    await db.suit_async(conn)
    await conn.execute("select set_config('pgsched.actor', 'nobody', false)")
