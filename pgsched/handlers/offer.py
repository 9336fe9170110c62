"""What a module here has to offer: functions that become tasks where they are allowed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, Unpack

from ..context import Discard
from ..models import PolicyOptions

F = TypeVar("F", bound=Callable[..., Any])

OFFERED: dict[str, tuple[Callable[..., Any], PolicyOptions]] = {}
"""By name: the function and its policy, of the modules imported so far."""


def offer(name: str, **policy: Unpack[PolicyOptions]) -> Callable[[F], F]:
    """As `@task`, for where the task is allowed; its description is all of its docstring."""

    def keep(fn: F) -> F:
        OFFERED[name] = (fn, policy)
        return fn

    return keep


def require_range(name: str, value: float, low: float, high: float) -> None:
    """End the job dead for a number of its args that is not low..high, NaN too."""
    if not low <= value <= high:
        raise Discard(f"{name} must be from {low:g} to {high:g}, got {value:g}")
