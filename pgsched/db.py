"""Connections, and the two thin functions that run a call: one sync, one async."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg import errors as pg
from psycopg import pq

from .calls import Call
from .errors import InvalidValue, from_sqlstate

T = TypeVar("T")
Steps: TypeAlias = Generator[Call[Any], Any, T]
"""Calls one after the other: yields each, is sent its answer, returns what came of all."""

# A server that is gone without a word is noticed within half a minute.
KEEPALIVE = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "connect_timeout": 10,
}
CONNECTING: dict[str, Any] = {"autocommit": True, "prepare_threshold": None}
"""Of every connection, until it is suited."""
_READ_COMMITTED = psycopg.IsolationLevel.READ_COMMITTED


_SESSION = "select pg_backend_pid(), current_setting('default_transaction_isolation')"


def connect(dsn: str, *, application_name: str = "pgsched") -> psycopg.Connection[Any]:
    """
    Open a connection in autocommit, and `suit` it.

    Raises psycopg.OperationalError if there is no server.
    """
    conn = psycopg.connect(dsn, **CONNECTING, **_params(application_name))
    try:
        suit(conn)
    except BaseException:
        conn.close()
        raise
    return conn


async def connect_async(
    dsn: str, *, application_name: str = "pgsched"
) -> psycopg.AsyncConnection[Any]:
    """As `connect`, for asyncio."""
    conn = await psycopg.AsyncConnection.connect(dsn, **CONNECTING, **_params(application_name))
    try:
        await suit_async(conn)
    except BaseException:
        await conn.close()
        raise
    return conn


def suit(conn: psycopg.Connection[Any]) -> None:
    """
    Unless a pooler is in between: let `run` begin explicitly only where the session's default level
    is not READ COMMITTED, and prepare what runs twice.

    A pooler may lend another server connection to each transaction. It is known by the process id
    that it tells, which is not the server's.
    """
    [(pid, level)] = conn.execute(_SESSION).fetchall()
    direct = pid == conn.info.backend_pid
    conn.isolation_level = None if direct and level == "read committed" else _READ_COMMITTED
    conn.prepare_threshold = 1 if direct else None


async def suit_async(conn: psycopg.AsyncConnection[Any]) -> None:
    """As `suit`, for asyncio."""
    [(pid, level)] = await (await conn.execute(_SESSION)).fetchall()
    direct = pid == conn.info.backend_pid
    await conn.set_isolation_level(
        None if direct and level == "read committed" else _READ_COMMITTED
    )
    conn.prepare_threshold = 1 if direct else None


def _params(application_name: str) -> dict[str, Any]:
    return {"fallback_application_name": application_name, **KEEPALIVE}


def run(conn: psycopg.Connection[Any], call: Call[T]) -> T:
    """Run a call on a sync connection, in its transaction if one is open."""
    try:
        with conn.transaction() if _begins(conn) else nullcontext():
            return call.read(conn.execute(call.sql, call.params).fetchall())
    except psycopg.Error as error:
        raise translated(error) from error


async def run_async(conn: psycopg.AsyncConnection[Any], call: Call[T]) -> T:
    """Run a call on an async connection, in its transaction if one is open."""
    try:
        async with beginning(conn):
            cursor = await conn.execute(call.sql, call.params)
            return call.read(await cursor.fetchall())
    except psycopg.Error as error:
        raise translated(error) from error


def run_steps(conn: psycopg.Connection[Any], steps: Steps[T]) -> T:
    """Run calls one after the other on a sync connection."""
    try:
        call = next(steps)
        while True:
            call = steps.send(run(conn, call))
    except StopIteration as done:
        return done.value


async def run_steps_async(steps: Steps[T], run_one: Callable[[Call[Any]], Awaitable[Any]]) -> T:
    """As `run_steps`, each by `run_one`."""
    try:
        call = next(steps)
        while True:
            call = steps.send(await run_one(call))
    except StopIteration as done:
        return done.value


def beginning(
    conn: psycopg.AsyncConnection[Any],
) -> AbstractAsyncContextManager[Any]:
    """A transaction where one has to begin explicitly, else nothing."""
    return conn.transaction() if _begins(conn) else nullcontext()


def _begins(conn: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> bool:
    """Whether to begin explicitly: in autocommit, the database's default level would hold."""
    idle = conn.info.transaction_status == pq.TransactionStatus.IDLE
    return conn.autocommit and conn.isolation_level is not None and idle


def translated(error: psycopg.Error) -> Exception:
    """The named error for one of Postgres, or the same error if it has no name here."""
    diag = error.diag
    named = from_sqlstate(error.sqlstate)
    if named is not None:
        made = named(
            diag.message_primary or str(error),
            detail=diag.message_detail,
            hint=diag.message_hint,
        )
        if isinstance(made, InvalidValue):
            made.field = diag.column_name
        return made
    if isinstance(error, pg.CheckViolation) and diag.constraint_name:
        return InvalidValue(diag.constraint_name)
    if isinstance(error, pg.NotNullViolation) and diag.schema_name == "pgsched":
        return InvalidValue(f"{diag.column_name} must not be null")
    if isinstance(error, pg.UntranslatableCharacter):
        return InvalidValue("JSON must not contain NUL (\\u0000)", detail=diag.message_detail)
    return error
