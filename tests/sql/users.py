"""Users who log in, for tests; a token is any bytes, which are hashed as the real ones are."""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg
from psycopg.rows import dict_row

Connection = psycopg.Connection[Any]
Row = dict[str, Any]


def sha(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()


def create(conn: Connection, name: str, **columns: Any) -> int:
    """create_user() by names of its parameters: the user's id."""
    more = "".join(f", {column} => %s" for column in columns)
    row = _row(conn, f"select pgsched.create_user(%s{more}) as id", name, *columns.values())
    assert row
    return row["id"]


def user(conn: Connection, name: str) -> Row:
    """Its row of the view."""
    row = _row(conn, "select * from pgsched.user where name = %s", name)
    assert row
    return row


def begin(conn: Connection, name: str, address: str | None = "192.0.2.1") -> Row:
    row = _row(conn, "select * from pgsched._log_in_begin(%s, %s)", name, address)
    assert row
    return row


def end(conn: Connection, begun: Row, token: bytes) -> Row | None:
    query = "select * from pgsched._log_in_end(%s, %s, %s)"
    return _row(conn, query, begun["attempt"], begun["version"], sha(token))


def log_in(conn: Connection, name: str, *, token: bytes) -> Row | None:
    """With the right password: the row of _log_in_end(); None for who may not."""
    begun = begin(conn, name)
    return None if begun["user_id"] is None else end(conn, begun, token)


def refresh(conn: Connection, token: bytes, new: bytes, request: bytes | None = None) -> Row | None:
    sealed = request and f"sealed {new.decode()}"
    query = "select * from pgsched._refresh(%s, %s, %s, %s)"
    return _row(conn, query, sha(token), sha(new), request, sealed)


def make_key(conn: Connection, owner: str, key: bytes, scopes: list[str], **more: Any) -> int:
    """make_api_key(): the key's id."""
    names = "".join(f", {name} => %s" for name in more)
    row = _row(
        conn,
        f"select pgsched.make_api_key(%s, 'k', %s, 'pgs_abc', %s{names}) as id",
        owner,
        sha(key),
        scopes,
        *more.values(),
    )
    assert row
    return row["id"]


def principal_of_key(conn: Connection, key: bytes) -> Row:
    row = _row(conn, "select * from pgsched._principal_of_key(%s)", sha(key))
    assert row
    return row


def _row(conn: Connection, query: str, *values: Any) -> Row | None:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, values).fetchone()
