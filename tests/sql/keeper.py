"""Calling upkeep(), and jobs of other days, for the tests of what it keeps in shape."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg

from tests.sql.actors import Worker, one

Connection = psycopg.Connection[Any]

PARENTS = ("_job", "_run", "_log")


def upkeep(conn: Connection) -> tuple[str | None, str, bool]:
    """The one row: step, done, more."""
    [row] = conn.execute("select * from pgsched.upkeep()").fetchall()
    return row


def make_due(conn: Connection, *steps: str) -> None:
    """These steps are due, and no others."""
    conn.execute(
        "update pgsched._upkeep as u set next_at ="
        " case when u.step = any(%s) then '-infinity' else 'infinity' end::timestamptz",
        (list(steps),),
    )


def run_step(conn: Connection, step: str) -> str:
    """One call, for this step: what it did."""
    make_due(conn, step)
    found, done, _ = upkeep(conn)
    assert found == step
    return done


def run_out(conn: Connection, step: str) -> list[str]:
    """This step until it says that there is no more: what it did each time."""
    make_due(conn, step)
    done = []
    more = True
    while more:
        found, text, more = upkeep(conn)
        assert found == step
        done.append(text)
        assert len(done) < 500
    return done


def put_jobs(conn: Connection, day: datetime, n: int, task: str = "t") -> list[int]:
    """*n* jobs with ids of *day*, due at once."""
    found = conn.execute(
        "insert into pgsched._job"
        " (id, due_at, created_at, priority, max_attempts, queue, task, args)"
        " select pgsched.id_at(%s) + i, pgsched.clock(), %s, 0, 10, 'default', %s, '{}'"
        " from generate_series(1, %s) as i returning id",
        (day, day, task, n),
    )
    return sorted(job_id for (job_id,) in found.fetchall())


def partitions(conn: Connection, parent: str) -> list[tuple[str, datetime, datetime]]:
    """Name, first moment and end of each, in order."""
    return conn.execute(
        "select p.name, pgsched.id_time(p.lo), pgsched.id_time(p.hi)"
        " from pgsched._partitions(%s) as p order by p.lo",
        (parent,),
    ).fetchall()


def jobs_in(conn: Connection, table: str) -> set[int]:
    """The jobs that have a row in *table*."""
    key = "job_id" if table in ("_run", "_log") else "id"
    return {job_id for (job_id,) in conn.execute(f"select {key} from pgsched.{table}").fetchall()}


def set_setting(conn: Connection, name: str, value: int) -> None:
    conn.execute("update pgsched._setting set value = %s where name = %s", (value, name))


def finish_all(conn: Connection) -> list[int]:
    """Claim and finish all that is due; returns the ids."""
    worker = Worker(conn)
    jobs = worker.claim(10000)
    worker.finish_claims(*jobs)
    return [job.id for job in jobs]


def server_day(conn: Connection) -> datetime:
    """Midnight UTC of the server's day."""
    return one(conn, "select date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'")
