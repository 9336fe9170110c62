"""What has been counted, for a dashboard."""

from __future__ import annotations

from typing import LiteralString

from ..calls import Call
from .base import Record, select

_SINCE: LiteralString = "where day > (pgsched.clock() at time zone 'UTC')::date - %s::int"


def ended() -> Call[list[Record]]:
    """How many jobs have ended dead, cancelled or expired, each counted to 10,001."""
    return select(("state", "jobs", "capped"), "from pgsched.stat_ended", [])


def runs_by_day(days: int) -> Call[list[Record]]:
    """Of the last days of UTC, today among them, how many runs ended, by outcome."""
    columns = ("day", "outcome", "runs")
    rest = "from (select day, outcome, sum(runs)::bigint as runs from pgsched.stat_day "
    return select(columns, rest + _SINCE + " group by 1, 2) as d order by day, outcome", [days])


def failing(days: int, *, limit: int) -> Call[list[Record]]:
    """Tasks of which runs failed, timed out or were lost in the last days, the worst first."""
    rest = (
        "from (select task, sum(runs)::bigint as runs, (sum(runs) filter"
        " (where outcome in ('failed', 'timed_out', 'lost')))::bigint as failed"
        " from pgsched.stat_day "
    )
    order = " group by 1) as d where failed > 0 order by failed desc, task limit %s"
    return select(("task", "runs", "failed"), rest + _SINCE + order, [days, limit])
