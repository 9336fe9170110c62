"""The SQL of `pgsched demo --events`: a schema `shop` of its own, and what came of its orders."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from . import shop
from .store import Connection, require_ours

WATCH = f"SELECT pgsched.watch('shop.orders', 'insert', type => '{shop.CREATED}')"

# No unique keys in invoice and beat: what happened twice shall show in the check.
_TABLES = """\
drop schema if exists shop cascade;
create schema shop;
comment on schema shop is 'pgsched demo: dropped and made anew each time it runs';
create table shop.orders (id integer primary key, total integer not null,
  at timestamptz not null default clock_timestamp());
create table shop.invoice (order_id integer not null, job_id bigint not null,
  at timestamptz not null default clock_timestamp());
create table shop.beat (nominal timestamptz not null, job_id bigint not null,
  at timestamptz not null default clock_timestamp());
"""


class Invoice(NamedTuple):
    """An invoice, and how long after its order it was written."""

    job_id: int
    after_ms: float


class Beat(NamedTuple):
    """A run of the schedule, and how long after its time."""

    nominal: datetime
    job_id: int
    after_ms: float


def make_tables(conn: Connection) -> datetime:
    """Make the schema anew, watch orders; returns the time, before which all is of other demos."""
    require_ours(conn, "shop")
    with conn.transaction():
        conn.execute("set local client_min_messages = warning")
        conn.execute(_TABLES)
        conn.execute(WATCH)
    return conn.execute("select clock_timestamp()").fetchall()[0][0]


def insert(conn: Connection, id: int, total: int) -> None:
    """One order, by a plain INSERT."""
    conn.execute("insert into shop.orders (id, total) values (%s, %s)", (id, total))


def invoice_of(conn: Connection, order: int) -> Invoice | None:
    """The invoice of an order, once it is written."""
    found = conn.execute(
        "select i.job_id, extract(epoch from i.at - o.at)::float8 * 1000"
        " from shop.invoice as i join shop.orders as o on o.id = i.order_id where o.id = %s",
        (order,),
    ).fetchone()
    return found and Invoice(*found)


def beats(conn: Connection) -> list[Beat]:
    """Runs of the schedule, in order."""
    found = conn.execute(
        "select b.nominal, b.job_id, extract(epoch from b.at - b.nominal)::float8 * 1000"
        " from shop.beat as b order by b.nominal, b.at"
    )
    return [Beat(*row) for row in found.fetchall()]


def fired(conn: Connection, since: datetime) -> list[datetime]:
    """The slots of the schedule that fired since then, in order."""
    found = conn.execute(
        "select s.nominal from pgsched.slot as s where s.schedule = 'demo-beat'"
        " and s.outcome = 'fired' and s.at >= %s order by s.nominal",
        (since,),
    )
    return [nominal for (nominal,) in found.fetchall()]


def counts(conn: Connection, since: datetime) -> dict[str, int]:
    """How many orders, events of them, invoices, and orders that have one."""
    row = conn.execute(
        "select (select count(*) from shop.orders), (select count(*) from pgsched.event as e"
        " where e.id >= pgsched.id_at(%s) and e.type = %s),"
        " count(*), count(distinct i.order_id) from shop.invoice as i",
        (since, shop.CREATED),
    ).fetchone()
    return dict(zip(("orders", "events", "invoices", "invoiced"), row or (), strict=True))


def cancel_rest(conn: Connection, since: datetime) -> None:
    """Leave nothing behind that would still run."""
    conn.execute(
        "select pgsched.cancel(j.id) from pgsched.job as j where j.id >= pgsched.id_at(%s)"
        " and j.task like 'demo-%%' and j.state in ('ready', 'scheduled', 'blocked', 'running')",
        (since,),
    )
