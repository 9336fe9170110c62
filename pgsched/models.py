"""Typed rows and values that pass between the database, clients and workers."""

from __future__ import annotations

from dataclasses import dataclass
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


class Outcome(NamedTuple):
    """What came of a job: `result` once succeeded, `error` once dead."""

    state: State
    result: Any
    error: str | None


class Held(NamedTuple):
    """A job that a worker holds: one row of `pgsched.claim()`."""

    claim: int
    id: int
    attempt: int
    task: str
    args: str
    timeout_s: float | None
    cursor: str | None


class Misfit(NamedTuple):
    """A run that did not end as asked: its worker held it no more ("lost"), or how it ended."""

    id: int
    attempt: int
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """What may be said about a job beside its task and args; None means the task's policy."""

    queue: str | None = None
    priority: int | None = None
    due_at: Any = None
    delay_s: float | None = None
    max_attempts: int | None = None
    timeout_s: float | None = None
    retry: RetryPolicy | None = None
    key: str | None = None
    labels: dict[str, Any] | None = None
    trace: str | None = None
    parent_id: int | None = None
