"""What of a server may trouble a scheduler on it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import psycopg

from .. import schema
from .check import Check, Connection, Level, one

SNAPSHOT_S = (300, 3600)
"""From how many seconds on a held snapshot is a warning, and a failure."""

PREPARED_S = 300
"""From how many seconds on a prepared transaction is a warning."""


def _server_version(conn: Connection) -> Check:
    name = "server"
    version = one(conn, "select current_setting('server_version') as v")["v"]
    if conn.info.server_version < schema.OLDEST_SERVER:
        return Check(name, "fail", f"Postgres {version}", "pgsched needs Postgres 15 or newer")
    return Check(name, "ok", f"Postgres {version}")


def _second(conn: Connection) -> psycopg.Connection[Any]:
    return psycopg.connect(conn.info.dsn, password=conn.info.password, autocommit=True)


def _pooler(conn: Connection) -> Check:
    """A transaction pooler lends one backend to another connection between two transactions."""
    name, query = "pooler", "select pg_backend_pid() as pid"
    before = one(conn, query)["pid"]
    with _second(conn) as other, other.transaction():
        [(lent,)] = other.execute(query.encode()).fetchall()
        after = one(conn, query)["pid"]
    if before != after or before == lent:
        return Check(
            name,
            "warn",
            "a transaction pooler is in between",
            "workers find out and poll more often; for latency, let PGSCHED_DSN of workers name"
            " Postgres itself or a pool in session mode",
        )
    kind = "none" if conn.info.backend_pid == before else "one in session mode"
    return Check(name, "ok", f"{kind}: a connection keeps its backend")


def _notify(conn: Connection) -> Check:
    name = "notify"
    row = one(
        conn,
        "select pg_notification_queue_usage() as usage,"
        " coalesce(current_setting('pgsched.notify', true), '') as setting",
    )
    if row["usage"] >= 0.5:
        return Check(
            name,
            "fail",
            f"the notification queue is {row['usage']:.0%} full: pgsched sends none from half on",
            "a session listens but is idle in a transaction: end it (see long transactions)",
        )
    if row["setting"] == "off":
        return Check(
            name,
            "warn",
            "pgsched.notify is off: workers learn of jobs by polling",
            "right for two-phase commit; else: alter database ... reset pgsched.notify",
        )
    with _second(conn) as listener:
        channel = f"pgsched_doctor_{uuid.uuid4().hex}"
        listener.execute(f"listen {channel}".encode())
        conn.execute("select pg_notify(%s, '')", [channel])
        arrived = list(listener.notifies(timeout=3, stop_after=1))
    if not arrived:
        return Check(
            name,
            "warn",
            "a notification did not arrive within 3 s",
            "a pooler swallows them: workers poll instead, with a latency of --poll",
        )
    return Check(name, "ok", f"arrives; its queue is {row['usage']:.0%} full")


def _clock_skew(conn: Connection) -> Check:
    name = "clocks"
    skews: list[tuple[float, float]] = []
    for _ in range(3):  # the fastest trip says it best
        before = time.time()
        there = one(conn, "select extract(epoch from clock_timestamp())::float8 as t")["t"]
        after = time.time()
        skews.append((after - before, there - (before + after) / 2))
    trip, skew = min(skews)
    found = f"this machine differs by {abs(skew):.2f} s (+-{trip / 2:.2f} s)"
    if abs(skew) - trip > 2:
        return Check(
            name, "warn", found,
            "only the database's clock decides, but logs will be hard to compare: run NTP",
        )  # fmt: skip
    return Check(name, "ok", found)


def _long_transactions(conn: Connection) -> Check:
    name = "long transactions"
    row = one(
        conn,
        "select coalesce(max(extract(epoch from clock_timestamp() - a.xact_start)), 0)::float8"
        " as s, (array_agg(a.pid order by a.xact_start))[1] as pid,"
        " (array_agg(coalesce(nullif(a.application_name, ''), a.backend_type)"
        " order by a.xact_start))[1] as app"
        " from pg_stat_activity as a"
        " where a.pid <> pg_backend_pid() and a.xact_start is not null"
        " and (a.backend_xmin is not null or a.backend_xid is not null)"
        " and a.backend_type <> 'autovacuum worker'",
    )
    slots = one(
        conn,
        "select count(*) as n from pg_replication_slots where not active"
        " and (xmin is not null or catalog_xmin is not null)",
    )["n"]
    if row["s"] > SNAPSHOT_S[0]:
        level: Level = "fail" if row["s"] > SNAPSHOT_S[1] else "warn"
        return Check(
            name, level, f"pid {row['pid']} ({row['app']}) holds a snapshot for {row['s']:.0f} s",
            f"vacuum cannot clean behind it, so claims slow down: select"
            f" pg_terminate_backend({row['pid']}), and set idle_in_transaction_session_timeout",
        )  # fmt: skip
    if slots:
        return Check(
            name, "warn", f"{slots} inactive replication slots hold back vacuum",
            "drop those that nobody uses: select pg_drop_replication_slot(slot_name)",
        )  # fmt: skip
    return Check(name, "ok", f"the oldest snapshot is {row['s']:.0f} s old")


def _prepared(conn: Connection) -> Check:
    name = "prepared"
    row = one(
        conn,
        "select count(*) as n, coalesce(extract(epoch from clock_timestamp() - min(p.prepared)), 0)"
        "::float8 as s, min(p.gid) as gid from pg_prepared_xacts as p"
        " where p.database = current_database()",
    )
    if row["n"] and row["s"] > PREPARED_S:
        return Check(
            name, "warn", f"{row['n']} prepared transactions, the oldest for {row['s']:.0f} s",
            f"they hold locks and snapshots: commit or rollback prepared {row['gid']!r}",
        )  # fmt: skip
    return Check(name, "ok", f"{row['n']} prepared transactions wait")


def _isolation(conn: Connection) -> Check:
    name = "isolation"
    level = one(conn, "select current_setting('default_transaction_isolation') as l")["l"]
    if level != "read committed":
        return Check(
            name, "warn", f"default_transaction_isolation is {level}",
            "pgsched's own processes say what they need; your calls of cancel(), redrive() and the"
            " like must begin with: begin isolation level read committed",
        )  # fmt: skip
    return Check(name, "ok", level)


def _autovacuum(conn: Connection) -> Check:
    name = "autovacuum"
    row = one(
        conn,
        "select current_setting('autovacuum')::bool as on_, current_setting('track_counts')::bool"
        " as counts",
    )
    if not (row["on_"] and row["counts"]):
        return Check(
            name, "fail", "off",
            "the tables that churn grow without end: alter system set autovacuum = on,"
            " track_counts = on; select pg_reload_conf()",
        )  # fmt: skip
    return Check(name, "ok", "on")


CHECKS: tuple[Callable[[Connection], Check], ...] = (
    _server_version,
    _pooler,
    _notify,
    _clock_skew,
    _long_transactions,
    _prepared,
    _isolation,
    _autovacuum,
)
