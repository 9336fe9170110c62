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
# What two of the six kinds below heed, and are not kept from their time by.
_CALENDAR: LiteralString = "insert into pgsched.calendar (name, weekend) values ('bench', '{}')"
_HOLIDAYS: LiteralString = """\
insert into pgsched.holiday (calendar, day, name)
select 'bench', %(due)s::date + 13 * g, 'a holiday' from generate_series(1, 30) as g
"""
_BLACKOUTS: LiteralString = """\
insert into pgsched.blackout (name, starts_at, ends_at, reason)
select 'bench', b.at + interval '2 hours', b.at + interval '3 hours', 'a backup'
  from generate_series(%(due)s, %(due)s + interval '30 days', interval '1 day') as b (at)
"""
_MIXED: LiteralString = """\
insert into pgsched.schedule
  (name, task, queue, timezone, starts_at, cron, every, rrule, at, business, calendar, blackout)
select 's' || g, 'noop', 'bench', z.name,
       case when g %% 6 = 1 then d.due end,
       case when g %% 6 in (0, 5) then to_char(d.due at time zone z.name, 'SS MI HH24 * * *') end,
       case when g %% 6 = 1 then '6 hours' end,
       case when g %% 6 = 2 then
         to_char(d.due at time zone z.name, '"DTSTART:"YYYYMMDD"T"HH24MISS')
         || e'\\nRRULE:FREQ=DAILY'
       end,
       case when g %% 6 = 3 then d.due end,
       case when g %% 6 = 4 then
         to_char(d.due at time zone z.name, '"the "FMDDth", following at "HH24:MI:SS')
       end,
       case when g %% 6 = 4 then 'bench' end,
       case when g %% 6 = 5 then 'bench' end
  from (select %(due)s::timestamptz as due) as d, generate_series(1, %(count)s) as g
 cross join lateral (
   select (array['UTC', 'Europe/Berlin', 'America/New_York'])[1 + g / 6 %% 3] as name) as z
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
    with _scheduled(bench) as (_, conn, _):
        conn.execute(_EACH_SECOND, (schedules,))
        _until(lambda: conn.execute(_UNPLANNED).fetchall() == [(0,)], "not all are planned")
        begun = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=_SETTLE_S)
        ends = begun + timedelta(seconds=seconds)
        time.sleep((ends + timedelta(seconds=_SETTLE_S) - datetime.now(UTC)).total_seconds())
        _check(conn)
        late = _late_s(conn, begun, ends, schedules * seconds)
    return percentiles(each * 1e3 for each in late)


def _at_once(bench: Bench) -> Sample:
    """Seconds from a moment at which all are due until the last job is claimed."""
    schedules = bench.jobs(10_000, 2_000)
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=8 if bench.quick else 30)
    with _scheduled(bench) as (measured, conn, workers):
        _mix(conn, due, schedules)
        _until(lambda: conn.execute(_UNPLANNED).fetchall() == [(0,)], "not all are planned")
        if datetime.now(UTC) > due - timedelta(seconds=1):
            raise BenchError("planning took until they were due")
        measured.wait(workers, schedules, timeout_s=_WAIT_S + 30)
        time.sleep(1)  # the last of them are to be acknowledged
        _check(conn)
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
        _mix(conn, due, schedules)
        begun = time.perf_counter()
        while plan_round(conn):
            pass
        took = time.perf_counter() - begun
        _check(conn)
        if (left := conn.execute(_UNPLANNED).fetchall()) != [(0,)]:
            raise BenchError(f"{left} of {schedules} have no slot")
    return {"plan_s": took, "plan_us": took / schedules * 1e6}


@contextlib.contextmanager
def _scheduled(bench: Bench) -> Generator[tuple[Running, Connection, list[Process]]]:
    """One process at work, which is there."""
    with (
        running(named("pgsched"), bench.server) as measured,
        measured.connect() as conn,
        measured.workers(1) as workers,
    ):
        _until(lambda: conn.execute("select from pgsched.stat_worker").rowcount > 0, "no worker")
        yield measured, conn, workers


def _mix(conn: Connection, due: datetime, count: int) -> None:
    """So many schedules, of six kinds and three time zones, all of them due then."""
    conn.execute(_CALENDAR)
    conn.execute(_HOLIDAYS, {"due": due})
    conn.execute(_BLACKOUTS, {"due": due})
    conn.execute(_MIXED, {"due": due, "count": count})


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
        "10,000 schedules of six kinds (quick: 2,000), due in the same second, one worker.",
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
        "Planning the next slots of 100,000 schedules of six kinds (quick: 5,000), one process.",
        partial(_open, measure=_plan),
        (
            Line("100,000 schedules planned", figure("plan_s", "pgsched"), 30, "less", "s"),
            Line("planning one", figure("plan_us", "pgsched"), unit="us"),
        ),
        repeats=1,
    ),
)  # fmt: skip
