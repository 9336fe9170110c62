"""Schedules as these tests make, plan and tick them."""

from __future__ import annotations

from collections.abc import Sequence
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
        [*map(_adapted, given.values())],
    )


def change(conn: Connection, name: str = "s", **columns: Any) -> None:
    """By UPDATE."""
    sets = SQL(", ").join(SQL("{} = %s").format(Identifier(column)) for column in columns)
    conn.execute(
        SQL("update pgsched.schedule set {} where name = %s").format(sets),
        [*map(_adapted, columns.values()), name],
    )


def _adapted(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value


def plan_no(conn: Connection, name: str = "s") -> int:
    return one(conn, "select s.plan_no from pgsched._schedule as s where s.name = %s", name)


def plan(
    conn: Connection,
    *nominals: datetime,
    name: str = "s",
    no: int | None = None,
    dues: Sequence[datetime] | None = None,
    skipped: bool = False,
    notes: list[dict[str, str]] | None = None,
) -> int:
    """As a planner brings it: slots due at their nominal times, or `dues`; how many were new."""
    n = len(nominals)
    return one(
        conn,
        "select p.added from pgsched.plan(%s::text[], %s::bigint[], %s::timestamptz[],"
        " %s::timestamptz[], '{NULL}',"
        " %s::text[], %s::timestamptz[], %s::timestamptz[], %s::boolean[], %s::jsonb[]) as p",
        [name],
        [plan_no(conn, name) if no is None else no],
        [max(nominals) if nominals else None],
        [max(nominals) + UNTIL if nominals else "infinity"],
        [name] * n,
        list(nominals),
        list(nominals if dues is None else dues),
        [skipped] * n,
        [Jsonb(notes or [])] * n,
    )


def tick(conn: Connection, limit: int = 1000) -> int:
    """As a worker does: how many slots were decided, of all schedules together and of one apart."""
    decided, apart = conn.execute(
        "select t.decided, t.apart from pgsched.tick(%s) as t", (limit,)
    ).fetchall()[0]
    return decided + (tick_apart(conn) if apart else 0)


def tick_apart(conn: Connection, *, within_s: float = 5) -> int:
    """How many slots of one schedule were decided."""
    with conn.transaction():
        conn.execute("select set_config('statement_timeout', %s, true)", (f"{within_s}s",))
        return one(conn, "select pgsched.tick_apart()")


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
