"""Minutes of steady load while retention drops what is old: does anything grow?"""

from __future__ import annotations

import contextlib
import itertools
import statistics
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import LiteralString

import psycopg

from bench.measure import BenchError, Figure, Line, Sample, Scenario, Systems, figure
from bench.peer import named
from bench.running import running
from bench.server import Connection
from bench.waits import waits
from bench.work import Bench

_PROCESSES, _PER_S, _BATCH = 2, 5000, 100
_MIB = 2.0**20
_HOT = ["_ready", "_claim", "_blocked", "_ended", "_lane", "_idle", "_cancel", "_worker", "_upkeep"]
_SIZES: LiteralString = """\
select sum(pg_table_size(c.oid)) filter (where c.relname = any(%(hot)s)),
       sum(pg_indexes_size(c.oid)) filter (where c.relname = any(%(hot)s)),
       sum(pg_total_relation_size(c.oid)),
       sum(pg_stat_get_dead_tuples(c.oid)) filter (where c.relname = any(%(hot)s))
  from pg_class as c where c.relnamespace = 'pgsched'::regnamespace and c.relkind = 'r'
"""
_TODAY: LiteralString = """\
select p.name, p.lo, p.hi from pgsched._partitions(%s) as p
 where p.hi > pgsched.id_at(%s) and p.lo < pgsched.id_at(%s) order by p.lo
"""
# The shortest retention is a day and an hour: the step is told that it is that much later, less
# what is to be kept. Nothing else sees that clock, and ids are made by the real one.
_RETENTION: LiteralString = """\
select s.done, s.mark, s.next_at <= x.now
  from (select pgsched.clock() + interval '1 day 1 hour' - make_interval(secs => %s) as now) as x
 cross join lateral pgsched._step_retention(x.now, %s, 0) as s
"""


@dataclass(frozen=True, slots=True)
class _Size:
    """Seconds: of warming up, measured, from look to look, of a partition, of what is kept."""

    warm_up_s: float
    run_s: float
    look_s: float
    slot_s: int
    keep_s: int


_FULL, _QUICK = _Size(20, 90, 1, 5, 10), _Size(8, 6, 0.5, 1, 2)


@dataclass(slots=True)
class _Retention:
    """Drops what is older than *keep_s*, by the step that upkeep() calls."""

    keep_s: int
    mark: int = 0
    dropped: int = 0
    gave_up: int = 0

    def step(self, conn: Connection) -> None:
        """All that is due; a lock that is not to be had within 50 ms is for the next time."""
        more = True
        try:
            while more:
                values = (self.keep_s, self.mark)
                [(done, self.mark, more)] = conn.execute(_RETENTION, values).fetchall()
                self.dropped += done.startswith("dropped")
        except psycopg.errors.LockNotAvailable:
            self.gave_up += 1


@dataclass(slots=True)
class _Sizes:
    """Courses over the seconds: MiB of tables, and dead rows."""

    hot_mib: list[list[float]] = field(default_factory=list[list[float]])
    hot_index_mib: list[list[float]] = field(default_factory=list[list[float]])
    whole_mib: list[list[float]] = field(default_factory=list[list[float]])
    dead_rows: list[list[float]] = field(default_factory=list[list[float]])

    def look(self, conn: Connection, at: float) -> None:
        [(table, index, whole, dead)] = conn.execute(_SIZES, {"hot": _HOT}).fetchall()
        self.hot_mib.append([at, float(table + index) / _MIB])
        self.hot_index_mib.append([at, float(index) / _MIB])
        self.whole_mib.append([at, float(whole) / _MIB])
        self.dead_rows.append([at, float(dead)])


def _soak(bench: Bench) -> Sample:
    """
    Steady load on workers with all their upkeep, and retention beside it once a look.

    `hot_growth` and `whole_growth`: medians of the last third to those of the first.
    """
    size = _QUICK if bench.quick else _FULL
    keeper, sizes = _Retention(size.keep_s), _Sizes()
    seconds = size.warm_up_s + size.run_s
    with running(named("pgsched"), bench.server) as measured, measured.connect() as conn:
        conn.execute("update pgsched._setting set value = 1 where name = 'retention_days'")
        _make_slots(conn, seconds + 60, size.slot_s)
        client = measured.client()
        with measured.workers(_PROCESSES) as workers:
            client.order("many", first=1, jobs=_BATCH, batch=_BATCH)
            measured.wait(workers, _BATCH, timeout_s=60)
            client.send("pace", first=_BATCH + 1, per_s=_PER_S, seconds=seconds, batch=_BATCH)
            _watch(conn, size, keeper, sizes)
            told = client.answer()
            jobs = len(told["times"]) * _BATCH
            measured.wait(workers, _BATCH + jobs, timeout_s=60)
        due = dict[int, float](told["times"])
        started = waits(measured, due)
    if not keeper.dropped:
        raise BenchError("retention dropped nothing")
    return {
        "hot_mib": sizes.hot_mib,
        "hot_index_mib": sizes.hot_index_mib,
        "whole_mib": sizes.whole_mib,
        "dead_rows": sizes.dead_rows,
        "hot_growth": _growth(sizes.hot_mib),
        "whole_growth": _growth(sizes.whole_mib),
        "dropped": keeper.dropped,
        "gave_up": keeper.gave_up,
        "jobs_per_s": jobs / told["seconds"],
        **started,
    }


def _watch(conn: Connection, size: _Size, keeper: _Retention, sizes: _Sizes) -> None:
    """Retention and a look at the sizes again and again, until the load ends."""
    begun = time.monotonic()
    while (at := time.monotonic() - begun) < size.warm_up_s + size.run_s:
        keeper.step(conn)
        if at >= size.warm_up_s:
            sizes.look(conn, at - size.warm_up_s)
        time.sleep(size.look_s)


def _make_slots(conn: Connection, seconds: float, slot_s: int) -> None:
    """Partitions of *slot_s* seconds from now on, so that they grow old within minutes."""
    slots = "select g, pgsched.id_at(g) from generate_series(now(), now() + %s, %s) as g"
    values = (timedelta(seconds=seconds), timedelta(seconds=slot_s))
    begins = conn.execute(slots, values).fetchall()
    for parent in ("_job", "_run", "_log"):
        days = conn.execute(_TODAY, (parent, begins[0][0], begins[-1][0])).fetchall()
        for name, _, _ in days:
            conn.execute(f'drop table pgsched."{name}"'.encode())
        bounds = [days[0][1], *(lo for _, lo in begins), days[-1][2]]
        for number, (lo, hi) in enumerate(itertools.pairwise(bounds)):
            name = f"{parent}_slot_{number}"
            conn.execute("select pgsched._create(%s, %s)", (parent, name))
            conn.execute("select pgsched._attach(%s, %s, %s, %s)", (parent, name, lo, hi))


def _growth(course: list[list[float]]) -> float:
    values, third = [value for _, value in course], max(len(course) // 3, 1)
    return statistics.median(values[-third:]) / statistics.median(values[:third])


@contextlib.contextmanager
def _open(bench: Bench) -> Generator[Systems]:
    yield {"pgsched": partial(_soak, bench)}


SCENARIOS = (
    Scenario(
        "soak",
        f"{_PER_S:,} jobs a second for {_FULL.run_s:.0f} s (quick: {_QUICK.run_s:.0f}), partitions"
        f" of {_FULL.slot_s} s, dropped by retention {_FULL.keep_s} s after their end.",
        _open,
        (
            Line(
                "soak: size of the hot tables, last third to first",
                figure("hot_growth", "pgsched"),
                1.3,
                "less",
            ),
            Line(
                "soak: size of everything, last third to first", figure("whole_growth", "pgsched")
            ),
            Line("soak: p99 to the start", figure("p99_ms", "pgsched"), unit="ms"),
            Line("soak: the most to the start", figure("max_ms", "pgsched"), unit="ms"),
            Line("soak: partitions dropped", figure("dropped", "pgsched")),
            Line("soak: drops put off for a lock", figure("gave_up", "pgsched")),
        ),
        repeats=2,
        figures=(
            Figure("hot_mib", "soak: hot tables with their indexes", "MiB", "less"),
            Figure("hot_index_mib", "soak: indexes of the hot tables", "MiB", "less"),
            Figure("dead_rows", "soak: dead rows in the hot tables", "rows", "less"),
            Figure("whole_mib", "soak: everything", "MiB", "less"),
        ),
    ),
)
