"""The API's connections: each call runs for somebody, and for nobody where that was forgotten."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from pgsched import calls, db
from pgsched.calls import Call
from pgsched.calls.base import nothing
from pgsched.errors import Busy
from pgsched.jsontext import load_value

T = TypeVar("T")
Conn: TypeAlias = psycopg.AsyncConnection[Any]

_WAIT_S = 5.0
_BEGIN: Call[None] = Call("begin isolation level read committed", (), nothing)
_COMMIT: Call[None] = Call("commit", (), nothing)


@dataclass(slots=True)
class Transaction:
    """What has begun: what its first calls read, and the calls to run as it ends."""

    conn: Conn
    found: list[Any]
    last: tuple[Call[Any], ...] = ()


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
        if call.plain:
            conn = await self._lent()
            try:
                return await db.run_async(conn, calls.acting(call, actor))
            finally:
                await self._pool.putconn(conn)
        [answer] = await self.together([call], actor)
        return answer

    async def together(self, some: Sequence[Call[Any]], actor: str) -> list[Any]:
        """As `run`, several calls in one transaction and one round trip; their answers."""
        async with self._connection() as conn:
            try:
                async with conn.pipeline(), db.beginning(conn):
                    _, *cursors = [
                        await conn.execute(call.sql, call.params)
                        for call in (calls.act_as(actor), *some)
                    ]
                return [
                    call.read(await cursor.fetchall())
                    for call, cursor in zip(some, cursors, strict=True)
                ]
            except psycopg.Error as error:
                if len(some) > 1 and not conn.closed:
                    # else psycopg believes prepared what the failure skipped
                    await conn.execute("begin; rollback")
                raise db.translated(error) from error

    @asynccontextmanager
    async def transaction(self, actor: str, *first: Call[Any]) -> AsyncGenerator[Transaction]:
        """A transaction for several calls, as a user; `first` are run as it begins."""
        async with self._connection() as conn:
            try:
                _, _, *found = await _at_once(conn, _BEGIN, calls.act_as(actor), *first)
                of = Transaction(conn, found)
                yield of
                await _at_once(conn, *of.last, _COMMIT)
            except BaseException:
                with suppress(psycopg.Error):  # of a connection that is gone, of which it is told
                    await conn.rollback()
                raise

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Conn]:
        conn = await self._lent()
        try:
            yield conn
        finally:
            await self._pool.putconn(conn)

    async def _lent(self) -> Conn:
        """A connection, which goes back as it is: what has begun a transaction has ended it."""
        try:
            return await self._pool.getconn()
        except PoolTimeout as error:
            raise Busy(
                f"no connection to the database was free within {_WAIT_S:g} s",
                hint="ask again later, or let the API have more connections",
            ) from error


async def _at_once(conn: Conn, *these: Call[Any]) -> list[Any]:
    """
    Run calls in one round trip: their values are put into the text, which no plan is kept for.

    For what is soon planned. Beginning and end of a request with a key take 340 us of CPU, by
    pipelines 410, one by one 460.
    """
    try:
        cursor = psycopg.AsyncClientCursor[Any](conn)
        params = [param for call in these for param in call.params]
        await cursor.execute("; ".join([call.sql for call in these]), params)
        found: list[Any] = []
        for call in these:
            found.append(call.read(await cursor.fetchall() if cursor.description else []))
            cursor.nextset()
        return found
    except psycopg.Error as error:
        raise db.translated(error) from error


async def _suit(conn: Conn) -> None:
    await db.suit_async(conn)
    set_json_loads(load_value, conn)
    await conn.execute("select set_config('pgsched.actor', 'nobody', false)")
