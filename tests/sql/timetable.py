"""Schedules as these tests make, plan and tick them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb

from tests.sql.actors import Connection, one

UNTIL = timedelta(days=1)


def schedule(conn: Connection, name: str = "s", task: str = "t", **columns: Any) -> None:
    """Make one, by INSERT; without a rule, `every minute`."""
    if not {"cron", "rrule", "every", "at", "after", "business"} & set(columns):
        columns["every"] = "1 minute"
    given = {"name": name, "task": task, **columns}
    conn.execute(
        SQL("insert into pgsched.schedule ({}) values ({})").format(
            SQL(", ").join(map(Identifier, given)), SQL(", ").join([SQL("%s")] * len(given))
        ),
        [Jsonb(v) if isinstance(v, dict | list) else v for v in given.values()],
    )


def change(conn: Connection, name: str = "s", **columns: Any) -> None:
    """By UPDATE."""
    sets = SQL(", ").join(SQL("{} = %s").format(Identifier(column)) for column in columns)
    conn.execute(
        SQL("update pgsched.schedule set {} where name = %s").format(sets),
        [*columns.values(), name],
    )


def plan_no(conn: Connection, name: str = "s") -> int:
    return one(conn, "select s.plan_no from pgsched._schedule as s where s.name = %s", name)


def plan(
    conn: Connection,
    *nominals: datetime,
    name: str = "s",
    no: int | None = None,
    skipped: bool = False,
    notes: list[dict[str, str]] | None = None,
) -> int:
    """As a planner brings it: slots due at their nominal times; how many were new."""
    n = len(nominals)
    return one(
        conn,
        "select pgsched.plan(%s::text[], %s::integer[], %s::timestamptz[], '{NULL}',"
        " %s::text[], %s::timestamptz[], %s::timestamptz[], %s::boolean[], %s::jsonb[])",
        [name],
        [plan_no(conn, name) if no is None else no],
        [max(nominals) + UNTIL if nominals else None],
        [name] * n,
        list(nominals),
        list(nominals),
        [skipped] * n,
        [Jsonb(notes or [])] * n,
    )


def tick(conn: Connection, limit: int = 1000) -> int:
    """How many slots were decided."""
    return one(conn, "select t.decided from pgsched.tick(%s) as t", limit)


def slots(conn: Connection, name: str = "s") -> list[tuple[str, str | None]]:
    """Outcome and reason of its decided slots, in order."""
    return conn.execute(
        "select d.outcome, d.reason from pgsched._slot as d where d.schedule = %s"
        " order by d.nominal",
        (name,),
    ).fetchall()


def planned(conn: Connection, name: str = "s") -> list[datetime]:
    found = conn.execute(
        "select p.nominal from pgsched._plan as p where p.schedule = %s order by 1", (name,)
    )
    return [nominal for (nominal,) in found.fetchall()]


def jobs(conn: Connection) -> list[int]:
    """All jobs, in the order they were made."""
    return [id for (id,) in conn.execute("select j.id from pgsched.job as j order by 1").fetchall()]
