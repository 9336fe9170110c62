"""What may be said about a job that is made, checked before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from .errors import InvalidValue
from .models import Policy, RetryPolicy
from .values import (
    require_aware,
    require_id,
    require_integer,
    require_priority,
    require_timeout,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """
    What may be said about a job beside its task and args; None means the task's policy.

    `declared` says what that is for a task that is not in the catalogue yet. Raises InvalidValue.
    """

    declared: Policy | None = None
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

    def __post_init__(self) -> None:
        if self.due_at is not None:
            require_aware("due_at", self.due_at)
        if self.delay_s is not None and not math.isfinite(self.delay_s):
            raise InvalidValue(
                "delay must be a finite number of seconds", detail=f"got {self.delay_s}"
            )
        if self.priority is not None:
            require_priority(self.priority)
        if self.max_attempts is not None:
            require_integer("max_attempts", self.max_attempts, 1, 1000)
        if self.timeout_s is not None:
            require_timeout(self.timeout_s)
        if self.retry is not None:
            _require_no_null(self.retry)
        if isinstance(self.trace, str) and not 1 <= len(self.trace) <= 500:
            raise InvalidValue("trace must have 1 to 500 characters")
        if self.parent_id is not None:
            require_id("parent_id", self.parent_id)

    def require_common(self) -> None:
        """That all of it may be said of many jobs alike. Raises InvalidValue."""
        if (self.key, self.trace, self.parent_id) != (None, None, None):
            raise InvalidValue(
                "key, trace and parent_id are of one job", hint="enqueue() takes them"
            )


def _require_no_null(retry: Any) -> None:
    if isinstance(retry, Mapping):
        for name, value in cast(Mapping[str, Any], retry).items():
            if value is None:
                raise InvalidValue(f"retry.{name} must not be null", hint="leave it out")
