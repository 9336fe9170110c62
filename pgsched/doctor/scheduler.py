"""What of the scheduler itself may be in trouble: its schema, its tables, who works for it."""

from __future__ import annotations

from collections.abc import Callable

from .. import schema
from ..errors import PgschedError
from .check import Check, Connection, one


def schema_fits(conn: Connection) -> Check:
    """The schema is there, and is the one of this code; else no other check can look."""
    try:
        schema.check(conn)
    except PgschedError as error:
        return Check("schema", "fail", f"{error.code} {error.message}", str(error))
    if schema.plan(conn):
        return Check("schema", "warn", "functions of another release", "run `pgsched migrate`")
    return Check("schema", "ok", "as this code needs it")


def _dead_rows(conn: Connection) -> Check:
    name = "hot tables"
    row = one(
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
    row = one(
        conn,
        "select t.parent, coalesce(extract(epoch from pgsched.id_time(max(p.hi))"
        " - clock_timestamp()) / 86400, -1)::float8 as days,"
        " pgsched._setting('partition_days_ahead') as wanted"
        " from unnest(pgsched._parents()) as t (parent)"
        " left join lateral pgsched._partitions(t.parent) as p on true"
        " group by t.parent order by 2 limit 1",
    )
    days, few = row["days"], row["days"] < row["wanted"] / 2
    found = f"made for {days:.0f} days ahead" if days > 0 else f"{row['parent']} has none for now"
    advice = "start a worker, or call pgsched.upkeep() until it returns that nothing is left"
    if days <= 1:
        return Check(name, "fail", found, f"soon no job can be enqueued: {advice}")
    return Check(name, "warn" if few else "ok", found, advice if few else "")


def _workers(conn: Connection) -> Check:
    name = "workers"
    row = one(
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
    row = one(
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
    row = one(
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
    row = one(
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
    row = one(
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


CHECKS: tuple[Callable[[Connection], Check], ...] = (
    _dead_rows,
    _partitions,
    _upkeep,
    _workers,
    _schedules,
    _tasks,
    _watches,
)
"""They need a schema that fits."""
