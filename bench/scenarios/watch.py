"""What it costs to watch a table: each row of an INSERT becomes an event, and that a job."""

from __future__ import annotations

import contextlib
import itertools
import statistics
from collections.abc import Generator, Iterator
from functools import partial
from typing import LiteralString

from bench.measure import BenchError, Line, Sample, Scenario, Systems, figure
from bench.server import Connection
from bench.taker import meter
from bench.work import Bench

_TABLES: LiteralString = """\
create schema shop;
create table shop.plain (id bigint primary key, status text, total numeric);
create table shop.watched (like shop.plain including all);
select pgsched.watch('shop.watched', 'insert', type => 'order.created');
select pgsched.subscribe('bench', 'order.created', 'noop', args => '{"i": "$.data.new.id"}',
                         queue => 'bench')
"""
_WATCHED: LiteralString = (
    "insert into shop.watched select g, 'new', g from generate_series(%s::int, %s::int) as g"
)
_PLAIN: LiteralString = (
    "insert into shop.plain select g, 'new', g from generate_series(%s::int, %s::int) as g"
)
_JOBS: LiteralString = """\
insert into pgsched.job (task, args, queue)
select 'noop', jsonb_build_object('i', g), 'bench' from generate_series(%s::int, %s::int) as g
"""
_COUNTS: LiteralString = """\
select (select count(*) from shop.watched), (select count(*) from pgsched._event),
       (select count(*) from pgsched._job)
"""
_ROWS, _TURNS, _TURNS_QUICK = 10_000, 10, 3


@contextlib.contextmanager
def _open(bench: Bench) -> Generator[Systems]:
    with bench.server.database() as database, database.connect() as conn:
        conn.execute(_TABLES)
        rows = bench.jobs(_ROWS, _ROWS)
        starts = itertools.count(1, rows)
        _turn(conn, next(starts), rows)  # plans, caches
        yield {"pgsched": partial(_turns, bench, conn, starts, rows)}


def _turns(bench: Bench, conn: Connection, starts: Iterator[int], rows: int) -> Sample:
    """Server microseconds a row, medians over the turns; and of the ratio within each."""
    count = _TURNS_QUICK if bench.quick else _TURNS
    turns = [_turn(conn, start, rows) for start in itertools.islice(starts, count)]
    [(watched, events, jobs)] = conn.execute(_COUNTS).fetchall()
    if not watched == events == jobs / 2:
        raise BenchError(f"{watched} rows: {events} events, {jobs} jobs, twice as many expected")
    return {
        "watched_us": statistics.median(watched for watched, _ in turns),
        "apart_us": statistics.median(apart for _, apart in turns),
        "ratio": statistics.median(watched / apart for watched, apart in turns),
    }


def _turn(conn: Connection, start: int, rows: int) -> tuple[float, float]:
    """The same rows into the watched table; into the plain one, and their jobs beside them."""
    between = (start, start + rows - 1)
    spent = meter(conn)
    conn.execute(_WATCHED, between)
    watched = spent()
    conn.execute(_PLAIN, between)
    conn.execute(_JOBS, between)
    return watched / rows * 1e6, (spent() - watched) / rows * 1e6


SCENARIOS = (
    Scenario(
        "watch",
        "INSERTs of 10,000 rows into a table that is watched, an event and a job for each; in turn"
        " with the bare INSERT and one of as many jobs.",
        _open,
        (
            Line(
                "10,000 rows of a watched table: to rows and jobs inserted apart",
                figure("ratio", "pgsched"), 3, "less",
            ),
            Line("a row of a watched table", figure("watched_us", "pgsched"), unit="us"),
        ),
    ),
)  # fmt: skip
