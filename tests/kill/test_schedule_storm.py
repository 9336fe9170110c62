"""Workers that tick are killed with -9, their clocks off by minutes: each slot is decided once."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.worker.processes import eventually

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
OFF = ("+7m", "-5m", "+0", "-2d", "+40s")

EACH = """
select s.schedule, count(*) filter (where s.outcome = 'fired'),
       count(*) filter (where s.outcome = 'missed' and s.reason is not null), count(*),
       1 + extract(epoch from max(s.nominal) - min(s.nominal))::integer
  from pgsched._slot as s group by s.schedule order by s.schedule
"""
DECIDED = "select count(*) from pgsched._slot where outcome = 'fired'"
JOBS = """
select (select count(*) from pgsched._job), count(*), count(distinct s.job_id), count(j.id)
  from pgsched._slot as s left join pgsched._job as j on j.id = s.job_id
 where s.outcome = 'fired'
"""


def clock(off: str) -> dict[str, str]:
    """The environment of a process whose wall clock is wrong."""
    if FAKETIME is None:
        pytest.skip("libfaketime is not here to set the clocks of processes wrong")
    return {"LD_PRELOAD": str(FAKETIME), "FAKETIME": off, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@pytest.mark.parametrize(
    ("workers", "slots"),
    [(3, 120), pytest.param(10, 1500, marks=[pytest.mark.storm, pytest.mark.timeout(300)])],
)
def test_each_slot_is_decided_once_while_those_who_tick_are_killed(worker, db, workers, slots):
    """Where misfire says so, late ones fire all the same; where not, they are missed."""
    db.execute(
        "insert into pgsched.schedule (name, task, every, misfire, misfire_limit, grace)"
        " select 'all' || g, 'nothing', '1 second', 'all', 1000, interval '1 second'"
        "   from generate_series(1, 24) as g"
        " union all select 'skip' || g, 'nothing', '1 second', 'skip', 1, interval '1 second'"
        "   from generate_series(1, 24) as g"
    )

    def start(n):
        return worker(environ=clock(OFF[n % len(OFF)]), ready=False, lease_s=2)

    running = [start(n) for n in range(workers)]
    for n in range(workers):
        enough = slots * (n + 1) // (workers + 1)
        eventually(lambda enough=enough: db.execute(DECIDED).fetchone()[0] >= enough, within_s=120)
        running.pop(random.randrange(len(running))).kill()
        running.append(start(n + 1))
    eventually(lambda: db.execute(DECIDED).fetchone()[0] >= slots, within_s=120)
    for each in running:
        each.kill()

    for name, fired, missed, decided, seconds in db.execute(EACH).fetchall():
        assert decided == seconds == fired + missed, name
        assert missed == 0 or name.startswith("skip"), name
    made = db.execute(JOBS).fetchone()
    assert made == (made[0],) * 4
