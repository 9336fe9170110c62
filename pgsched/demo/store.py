"""The demo's SQL: a schema `demo` of its own, and questions to pgsched's public views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import psycopg

from pgsched.errors import PgschedError

from .library import Measured, Totals, fail_first

Connection = psycopg.Connection[Any]
QUEUE = "demo"
CONCURRENCY = 4
"""Files at once in each child: threads, so that reading overlaps with tokenizing."""

ENQUEUE = """\
INSERT INTO pgsched.job (task, queue, args)
SELECT 'measure_file', 'demo', jsonb_build_object(
         'path', s.path, 'fail_first', s.fail_first)
  FROM demo.source AS s
"""

# No unique key on path: a job whose effects happened twice shall show in the check.
_TABLES = """\
drop schema if exists demo cascade;
create schema demo;
comment on schema demo is 'pgsched demo: dropped and made anew each time it runs';
create table demo.source (path text primary key, fail_first integer not null);
create table demo.file (job_id bigint not null, attempt integer not null, path text not null, bytes bigint not null,
  lines bigint not null, tokens bigint, problem text, sha256 text not null);
comment on column demo.file.tokens is 'NULL if the file does not tokenize: problem says why.';
"""  # noqa: E501


def make_tables(conn: Connection, paths: Sequence[str]) -> None:
    """Make the schema anew, with a row for each file. Refuses a schema `demo` that is not ours."""
    require_ours(conn, "demo")
    with conn.transaction(), conn.cursor() as cursor:
        cursor.execute("set local client_min_messages = warning")
        cursor.execute(_TABLES)
        rows = [(path, fail_first(path)) for path in paths]
        cursor.executemany("insert into demo.source values (%s, %s)", rows)


def require_ours(conn: Connection, name: str) -> None:
    """Refuse to go on where the database has a schema of this name that no demo has made."""
    [(mark,)] = conn.execute(
        "select coalesce(obj_description(to_regnamespace(%(name)s)::oid, 'pg_namespace'),"
        " case when to_regnamespace(%(name)s) is null then 'pgsched demo' else '' end)",
        {"name": name},
    ).fetchall()
    if not mark.startswith("pgsched demo"):
        raise PgschedError(
            f"the database has a schema `{name}` that the demo did not make",
            hint="name another database in PGSCHED_DSN, or none",
        )


def enqueue(conn: Connection) -> list[int]:
    """One job for each file, by one plain INSERT; returns their ids."""
    return [id for (id,) in conn.execute(ENQUEUE + "RETURNING id").fetchall()]


def keep(conn: Connection, job_id: int, attempt: int, path: str, found: Measured) -> None:
    """Store the row of one file, in the transaction of *conn*."""
    conn.execute(
        "insert into demo.file (job_id, attempt, path, bytes, lines, tokens, problem, sha256)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (job_id, attempt, path, *astuple(found)),
    )


def states(conn: Connection, ids: list[int]) -> dict[str, int]:
    """How many of these jobs are in which state."""
    rows = conn.execute(
        "select state::text, count(*) from pgsched.job where id = any(%s) group by state", (ids,)
    )
    return dict(rows.fetchall())


def cancel_rest(conn: Connection, ids: list[int]) -> None:
    """Leave nothing behind that would still run: for a demo that ends early."""
    conn.execute(
        "select pgsched.cancel(id) from pgsched.job where id = any(%s)"
        " and state in ('ready', 'scheduled', 'blocked', 'running')",
        (ids,),
    )


def totals(conn: Connection, ids: list[int]) -> Totals:
    """What is stored, added up by Postgres."""
    row = conn.execute(
        "select count(*), coalesce(sum(lines), 0)::bigint, coalesce(sum(bytes), 0)::bigint,"
        " encode(sha256(convert_to(coalesce(string_agg(sha256 || '  ' || path || E'\\n', ''"
        " order by path collate \"C\"), ''), 'UTF8')), 'hex') from demo.file"
        " where job_id = any(%s)",
        (ids,),
    ).fetchone()
    return Totals(*(row or ()))


def outcomes(conn: Connection, ids: list[int]) -> dict[str, int]:
    """Beyond the totals: files stored twice, jobs that recovered, tokens, files without."""
    row = conn.execute(
        "select count(*) - count(distinct path), count(*) filter (where attempt > 1),"
        " coalesce(sum(tokens), 0)::bigint, count(*) filter (where tokens is null)"
        " from demo.file where job_id = any(%s)",
        (ids,),
    ).fetchone()
    return dict(zip(("twice", "recovered", "tokens", "broken"), row or (), strict=True))


def durations(conn: Connection, ids: list[int]) -> dict[str, tuple[float, float, float]]:
    """Milliseconds p50, p95 and most: `wait` until the first run began, `run` until it ended."""
    rows = conn.execute(
        "with r as (select extract(epoch from r.started_at - j.due_at) * 1000 as wait,"
        "   extract(epoch from r.finished_at - r.started_at) * 1000 as run, r.attempt, r.outcome"
        "   from pgsched.run as r join pgsched.job as j on j.id = r.job_id where j.id = any(%s))"
        " select 'wait', percentile_cont(array[0.5, 0.95, 1]) within group (order by wait) from r"
        " where attempt = 1 union all"
        " select 'run', percentile_cont(array[0.5, 0.95, 1]) within group (order by run) from r"
        " where outcome = 'succeeded'",
        (ids,),
    )
    return {name: (values[0], values[1], values[2]) for name, values in rows if values}


def span_s(conn: Connection, ids: list[int]) -> float:
    """Seconds from the first claim to the last outcome."""
    row = conn.execute(
        "select extract(epoch from max(finished_at) - min(started_at))::float8 from pgsched.run"
        " where job_id = any(%s)",
        (ids,),
    ).fetchone()
    return (row and row[0]) or 0.0


def dead(conn: Connection, ids: list[int]) -> list[tuple[str, int, str]]:
    """Path, attempts and last error of each job that ended dead."""
    return conn.execute(
        "select args ->> 'path', attempt, error from pgsched.dead_letters where id = any(%s)"
        " order by 1",
        (ids,),
    ).fetchall()
