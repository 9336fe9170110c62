"""Typed rows and values that pass between the database, clients and workers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple, NotRequired, TypedDict

State = Literal[
    "scheduled", "ready", "blocked", "running", "succeeded", "dead", "cancelled", "expired"
]
FINAL_STATES = frozenset({"succeeded", "dead", "cancelled", "expired"})


class RetryPolicy(TypedDict):
    """
    How long to wait after the nth failure; the SQL domain `pgsched.retry_policy` says how each
    kind is computed. Left out: base_s 5, max_s 3600, multiplier 2.
    """

    kind: Literal["fixed", "linear", "exponential", "exponential_jitter"]
    base_s: NotRequired[float]
    max_s: NotRequired[float]
    multiplier: NotRequired[float]


class PolicyOptions(TypedDict, total=False):
    """What `@task(...)` takes; each is described there."""

    queue: str
    priority: int
    max_attempts: int
    retry: RetryPolicy
    timeout_s: float | None
    isolation: Literal["none", "process"]
    transactional: bool
    description: str | None
    category: str | None
    labels: dict[str, Any] | None
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What code declares of a task; the catalogue, view `pgsched.task`, says what holds."""

    queue: str = "default"
    priority: int = 0
    max_attempts: int = 10
    retry: RetryPolicy = field(default_factory=lambda: RetryPolicy(kind="exponential_jitter"))
    timeout_s: float | None = None
    isolation: Literal["none", "process"] = "none"
    transactional: bool = False
    description: str | None = None
    category: str | None = None
    labels: dict[str, Any] | None = None
    enabled: bool = True
    handler: str | None = None


class ScheduleColumns(TypedDict, total=False):
    """
    What a schedule may have besides name and task: columns of the view `pgsched.schedule`.

    One rule of cron, rrule, every, at, after and business. Times are aware; jitter, splay and grace
    are 0 to 1 day. `$nominal` and `$schedule` as values in args become the slot's time and name.
    """

    cron: str
    rrule: str
    every: str
    at: datetime
    after: timedelta
    business: str
    timezone: str
    calendar: str
    roll: Literal["skip", "following", "preceding", "modified_following"]
    blackout: str
    blackout_policy: Literal["skip", "hold", "before"]
    starts_at: datetime
    ends_at: datetime
    max_runs: int
    jitter: timedelta
    splay: timedelta
    grace: timedelta
    overlap: Literal["allow", "skip", "queue", "cancel"]
    misfire: Literal["skip", "once", "all"]
    misfire_limit: int
    condition: str
    args: Mapping[str, Any]
    priority: int
    queue: str
    labels: Mapping[str, Any]
    paused: bool


class CalendarColumns(TypedDict, total=False):
    """
    What a business calendar may have: `weekend`, days from 1 (Monday) to 7 (Sunday); `holidays`,
    the name of each by its day, all that it has; and what is said `about` it.
    """

    weekend: Collection[int]
    holidays: Mapping[date, str]
    about: str


class SubscriptionColumns(TypedDict, total=False):
    """
    What a subscription may have besides name, task and type of events.

    `filter`: a JSON path predicate on the event. `args`: a template: a string in it that begins
    with $ is a path into the event; left out, the job gets the whole event as `event`.
    """

    filter: str
    args: Mapping[str, Any]
    queue: str
    priority: int
    delay: timedelta
    key: str
    enabled: bool


class Declaration(NamedTuple):
    """A schedule or subscription that code declares beside a task: columns as JSON has them."""

    kind: Literal["schedule", "subscription"]
    name: str
    task: str
    columns: dict[str, Any]


class Outcome(NamedTuple):
    """What came of a job: `result` once succeeded, `error` once dead."""

    state: State
    result: Any
    error: str | None


class Origin(NamedTuple):
    """
    What made a job; all None for one that somebody enqueued, or triggered.

    `scheduled_at`: the nominal time of its slot, aware. `event`: the id of its event.
    """

    schedule: str | None
    scheduled_at: datetime | None
    subscription: str | None
    event: int | None


class Held(NamedTuple):
    """A job that a worker holds: one row of `pgsched.claim()`."""

    claim: int
    id: int
    attempt: int
    task: str
    args: str
    timeout_s: float | None
    cursor: str | None


class Hold(NamedTuple):
    """By what a worker proves that it holds a job."""

    worker: str
    claim: int
    id: int
    attempt: int


class OwnWorker(NamedTuple):
    """What a worker that came over HTTP has registered."""

    queues: list[str]
    tasks: list[str]
    lease_s: float


class Misfit(NamedTuple):
    """A run that did not end as asked: its worker held it no more ("lost"), or how it ended."""

    id: int
    attempt: int
    verdict: str


CalendarRows = dict[str, tuple[frozenset[int], dict[date, str]]]
"""Of each business calendar, its weekend (1 Monday .. 7 Sunday) and the names of its holidays."""


class BlackoutRow(NamedTuple):
    """A window in which schedules that name it do not fire."""

    name: str
    starts_at: datetime
    ends_at: datetime
    reason: str


class ScheduleRow(NamedTuple):
    """What a planner has to know of a schedule: a row of `pgsched.unplanned()`."""

    name: str
    plan_no: int
    kind: str
    rule: str
    timezone: str
    calendar: str | None
    roll: Any
    blackout: str | None
    blackout_policy: Any
    starts_at: datetime | None
    ends_at: datetime | None
    runs_left: int | None
    jitter_s: float
    splay_s: float
    grace_s: float
    since: datetime
    """Occasions up to this nominal time are none of its plan."""
    planned_to: datetime
    """Occasions up to this nominal time are planned or decided."""
    now: datetime
    ahead_s: float
    """For how long from now all is planned that is due; an hour at most."""


class Slot(NamedTuple):
    """A slot of a schedule as it is planned; notes are {"code", "text"}."""

    nominal: datetime
    due_at: datetime
    skipped: bool
    notes: list[dict[str, str]]


class Planned(NamedTuple):
    """What a planner brings for a schedule."""

    schedule: str
    plan_no: int
    to: datetime | None
    """The occasions up to this nominal time are among `slots`; None: it is as far as it was."""
    until: datetime | None
    """The slots that are due by then are all here; None: there are no more."""
    problem: str | None
    slots: list[Slot]


class Ticked(NamedTuple):
    """What a tick came to."""

    decided: int
    next_in_s: float | None
    """When the next slot is due; None: none is planned."""
    apart: bool
    """Whether there is something for `tick_apart`."""
