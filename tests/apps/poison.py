"""Results and errors that could stop a batch: the tasks that return and raise them."""

from __future__ import annotations

import asyncio
from typing import Any

from pgsched import Cancel, Discard, Retry, Snooze, task


class Unprintable(Exception):
    """An error whose text is an error."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


class HalfMade(Snooze):
    """A signal whose constructor was never called."""

    def __init__(self) -> None:
        pass


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


RESULTS: dict[str, Any] = {
    "nan": float("nan"),
    "infinity": [float("inf")],
    "nul": "a\x00b",
    "escaped_nul": "a\\u0000b",
    "surrogate": "\ud800",
    "surrogate_key": {"\udfff": 1},
    "deep": _nested(5000),
    "deepest": _nested(100_000),
    "huge_int": 10**4000,
    "too_many_digits": 10**200_000,
    "set": {1},
    "bytes": b"x",
    "tuple_key": {(1, 2): 3},
    "big": "x" * 70_000,
    "many": list(range(100)),
    "false": False,
    "empty": {},
}

ERRORS: dict[str, Any] = {
    "plain": lambda: ValueError("it broke"),
    "nul": lambda: ValueError("a\x00b"),
    "surrogate": lambda: ValueError("\ud800"),
    "long": lambda: ValueError("x" * 1_000_000),
    "unprintable": Unprintable,
    "exit": lambda: SystemExit(3),
    "interrupt": KeyboardInterrupt,
    "group": lambda: ExceptionGroup("many", [ValueError("inner")]),
    "cancelled": asyncio.CancelledError,
    "stop_iteration": StopIteration,
    "generator_exit": GeneratorExit,
    "discard": lambda: Discard("never mind"),
    "cancel": lambda: Cancel("not today"),
    "retry": lambda: Retry("later", after=3600),
    "snooze": lambda: Snooze(3600),
    "half_made": HalfMade,
}


@task(max_attempts=1)
async def give(what: str) -> Any:
    """Return one of RESULTS."""
    return RESULTS[what]


@task(max_attempts=1, isolation="process")
def give_apart(what: str) -> Any:
    """Return one of RESULTS."""
    return RESULTS[what]


@task(max_attempts=1)
async def throw(what: str) -> None:
    """Raise one of ERRORS."""
    raise ERRORS[what]()  # noqa: RSE102


@task(max_attempts=1)
def throw_in_thread(what: str) -> None:
    """Raise one of ERRORS."""
    raise ERRORS[what]()  # noqa: RSE102


@task(max_attempts=1, isolation="process")
def throw_apart(what: str) -> None:
    """Raise one of ERRORS."""
    raise ERRORS[what]()  # noqa: RSE102
