"""Values of who asks, checked before anything is sent: none is repaired, each refused by name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .errors import InvalidValue

_ID_MAX = 2**63 - 1
_TIMEOUT_S_MAX = 31_536_000
_GOT_CHARS = 200
_NUMBERS = (int, float)


def got(value: Any) -> str:
    """What was refused, to be told."""
    try:
        return f"got {value!r}"[:_GOT_CHARS]
    except ValueError:  # an integer of more digits than Python writes
        return f"got {type(value).__name__}"


def require_integer(what: str, value: Any, least: int, most: int) -> None:
    """Of this range; a bool is none, nor is 1.0, which Postgres would round or not know."""
    if type(value) is int and least <= value <= most:  # quick: a job may say several
        return
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidValue(f"{what} must be an integer", detail=got(value))
    if not least <= value <= most:
        raise InvalidValue(f"{what} must be from {least} to {most}", detail=got(value))


def require_id(what: str, value: Any) -> None:
    """What may be the id of a job."""
    require_integer(what, value, 1, _ID_MAX)


def require_number(what: str, value: Any) -> None:
    """An int or a float; nothing that only can be made one."""
    if not isinstance(value, _NUMBERS) or isinstance(value, bool):
        raise InvalidValue(f"{what} must be a number of seconds", detail=got(value))


def require_timeout(value: Any) -> None:
    """For how long an attempt may last."""
    require_number("timeout_s", value)
    if not 0 < value <= _TIMEOUT_S_MAX:
        raise InvalidValue(
            f"timeout_s must be above 0 and at most {_TIMEOUT_S_MAX}", detail=got(value)
        )


def require_aware(what: str, value: Any) -> None:
    """A time that is the same wherever it is read."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InvalidValue(
            f"{what} must be a datetime with a time zone",
            detail=got(value),
            hint="datetime.now(timezone.utc) + timedelta(...)",
        )


def require_priority(value: Any) -> None:
    """Of a job."""
    require_integer("priority", value, -100, 100)


def require_move(due_at: Any, priority: Any, queue: Any) -> None:
    """Where and when a job shall be moved to, of which there must be something."""
    if due_at is None and priority is None and queue is None:
        raise InvalidValue("give due_at, priority or queue")
    if due_at is not None:
        require_aware("due_at", due_at)
    if priority is not None:
        require_priority(priority)
