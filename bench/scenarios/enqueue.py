"""INSERT into pgsched.job against a bare INSERT of the same facts into a table with one index."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Generator
from functools import partial
from typing import LiteralString

from bench.measure import Line, Sample, Scenario, Systems
from bench.server import Connection
from bench.taker import Taker
from bench.work import NOOPS, Bench, enqueue_noops

_BARE_TABLE = """\
create table public.bare (
  id bigint generated always as identity primary key, task text not null, queue text not null,
  priority integer not null, max_attempts integer, due_at timestamptz not null, args jsonb not null)
"""
_BARE: LiteralString = """\
insert into public.bare (task, queue, priority, max_attempts, due_at, args)
select 'noop', 'bench', 0, 10, clock_timestamp(), jsonb_build_object('i', g)
  from generate_series(1, %s) as g
"""
_ONE: LiteralString = (
    "insert into pgsched.job (task, queue, args) values ('noop', 'bench', '{\"i\": 1}')"
)
_BARE_ONE: LiteralString = (
    "insert into public.bare (task, queue, priority, due_at, args)"
    " values ('noop', 'bench', 0, clock_timestamp(), '{\"i\": 1}')"
)


def _bulk(conn: Connection, statements: int) -> Sample:
    """
    Turn by turn, a statement of 1,000 rows each: the median time of either.

    Turns this short share whatever disturbs the machine.
    """
    times: dict[str, list[float]] = {"pgsched": [], "bare": []}
    for _ in range(statements):
        for name, query in (("pgsched", NOOPS), ("bare", _BARE)):
            begun = time.perf_counter()
            conn.execute(query, (1000,))
            times[name].append(time.perf_counter() - begun)
    return {f"{name}_us_a_row": statistics.median(took) * 1e3 for name, took in times.items()}


def _single(conn: Connection, statements: int) -> Sample:
    """The same with one row a statement, each committed."""
    times: dict[str, list[float]] = {"pgsched": [], "bare": []}
    for _ in range(statements):
        for name, query in (("pgsched", _ONE), ("bare", _BARE_ONE)):
            begun = time.perf_counter()
            conn.execute(query)
            times[name].append(time.perf_counter() - begun)
    return {f"{name}_us": statistics.median(took) * 1e6 for name, took in times.items()}


@contextlib.contextmanager
def _open_enqueue(bench: Bench) -> Generator[Systems]:
    with bench.server.database() as database, database.connect() as conn:
        conn.prepare_threshold = 0
        conn.execute(_BARE_TABLE)
        bulk, single = bench.jobs(200_000, 50_000) // 1000, bench.jobs(2000, 500)
        yield {
            "bulk": partial(_bulk, conn, max(bulk, 1)),
            "single": partial(_single, conn, single),
        }


def _wal(bench: Bench) -> Sample:
    """Bytes of WAL a job: one INSERT a thousand, then claim and finish; no checkpoint within."""
    jobs = bench.jobs(100_000, 20_000)
    with (
        bench.server.database() as database,
        database.connect() as conn,
        Taker(database) as taker,
    ):
        start = bench.server.wal_bytes()
        enqueue_noops(conn, jobs, a_statement=1000)
        enqueued = bench.server.wal_bytes()
        taker.take(jobs)
        return {
            "enqueue_bytes": (enqueued - start) / jobs,
            "bytes": (bench.server.wal_bytes() - start) / jobs,
        }


@contextlib.contextmanager
def _open_wal(bench: Bench) -> Generator[Systems]:
    yield {"pgsched": partial(_wal, bench)}


SCENARIOS = (
    Scenario(
        "enqueue",
        "Time of a statement, turn by turn with a bare INSERT: 1,000 rows by INSERT..SELECT; one.",
        _open_enqueue,
        (
            Line(
                "enqueue 1,000 rows: speed of a bare INSERT",
                lambda each: each["bulk"]["bare_us_a_row"] / each["bulk"]["pgsched_us_a_row"],
                0.25,
            ),
            Line(
                "enqueue one row: speed of a bare INSERT",
                lambda each: each["single"]["bare_us"] / each["single"]["pgsched_us"],
            ),
        ),
    ),
    Scenario(
        "wal",
        "WAL of a no-op job, from its INSERT to its row in the history.",
        _open_wal,
        (
            Line(
                "WAL a job, enqueue to history",
                lambda each: each["pgsched"]["bytes"],
                900,
                "less",
                "B",
            ),
        ),
        repeats=2,
    ),
)
