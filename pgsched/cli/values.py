"""What people write on a command line, read into values; what is wrong is refused by name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from pgsched.errors import InvalidValue

_UNITS = {"": 1, "ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w|)")


def read_duration(name: str, text: str | None) -> float | None:
    """Seconds of `90`, `1.5s`, `250ms`, `5m`, `2h`, `1d`, `1w` or `1h30m`; None for None."""
    if text is None:
        return None
    parts = list(_DURATION.finditer(text))
    if not parts or "".join(part.group() for part in parts) != text:
        raise InvalidValue(
            f"{name} is not a length of time", detail=f"got {text!r}", hint="90s, 5m, 1h30m, 2d"
        )
    return sum(float(part.group(1)) * _UNITS[part.group(2)] for part in parts)


def read_time(name: str, text: str | None) -> datetime | None:
    """A time in ISO 8601 with its zone; None for None."""
    if text is None:
        return None
    hint = "2026-01-31T09:00:00Z or 2026-01-31T09:00:00+01:00"
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValue(f"{name} is not a time", detail=f"got {text!r}", hint=hint) from None
    if time.tzinfo is None:
        raise InvalidValue(f"{name} needs a time zone", detail=f"got {text!r}", hint=hint)
    return time


def read_ago(name: str, text: str | None) -> datetime | None:
    """A time in ISO 8601, or that long ago (`2h`); None for None."""
    if text is None or not _DURATION.match(text) or "-" in text:
        return read_time(name, text)
    ago = read_duration(name, text) or 0
    try:
        return datetime.now(UTC) - timedelta(seconds=ago)
    except OverflowError:
        raise InvalidValue(f"{name} is too long ago", detail=f"got {text!r}") from None


def read_json(name: str, text: str) -> Any:
    """Any JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidValue(
            f"{name} is not JSON", detail=str(error), hint="""quote it: '{"a": 1}'"""
        ) from None


def read_object(name: str, text: str) -> Mapping[str, Any]:
    """A JSON object."""
    value = read_json(name, text)
    if not isinstance(value, dict):
        raise InvalidValue(f"{name} must be a JSON object", detail=f"got {text[:80]}")
    return cast(dict[str, Any], value)


def read_labels(pairs: list[str], option: str = "--label") -> dict[str, str] | None:
    """`k=v` each; None for none."""
    labels: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise InvalidValue(f"{option} must be key=value", detail=f"got {pair!r}")
        labels[key] = value
    return labels or None
