"""What people write on a command line, read into values; what is wrong is refused by name."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from pgsched.errors import InvalidValue

Name = Annotated[str, typer.Argument(metavar="NAME")]
Version = Annotated[int | None, typer.Option(help="Only if it is at this version.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000)]

_TIME = "2026-01-31T09:00:00Z or 2026-01-31T09:00:00+01:00"
_UNITS = {"": 1, "ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_NUMBER = r"(\d+(?:\.\d+)?)"
_PART = re.compile(rf"{_NUMBER}(ms|s|m|h|d|w|)", re.ASCII)
_DURATION = re.compile(rf"(?:{_NUMBER}(?:ms|s|m|h|d|w))+", re.ASCII)


def read_duration(name: str, text: str | None) -> float | None:
    """Seconds of `90`, `1.5s`, `250ms`, `5m`, `2h`, `1d`, `1w` or `1h30m`; None for None."""
    if text is None:
        return None
    if not _DURATION.fullmatch(text) and not re.fullmatch(_NUMBER, text, re.ASCII):
        raise InvalidValue(
            f"{name} is not a length of time", detail=f"got {text!r}", hint="90s, 5m, 1h30m, 2d"
        )
    return sum(float(part.group(1)) * _UNITS[part.group(2)] for part in _PART.finditer(text))


def read_time(name: str, text: str | None, hint: str = _TIME) -> datetime | None:
    """A time in ISO 8601 with its zone; None for None."""
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValue(f"{name} is not a time", detail=f"got {text!r}", hint=hint) from None
    if time.tzinfo is None:
        raise InvalidValue(f"{name} needs a time zone", detail=f"got {text!r}", hint=hint)
    return time


def read_ago(name: str, text: str | None) -> datetime | None:
    """A time in ISO 8601, or that long ago (`2h`); None for None."""
    if text is None or not _DURATION.fullmatch(text):
        return read_time(name, text, f"2h for so long ago, or {_TIME}")
    ago = read_duration(name, text) or 0
    try:
        return datetime.now(UTC) - timedelta(seconds=ago)
    except OverflowError:
        raise InvalidValue(f"{name} is too long ago", detail=f"got {text!r}") from None


def read_file(name: str, path: str | Path) -> str:
    """The text of a file; of stdin for `-`."""
    try:
        return sys.stdin.read() if str(path) == "-" else Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidValue(f"{name} cannot be read", detail=str(error)) from None


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


def read_day(name: str, text: str) -> date:
    """A day, `2026-12-24`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidValue(
            f"{name} is not a day", detail=f"got {text!r}", hint="2026-12-24"
        ) from None


def read_years(name: str, text: str | None) -> range:
    """`2026` or `2026..2030`; this year and the next for None."""
    if text is None:
        this = datetime.now(UTC).year
        return range(this, this + 2)
    found = re.fullmatch(r"(\d{4})(?:\.\.(\d{4}))?", text, re.ASCII)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if not last - 200 < first <= last or not 1901 <= first <= last <= 2999:
        raise InvalidValue(
            f"{name} must be up to 200 years of 1901..2999",
            detail=f"got {text!r}",
            hint="2026, or 2026..2030",
        )
    return range(first, last + 1)


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_weekend(name: str, text: str | None) -> list[int] | None:
    """`sat,sun` as 1 (Monday) to 7; [] for `none`; None for None."""
    if text is None or text == "none":
        return None if text is None else []
    words = [word.strip().lower()[:3] for word in text.split(",")]
    if not set(words) <= set(WEEKDAYS):
        raise InvalidValue(
            f"{name} must be days of the week, or none", detail=f"got {text!r}", hint="sat,sun"
        )
    return sorted({WEEKDAYS.index(word) + 1 for word in words})
