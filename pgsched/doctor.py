"""
What may trouble a scheduler on this database: each check says what it found and what to do.

Checks only look: nothing is changed, but for one notification to itself.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg.rows import dict_row

from pgsched import db, schema
from pgsched.errors import PgschedError

SNAPSHOT_S = (300, 3600)
"""From how many seconds on a held snapshot is a warning, and a failure."""

PREPARED_S = 300
"""From how many seconds on a prepared transaction is a warning."""

Level = Literal["ok", "warn", "fail"]
Connection = psycopg.Connection[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found; `advice` says what to do, and is empty where nothing is to be done."""

    name: str
    level: Level
    found: str
    advice: str = ""


def examine(dsn: str) -> list[Check]:
    """Every check, in order. Raises psycopg.OperationalError if the database cannot be reached."""
    with db.connect(dsn, application_name="pgsched doctor") as conn:
        typed: Connection = conn
        typed.row_factory = dict_row
        checks = [check(typed) for check in _SERVER]
        found = _schema(typed)
        checks.insert(1, found)
        if found.level != "fail":
            checks += [check(typed) for check in _SCHEDULER]
        return checks


def _one(conn: Connection, query: str, params: list[Any] | None = None) -> dict[str, Any]:
    [row] = conn.execute(query.encode(), params, prepare=False).fetchall()
    return row


def _server_version(conn: Connection) -> Check:
    name = "server"
    version = _one(conn, "select current_setting('server_version') as v")["v"]
    if conn.info.server_version < schema.OLDEST_SERVER:
        return Check(name, "fail", f"Postgres {version}", "pgsched needs Postgres 15 or newer")
    return Check(name, "ok", f"Postgres {version}")


def _schema(conn: Connection) -> Check:
    try:
        schema.check(conn)
    except PgschedError as error:
        return Check("schema", "fail", f"{error.code} {error.message}", str(error))
    if schema.plan(conn):
        return Check("schema", "warn", "functions of another release", "run `pgsched migrate`")
    return Check("schema", "ok", "as this code needs it")


def _second(conn: Connection) -> psycopg.Connection[Any]:
    return psycopg.connect(conn.info.dsn, password=conn.info.password, autocommit=True)


def _pooler(conn: Connection) -> Check:
    """A transaction pooler lends one backend to another connection between two transactions."""
    name, query = "pooler", "select pg_backend_pid() as pid"
    before = _one(conn, query)["pid"]
    with _second(conn) as other, other.transaction():
        [(lent,)] = other.execute(query.encode()).fetchall()
        after = _one(conn, query)["pid"]
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
    row = _one(
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
        there = _one(conn, "select extract(epoch from clock_timestamp())::float8 as t")["t"]
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
    row = _one(
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
    slots = _one(
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
    row = _one(
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
    level = _one(conn, "select current_setting('default_transaction_isolation') as l")["l"]
    if level != "read committed":
        return Check(
            name, "warn", f"default_transaction_isolation is {level}",
            "pgsched's own processes say what they need; your calls of cancel(), redrive() and the"
            " like must begin with: begin isolation level read committed",
        )  # fmt: skip
    return Check(name, "ok", level)


def _autovacuum(conn: Connection) -> Check:
    name = "autovacuum"
    row = _one(
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


def _dead_rows(conn: Connection) -> Check:
    name = "hot tables"
    row = _one(
        conn,
        "select s.relname::text as relname, s.n_dead_tup as dead, s.n_live_tup as live,"
        " pg_relation_size(s.relid) as bytes from pg_stat_user_tables as s"
        " where s.schemaname = 'pgsched' and s.relname in ('_ready', '_claim', '_blocked')"
        " order by s.n_dead_tup desc limit 1",
    )
    found = f"{row['relname']} has {row['dead']} dead rows beside {row['live']}"
    if row["dead"] > 200_000 and row["dead"] > row["live"]:
        return Check(
            name, "warn", found,
            f"is a worker running (they vacuum)? Is there a long transaction? Else:"
            f" vacuum pgsched.{row['relname']}",
        )  # fmt: skip
    return Check(name, "ok", found)


def _partitions(conn: Connection) -> Check:
    name = "partitions"
    row = _one(
        conn,
        "select t.parent, coalesce(extract(epoch from pgsched.id_time(max(p.hi))"
        " - clock_timestamp()) / 86400, -1)::float8 as days"
        " from unnest(pgsched._parents()) as t (parent)"
        " left join lateral pgsched._partitions(t.parent) as p on true"
        " group by t.parent order by 2 limit 1",
    )
    days = row["days"]
    found = f"made for {days:.0f} days ahead" if days > 0 else f"{row['parent']} has none for now"
    advice = "start a worker, or call pgsched.upkeep() until it returns that nothing is left"
    if days <= 1:
        return Check(name, "fail", found, f"soon no job can be enqueued: {advice}")
    return Check(name, "warn" if days < 30 else "ok", found, advice if days < 30 else "")


def _workers(conn: Connection) -> Check:
    name = "workers"
    row = _one(
        conn,
        "select count(*) filter (where w.live and w.role = 'child') as live,"
        " count(*) filter (where not w.live) as dead from pgsched.stat_worker as w",
    )
    if row["dead"]:
        return Check(
            name, "warn", f"{row['live']} live; {row['dead']} whose lease is over",
            "a live worker forgets them and gives their jobs back: start one, if none runs",
        )  # fmt: skip
    if not row["live"]:
        return Check(name, "warn", "none is live", "start one: pgsched worker --app MODULE")
    return Check(name, "ok", f"{row['live']} live")


def _upkeep(conn: Connection) -> Check:
    name = "upkeep"
    row = _one(
        conn,
        "select bool_or(u.done_at is null) as never,"
        " max(extract(epoch from clock_timestamp() - u.next_at))"
        " filter (where u.next_at > '-infinity')::float8 as late_s,"
        " string_agg(u.step || ': ' || u.error, '; ' order by u.step) as errors"
        " from pgsched._upkeep as u",
    )
    if row["errors"]:
        return Check(name, "fail", row["errors"], "it tries again by itself; see its message")
    if row["never"] or row["late_s"] > 600:
        late = "a step was never done" if row["never"] else f"{row['late_s']:.0f} s late"
        return Check(
            name, "warn", late, "start a worker, or let cron call: select pgsched.upkeep()"
        )
    return Check(name, "ok", "every step was done when it was due")


def _schedules(conn: Connection) -> Check:
    name = "schedules"
    row = _one(
        conn,
        "select count(*) as n, count(*) filter (where s.problem is not null) as bad,"
        " string_agg(s.name || ': ' || s.problem, '; ' order by s.name)"
        " filter (where s.nth <= 3 and s.problem is not null) as first"
        " from (select s.name, s.problem,"
        " row_number() over (partition by s.problem is null order by s.name) as nth"
        " from pgsched.schedule as s) as s",
    )
    if row["bad"]:
        return Check(
            name, "warn", f"{row['bad']} of {row['n']} have a problem: {row['first']}",
            "pgsched schedule change NAME mends a rule; pgsched schedule list names them all",
        )  # fmt: skip
    return Check(name, "ok", f"{row['n']}, none with a problem")


def _tasks(conn: Connection) -> Check:
    """Schedules and subscriptions that go on making jobs which no live worker runs."""
    name = "tasks"
    row = _one(
        conn,
        "with known as (select distinct unnest(w.tasks) as task from pgsched.stat_worker as w"
        " where w.live and w.role = 'child')"
        " select count(*) as n, string_agg(format('%s (%s)', m.maker, m.task), ', ' order by m.nth)"
        " filter (where m.nth <= 3) as first"
        " from (select o.*, row_number() over (order by o.maker) as nth"
        " from (select 'schedule ' || s.name, s.task from pgsched.schedule as s where not s.paused"
        " union all select 'subscription ' || s.name, s.task from pgsched.subscription as s"
        " where s.enabled) as o (maker, task)"
        " where not exists (select from known as k where k.task = o.task)) as m"
        " where exists (select from pgsched.stat_worker as w where w.live and w.role = 'child')",
    )
    if row["n"]:
        return Check(
            name, "warn", f"{row['n']} make jobs that no live worker knows: {row['first']}",
            "was the task removed or renamed? Then: pgsched schedule remove NAME, or pgsched"
            " subscription remove NAME; else start a worker that has it",
        )  # fmt: skip
    return Check(name, "ok", "live workers know what schedules and subscriptions ask for")


def _watches(conn: Connection) -> Check:
    """Tables whose columns changed since watch(), and functions whose table is gone."""
    name = "watches"
    row = _one(
        conn,
        "select (select string_agg(distinct format('%s (%s)', w.relation, w.type), ', ')"
        " from pgsched._watches() as w where not w.fits) as changed,"
        " (select string_agg(w.routine::text, ', ') from pgsched._unused_watches() as w) as unused",
    )
    if row["changed"]:
        return Check(
            name, "warn", f"columns have changed since watch(): {row['changed']}",
            "events of a renamed column come more slowly, and none of a condition that works no"
            " more: call pgsched.watch() again",
        )  # fmt: skip
    if row["unused"]:
        return Check(
            name, "warn", f"functions without their table: {row['unused']}",
            "upkeep drops within the hour those that it may; else, as their owner: drop function",
        )  # fmt: skip
    return Check(name, "ok", "watched tables have the columns that they had")


_SERVER: tuple[Callable[[Connection], Check], ...] = (
    _server_version,
    _pooler,
    _notify,
    _clock_skew,
    _long_transactions,
    _prepared,
    _isolation,
    _autovacuum,
)
_SCHEDULER: tuple[Callable[[Connection], Check], ...] = (
    _dead_rows,
    _partitions,
    _upkeep,
    _workers,
    _schedules,
    _tasks,
    _watches,
)
