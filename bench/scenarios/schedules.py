"""How late schedules fire, and what it takes to plan them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import LiteralString

from bench.measure import BenchError, Line, Sample, Scenario, Systems, figure
from bench.peer import named
from bench.process import Process
from bench.running import Running, running
from bench.server import Connection
from bench.waits import percentiles
from bench.work import Bench
from pgsched.worker.planner import plan_round

_EACH_SECOND: LiteralString = """\
insert into pgsched.schedule (name, task, queue, every)
select 's' || g, 'noop', 'bench', '1 second' from generate_series(1, %s) as g
"""
_MIXED: LiteralString = """\
insert into pgsched.schedule (name, task, queue, timezone, starts_at, cron, every, rrule, at)
select 's' || g, 'noop', 'bench', z.name,
       case when g %% 4 = 1 then d.due end,
       case when g %% 4 = 0 then to_char(d.due at time zone z.name, 'SS MI HH24 * * *') end,
       case when g %% 4 = 1 then '6 hours' end,
       case when g %% 4 = 2 then
         to_char(d.due at time zone z.name, '"DTSTART:"YYYYMMDD"T"HH24MISS')
         || e'\\nRRULE:FREQ=DAILY'
       end,
       case when g %% 4 = 3 then d.due end
  from (select %(due)s::timestamptz as due) as d, generate_series(1, %(count)s) as g
 cross join lateral (
   select (array['UTC', 'Europe/Berlin', 'America/New_York'])[1 + g %% 3] as name) as z
"""
_LATE_S: LiteralString = """\
select extract(epoch from r.started_at - s.nominal)::float8
  from pgsched.slot as s join pgsched.run as r on r.job_id = s.job_id
 where s.outcome = 'fired' and s.nominal >= %s and s.nominal < %s
"""
_UNPLANNED: LiteralString = "select count(*) from pgsched.schedule where next_at is null"
_PROBLEMS: LiteralString = (
    "select name || ': ' || problem from pgsched.schedule where problem is not null"
)
_SETTLE_S, _WAIT_S = 3, 60


def _steady(bench: Bench) -> Sample:
    """From when each slot was due to when the job that it made was claimed."""
    schedules, seconds = bench.jobs(1000, 1000), 3 if bench.quick else 15
    with _scheduled(bench, _EACH_SECOND, (schedules,)) as (_, conn, _):
        begun = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=_SETTLE_S)
        ends = begun + timedelta(seconds=seconds)
        time.sleep((ends + timedelta(seconds=_SETTLE_S) - datetime.now(UTC)).total_seconds())
        late = _late_s(conn, begun, ends, schedules * seconds)
    return percentiles(each * 1e3 for each in late)


def _at_once(bench: Bench) -> Sample:
    """Seconds from a moment at which all are due until the last job is claimed."""
    schedules = bench.jobs(10_000, 2_000)
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=8 if bench.quick else 30)
    params: dict[str, object] = {"due": due, "count": schedules}
    with _scheduled(bench, _MIXED, params) as (measured, conn, workers):
        _until(lambda: conn.execute(_UNPLANNED).fetchall() == [(0,)], "not all are planned")
        if datetime.now(UTC) > due - timedelta(seconds=1):
            raise BenchError("planning took until they were due")
        measured.wait(workers, schedules, timeout_s=_WAIT_S + 30)
        time.sleep(1)  # the last of them are to be acknowledged
        late = _late_s(conn, due, due + timedelta(seconds=1), schedules)
    return {"all_s": max(late)}


def _late_s(conn: Connection, begun: datetime, ends: datetime, slots: int) -> list[float]:
    """Of the slots between, of which there must be so many."""
    found = conn.execute(_LATE_S, (begun, ends)).fetchall()
    if len(found) != slots:
        raise BenchError(f"{len(found)} of {slots} slots fired and ran")
    return [late for (late,) in found]


def _plan(bench: Bench) -> Sample:
    """Seconds to plan so many by one process."""
    schedules = bench.jobs(100_000, 5_000)
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    with bench.server.database() as database, database.connect() as conn:
        conn.execute(_MIXED, {"due": due, "count": schedules})
        begun = time.perf_counter()
        while plan_round(conn):
            pass
        took = time.perf_counter() - begun
        _check(conn)
        if (left := conn.execute(_UNPLANNED).fetchall()) != [(0,)]:
            raise BenchError(f"{left} of {schedules} have no slot")
    return {"plan_s": took, "plan_us": took / schedules * 1e6}


@contextlib.contextmanager
def _scheduled(
    bench: Bench, query: LiteralString, params: tuple[int] | dict[str, object]
) -> Generator[tuple[Running, Connection, list[Process]]]:
    """One process at work, and then these schedules."""
    with (
        running(named("pgsched"), bench.server) as measured,
        measured.connect() as conn,
        measured.workers(1) as workers,
    ):
        _until(lambda: conn.execute("select from pgsched.stat_worker").rowcount > 0, "no worker")
        conn.execute(query, params)
        yield measured, conn, workers
        _check(conn)


def _check(conn: Connection) -> None:
    if problems := conn.execute(_PROBLEMS).fetchmany(3):
        raise BenchError(f"schedules with problems: {problems}")


def _until(done: Callable[[], bool], or_else: str) -> None:
    ends = time.monotonic() + _WAIT_S
    while not done():
        if time.monotonic() > ends:
            raise BenchError(or_else)
        time.sleep(0.05)


@contextlib.contextmanager
def _open(bench: Bench, measure: Callable[[Bench], Sample]) -> Generator[Systems]:
    yield {"pgsched": partial(measure, bench)}


SCENARIOS = (
    Scenario(
        "schedules-steady",
        "1,000 schedules that fire each second, one worker: from when they are due to the claim.",
        partial(_open, measure=_steady),
        (
            Line(
                "1,000 schedules a second: lateness p99",
                figure("p99_ms", "pgsched"), 100, "less", "ms",
            ),
            Line("1,000 schedules a second: lateness p50", figure("p50_ms", "pgsched"), unit="ms"),
        ),
        repeats=2,
    ),
    Scenario(
        "schedules-at-once",
        "10,000 schedules of four kinds (quick: 2,000), due in the same second, one worker.",
        partial(_open, measure=_at_once),
        (
            Line(
                "10,000 schedules due at once: all claimed",
                figure("all_s", "pgsched"), 2, "less", "s",
            ),
        ),
        repeats=2,
    ),
    Scenario(
        "schedules-plan",
        "Planning the next slots of 100,000 schedules of four kinds (quick: 5,000), one process.",
        partial(_open, measure=_plan),
        (
            Line("100,000 schedules planned", figure("plan_s", "pgsched"), 30, "less", "s"),
            Line("planning one", figure("plan_us", "pgsched"), unit="us"),
        ),
        repeats=1,
    ),
)  # fmt: skip
