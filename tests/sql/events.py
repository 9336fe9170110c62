"""Telling of events and subscribing to them, for the tests of what comes of it."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from tests.sql.actors import Claimed, Worker, one

Connection = psycopg.Connection[Any]


def _call(conn: Connection, function: str, arguments: dict[str, Any]) -> Any:
    names = ", ".join(f"{name} => %s" for name in arguments)
    values = [Jsonb(v) if isinstance(v, dict) else v for v in arguments.values()]
    return one(conn, f"select pgsched.{function}({names})", *values)


def emit(conn: Connection, type: str = "order.created", **arguments: Any) -> int:
    """The event's id; the name of each argument is the keyword."""
    return _call(conn, "emit", {"type": type, **arguments})


def subscribe(
    conn: Connection,
    name: str = "s",
    event_type: str = "order.created",
    task: str = "t",
    **arguments: Any,
) -> int:
    """The subscription's version."""
    arguments = {"name": name, "event_type": event_type, "task": task, **arguments}
    return _call(conn, "subscribe", arguments)


def made(conn: Connection) -> list[tuple[str, Any]]:
    """Task and args of every job, in the order of their ids."""
    return conn.execute("select j.task, j.args from pgsched.job as j order by j.id").fetchall()


def args_made(conn: Connection) -> list[Any]:
    """Args of every job, in the order of their ids."""
    return [args for _, args in made(conn)]


def tasks_made(conn: Connection) -> list[str]:
    """Tasks of every job, sorted."""
    return sorted(task for task, _ in made(conn))


def problems(conn: Connection) -> list[str]:
    """What hindered subscriptions from making jobs, sorted."""
    found = conn.execute("select unnest(e.problems) from pgsched.event as e order by 1")
    return [problem for (problem,) in found.fetchall()]


def run_next(conn: Connection) -> Claimed:
    """Claim a job as a new worker, which goes on holding it."""
    return Worker(conn).claim_one()


def watch(
    conn: Connection,
    operations: str | None = "insert",
    type: str = "order.created",
    table: str | None = "shop.orders",
    **more: Any,
) -> None:
    """Watch a table, by default that of the fixture `shop`."""
    names = "".join(f", {name} => %s" for name in more)
    conn.execute(
        f"select pgsched.watch(%s::regclass, %s, %s{names})",
        (table, operations, type, *more.values()),
    )


def put(conn: Connection, *ids: int, **columns: Any) -> None:
    """A row in shop.orders for each id, each by an INSERT of its own."""
    for id in ids:
        row = {"id": id, **columns}
        names = ", ".join(row)
        values = ", ".join(["%s"] * len(row))
        conn.execute(f"insert into shop.orders ({names}) values ({values})", [*row.values()])


def seen(conn: Connection) -> list[Any]:
    """Type, subject and data of each event, in order."""
    return conn.execute(
        "select e.type, e.subject, e.data from pgsched.event as e order by e.id"
    ).fetchall()
