"""Jobs that are due later stand in nobody's way."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import partial
from typing import LiteralString

from bench.flow import Flow, flowing, growth_lines
from bench.measure import Scenario, Systems
from bench.server import Connection
from bench.work import Bench

_FULL, _QUICK, _STATEMENT = 1_000_000, 100_000, 20_000
# In the same lane as those that flow, due from a day ahead on, spread over another day.
_LATER: LiteralString = """\
insert into pgsched.job (task, queue, priority, max_attempts, due_at, args)
select 'noop', 'bench', 0, 10, pgsched.clock() + interval '1 day' * (1 + random()),
       jsonb_build_object('i', g)
  from generate_series(1, %s) as g
"""


def _enqueue_later(conn: Connection, *, jobs: int) -> None:
    for start in range(0, jobs, _STATEMENT):
        conn.execute(_LATER, (min(_STATEMENT, jobs - start),))


def _open(bench: Bench) -> AbstractContextManager[Systems]:
    jobs = bench.jobs(_FULL, _QUICK)
    later = partial(_enqueue_later, jobs=jobs)
    return flowing(bench, {0: Flow(lambda conn: None), jobs: Flow(later)})


SCENARIOS = (
    Scenario(
        "future",
        "Server CPU a job that flows past 1,000,000 (quick: 100,000) due tomorrow or later.",
        _open,
        growth_lines("1,000,000 due later to none", _FULL, 1.2),
    ),
)
