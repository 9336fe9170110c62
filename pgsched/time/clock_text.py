"""Times of day and places in a row, as people write them: `09:00, 17:30`, `15th`."""

from __future__ import annotations

import re
from datetime import time

from ..errors import InvalidValue
from .walls import Times

_QUOTED_MAX = 80
MIDNIGHT = Times((time.min,))


def read_times(text: str, message: str) -> Times:
    """
    `HH:MM` or `HH:MM:SS`, one or more with commas between.

    Raises InvalidValue of *message* for anything else.
    """
    return Times(tuple(sorted({_read_time(part.strip(), message) for part in text.split(",")})))


def _read_time(text: str, message: str) -> time:
    found = re.fullmatch(r"(\d{1,2}):(\d\d)(?::(\d\d))?", text, re.ASCII)
    hour, minute, second = (int(part or 0) for part in found.groups()) if found else (24, 0, 0)
    if hour > 23 or minute > 59 or second > 59:
        raise InvalidValue(
            message,
            detail=f"{quoted(text)} is no time of day",
            hint="write 00:00 to 23:59, or 23:59:59",
        )
    return time(hour, minute, second)


def show_times(times: Times) -> str:
    """`09:00 and 17:30`: what read_times has read, for people."""
    shown = [f"{at:%H:%M}" if at.second == 0 else f"{at:%H:%M:%S}" for at in times.times]
    return join(shown)


def join(words: list[str], last: str = "and") -> str:
    """`a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def quoted(text: str) -> str:
    """A text that is refused, and of a long one its begin."""
    return repr(text) if len(text) <= _QUOTED_MAX else f"{text[:_QUOTED_MAX]!r}..."


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    teens = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def read_ordinal(text: str) -> int | None:
    """The number of `15th` or `first`; None where it is none."""
    words = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}
    number = words.get(text) or int((re.match(r"\d{1,4}", text, re.ASCII) or ["0"])[0])
    return number if text in words or (number and text == ordinal(number)) else None
