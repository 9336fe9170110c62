"""All that a dashboard shows at first, in one answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from pgsched import calls, observe
from pgsched.observe import Record

from .ask import Ask
from .catalogue import Queue
from .route import Routes
from .runs import Outcome
from .shapes import Answered, Id

ROUTES = Routes("stats", "How it goes.")
_DAYS, _SHOWN = 7, 10
_FAILED = ("failed", "timed_out", "lost")
_LIVE = ("scheduled", "ready", "blocked", "running")


class Totals(Answered):
    """Jobs by state. Those that have succeeded are counted as runs, by day."""

    scheduled: int
    ready: int
    blocked: int
    running: int
    dead: int
    cancelled: int
    expired: int
    capped: Annotated[bool, Field(description="One stopped at 10,000: there are more.")]


class Processes(Answered):
    """Worker processes that are registered, without their supervisors."""

    live: int
    lost: Annotated[int, Field(description="Past their lease: their jobs will be given back.")]
    idle: int
    concurrency: Annotated[int, Field(description="Jobs that the live ones can run at once.")]
    running: Annotated[int, Field(description="Jobs that they hold.")]
    seen_ago_s: Annotated[float | None, Field(description="Since the last heartbeat of any.")]


class Running(Answered):
    """A job that a worker holds."""

    id: Id
    task: str | None
    queue: str
    priority: int
    attempt: int
    worker: str | None
    host: str | None
    started_at: datetime
    running_s: float
    cancelling: bool
    progress: Annotated[float | None, Field(description="From 0 to 1.")]
    message: str | None


class Coming(Answered):
    """A job that is due later, or a slot of a schedule (without id) that will make one."""

    id: Id | None
    task: str
    queue: str
    priority: int
    due_at: datetime
    due_in_s: float
    attempt: int
    schedule: str | None


class Day(Answered):
    """Runs that ended on a day of UTC, by outcome."""

    day: date
    runs: dict[Outcome, int]


class Failing(Answered):
    """A task, and how many of its runs failed, timed out or were lost."""

    task: str
    failed: int
    runs: int


class Stats(Answered):
    """
    How it goes. Days are of UTC; runs are counted some seconds late.

    `running` and `upcoming` are, for a user, its own; what counts everybody's is null.
    """

    at: datetime
    jobs: Totals | None
    queues: list[Queue]
    workers: Processes | None
    running: Annotated[list[Running], Field(description="The 10 that run longest.")]
    upcoming: Annotated[list[Coming], Field(description="The next 10.")]
    runs: Annotated[dict[Outcome, int] | None, Field(description="Of the last 7 days.")]
    failed_today: Annotated[int | None, Field(description="Failed, timed out or lost.")]
    days: Annotated[list[Day] | None, Field(description="The last 7, today the last.")]
    failing: Annotated[
        list[Failing] | None, Field(description="The 10 tasks that failed most in these days.")
    ]


@ROUTES.add("GET", "/v1/stats", scope="read")
async def get_stats(ask: Ask) -> Stats:
    """Show how it goes: jobs by state, queues, workers, what runs, fails and comes, and 7 days."""
    async with ask.transaction():
        now = await ask.run(calls.due_in(0))
        queues = await ask.run(observe.queues().all)
        running = await ask.run(observe.running_now(limit=_SHOWN))
        upcoming = await ask.run(observe.upcoming(queue=None, task=None, limit=_SHOWN))
        counted = await _counted(ask, now, queues) if ask.sees_all else {}
    of_all = ("jobs", "workers", "runs", "failed_today", "days", "failing")
    return Stats.of(
        {
            **dict.fromkeys(of_all),
            "at": now,
            "queues": [Queue.of(row) for row in queues],
            "running": [Running.of(row) for row in running],
            "upcoming": [Coming.of(row) for row in upcoming],
            **counted,
        }
    )


async def _counted(ask: Ask, now: datetime, queues: list[Record]) -> dict[str, Any]:
    """What counts everybody's."""
    ended = {row["state"]: row for row in await ask.run(observe.ended())}
    workers = await ask.run(observe.workers().all)
    days = _days(now.astimezone(UTC).date(), await ask.run(observe.runs_by_day(_DAYS)))
    failing = await ask.run(observe.failing(_DAYS, limit=_SHOWN))
    return {
        "jobs": Totals.of(
            {
                **{state: sum(row[state] or 0 for row in queues) for state in _LIVE},
                **{state: row["jobs"] for state, row in ended.items()},
                "capped": any(row["capped"] for row in (*queues, *ended.values())),
            }
        ),
        "workers": _processes([row for row in workers if row["role"] != "supervisor"]),
        "runs": _summed(days),
        "failed_today": sum(days[-1].runs.get(outcome, 0) for outcome in _FAILED),
        "days": days,
        "failing": [Failing.of(row) for row in failing],
    }


def _days(today: date, rows: list[Record]) -> list[Day]:
    """The last days, also those on which nothing ended."""
    made = [Day(day=today - timedelta(days=back), runs={}) for back in reversed(range(_DAYS))]
    by_day = {each.day: each for each in made}
    for row in rows:
        if row["day"] in by_day:  # not the next, at midnight
            by_day[row["day"]].runs[row["outcome"]] = row["runs"]
    return made


def _summed(days: list[Day]) -> dict[Outcome, int]:
    total: dict[Outcome, int] = {}
    for day in days:
        for outcome, runs in day.runs.items():
            total[outcome] = total.get(outcome, 0) + runs
    return total


def _processes(workers: list[Record]) -> Processes:
    live = [row for row in workers if row["live"]]
    return Processes(
        live=len(live),
        lost=len(workers) - len(live),
        idle=sum(row["idle"] for row in live),
        concurrency=sum(row["concurrency"] for row in live),
        running=sum(row["running"] for row in workers),
        seen_ago_s=min((row["seen_ago_s"] for row in workers), default=None),
    )
