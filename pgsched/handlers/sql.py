"""sql.run: one statement, with the rights of a role that the worker allows."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import psycopg
from psycopg import generators, pq, sql

from ..context import Discard
from ..db import KEEPALIVE
from ..errors import InvalidValue
from ..jsontext import clean
from .offer import offer, require_range
from .permits import permits, words

# A statement may undo SET ROLE: by `reset role` in a DO block, or set_config() in a SELECT. So the
# role that logs in must be harmless itself, and able to become no role but the allowed.
_LOGIN = """
select r.rolsuper or r.rolcreaterole or r.rolreplication or r.rolbypassrls
       or coalesce((select pg_has_role(session_user, n.nspowner, 'member') from pg_catalog.pg_namespace as n
                     where n.nspname = 'pgsched'), false),
       (select coalesce(array_agg(o.rolname::text order by o.rolname), '{}') from pg_catalog.pg_roles as o
         where o.oid <> r.oid and pg_has_role(session_user, o.oid, 'member') and o.rolname <> all(%s))
  from pg_catalog.pg_roles as r where r.rolname = session_user
"""  # noqa: E501
# What exports a snapshot cannot be prepared: PREPARE TRANSACTION would leave its locks for ever.
_LIMITED = "select set_config('statement_timeout', %s, true), pg_export_snapshot()"
_BYTES_MAX = 524_288
# Syntax, rights, names; what Postgres does not do; what cannot run in a transaction.
_FINAL = ("42", "0A", "25001")
_BOOL, _NUMBERS, _JSON = 16, (20, 21, 23, 26, 700, 701), (114, 3802)


class Refused(Exception):
    """Postgres refused the statement; another attempt may do."""


@offer("sql.run", timeout_s=3600)
async def run(
    role: str,
    statement: str,
    params: list[Any] | None = None,
    timeout_s: float = 60,
    rows_max: int = 1000,
) -> dict[str, Any]:
    """
    Run one SQL statement in a transaction, as a role: columns, rows and row_count are the result.

    role: one of those that the worker allows. statement: one alone, with $1, $2 for params: texts,
    numbers, booleans, null; an object or array goes as JSON. timeout_s: 0.1..3600. rows_max: how
    many rows are kept, 0..10000, and 512 KiB of them: truncated says whether there were more.
    Numbers, booleans and JSON come as such, all else as text.
    """
    require_range("timeout_s", timeout_s, 0.1, 3600)
    require_range("rows_max", rows_max, 0, 10_000)
    allowed = words(permits().sql_roles)
    if role not in allowed:
        raise Discard(
            f"role {role!r} is not among those that this worker allows (PGSCHED_SQL_ROLES)"
        )
    options: dict[str, Any] = {
        "application_name": "pgsched sql.run",
        "client_encoding": "utf8",
        **KEEPALIVE,
    }
    async with await psycopg.AsyncConnection.connect(permits().sql_dsn, **options) as conn:
        await _require_harmless(conn, allowed)
        await conn.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
        limit = f"{int(timeout_s * 1000)}ms"
        await conn.execute(_LIMITED, [limit])
        try:
            async with conn.lock:
                answer = await conn.wait(_ask(conn.pgconn, statement, params or [], rows_max))
        except psycopg.Error as error:
            # Psycopg's exceptions of a class's codes are no subclasses of that class's own.
            final = (error.sqlstate or "").startswith(_FINAL)
            raise (Discard if final else Refused)(_told(error)) from None
    return answer


async def _require_harmless(conn: psycopg.AsyncConnection[Any], allowed: list[str]) -> None:
    """Raises InvalidValue for a login with rights of its own, so that the job waits for a mend."""
    [(mighty, others)] = await (await conn.execute(_LOGIN, [allowed])).fetchall()
    if mighty:
        raise InvalidValue(
            "the role of PGSCHED_SQL_DSN must not be mighty",
            detail="it is a superuser, may make roles, replicate or pass by row security, or is a"
            " member of the owner of schema pgsched",
        )
    if others:
        raise InvalidValue(
            "the role of PGSCHED_SQL_DSN must be a member of those of PGSCHED_SQL_ROLES alone",
            detail=f"it is one of {', '.join(others)}, too",
        )


def _told(error: psycopg.Error) -> str:
    place = error.diag.statement_position
    where = f" (at character {place})" if place else ""
    return clean(f"{error.sqlstate}: {error.diag.message_primary or error}{where}")


def _ask(
    conn: pq.abc.PGconn, statement: str, params: list[Any], rows_max: int
) -> Generator[Any, Any, dict[str, Any]]:
    """
    Run it by the extended protocol, which takes one statement alone, row by row, so that rows
    which are not kept take no memory.
    """
    conn.send_query_params(statement.encode(), [_sent(each) for each in params])
    conn.set_single_row_mode()
    yield from generators.send(conn)
    columns: list[str] = []
    rows: list[list[Any]] = []
    kept, count, said, error = 0, 0, None, None
    while (result := (yield from generators.fetch(conn))) is not None:
        said = result.command_status or said
        match result.status:
            case pq.ExecStatus.SINGLE_TUPLE:
                count += 1
                row = [result.get_value(0, n) for n in range(result.nfields)]
                size = sum(len(value) for value in row if value)
                if len(rows) < rows_max and kept + size <= _BYTES_MAX:
                    kept += size
                    rows.append([_read(value, result.ftype(n)) for n, value in enumerate(row)])
            case pq.ExecStatus.TUPLES_OK:
                names = [result.fname(n) or b"" for n in range(result.nfields)]
                columns = [name.decode("utf-8", "replace") for name in names]
            case pq.ExecStatus.COMMAND_OK:
                count = result.command_tuples or 0
            case pq.ExecStatus.FATAL_ERROR:
                error = psycopg.errors.error_from_result(result)
            case pq.ExecStatus.EMPTY_QUERY:
                raise Discard("the statement is empty")
            case _:
                raise Discard("COPY by the client is not possible here")
    if error is not None:
        raise error
    return {
        "status": (said or b"").decode(),
        "columns": columns,
        "rows": rows,
        "row_count": count,
        "truncated": bool(columns) and len(rows) < count,
    }


def _sent(value: Any) -> bytes | None:
    if value is None:
        return None
    return (value if isinstance(value, str) else json.dumps(value)).encode()


def _read(value: bytes | None, kind: int) -> Any:
    if value is None:
        return None
    text = value.decode("utf-8", "replace")
    if kind == _BOOL:
        return text == "t"
    if kind in _JSON or (kind in _NUMBERS and text.lstrip("-") not in ("NaN", "Infinity")):
        return json.loads(text)
    return text
