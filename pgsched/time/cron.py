"""
Cron: the five fields of crontab, a sixth for seconds in front, and the @names.

The text is read here, and not by croniter, a second opinion in the tests. For `0 6 * * 1-5`, text
read and one next time, croniter 7 takes 107 us; this takes 33, and 9 once it knows the text. And
croniter accepts what crontab does not, or means otherwise: `r` is a random minute, another on every
worker; `3-3` is the whole field; `22-2`, `*/90` and a seventh field are fine.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from itertools import chain, groupby
from typing import NamedTuple, NoReturn
from zoneinfo import ZoneInfo

from ..errors import InvalidValue
from .clock_text import quoted
from .days import DayPattern
from .occasion import Rule
from .walls import DayTimes, Fixed, Matching

ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_REFUSED = "this is not a cron rule"
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_RANGE = re.compile(r"(\*|\w+)(?:-(\w+))?(?:/(\w+))?", re.ASCII)


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    names: dict[str, int]


_FIELDS = (
    _Field("second", 0, 59, {}),
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day of month", 1, 31, {}),
    _Field("month", 1, 12, {name: n for n, name in enumerate(_MONTHS, start=1)}),
    _Field("day of week", 0, 7, {name: n for n, name in enumerate(_WEEKDAYS)}),
)


@dataclass(frozen=True, slots=True)
class ClockFields:
    """Every combination of these hours, minutes and seconds, each ascending."""

    hours: tuple[int, ...]
    minutes: tuple[int, ...]
    seconds: tuple[int, ...]

    def at_or_after(self, floor: time) -> Iterator[time]:
        """Ascending; made as they are asked for, since there may be 86,400."""
        for hour in self.hours[bisect_left(self.hours, floor.hour) :]:
            same_hour = hour == floor.hour
            low = floor.minute if same_hour else 0
            for minute in self.minutes[bisect_left(self.minutes, low) :]:
                low = floor.second if same_hour and minute == floor.minute else 0
                for second in self.seconds[bisect_left(self.seconds, low) :]:
                    yield time(hour, minute, second)


def cron(text: str, zone: ZoneInfo) -> Rule:
    """
    The rule of a crontab line: `minute hour day-of-month month day-of-week`, or with six fields
    the second first; or @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly.

    A field is `*`, `*/n`, `a`, `a-b`, `a-b/n`, or several with commas; months and weekdays have
    English names of three letters. Day of month: `L` is the last. Day of week: 0 and 7 are Sunday,
    `5#2` is the second Friday, `L5` or `5L` the last. As in crontab, where neither day field
    starts with `*`, a day that fits one of the two will do; else it must fit both.

    All hours means "every N": real time goes on through changes of the clock. Otherwise each wall
    time fires once a day. Raises InvalidValue; also for a day that never comes, as 30 February.
    """
    days, clock = _read(text)
    walls = DayTimes(days, clock)
    return Matching(walls, zone) if len(clock.hours) == 24 else Fixed(walls, zone)


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[DayPattern, ClockFields]:
    fields = split(text)
    # What crontab(5) calls restricted: a field that does not start with a star.
    either = not fields[3].startswith("*") and not fields[5].startswith("*")
    second, minute, hour = (_numbers(_FIELDS[n], fields[n]) for n in range(3))
    month_days, last_day = _month_days(fields[3])
    weekdays, nth = _weekdays(fields[5])
    pattern = DayPattern(
        months=frozenset(_numbers(_FIELDS[4], fields[4])),
        month_days=frozenset({*month_days, *([0] if last_day else [])}),
        weekdays=frozenset(n or 7 for n in weekdays),
        nth_weekdays=frozenset((n or 7, which) for n, which in nth),
        either=either,
    )
    # Any 100 years will do: the Gregorian calendar shows every combination in fewer.
    if next(pattern.on_or_after(date(2000, 1, 1)), None) is None:
        raise InvalidValue(
            "this rule never fires",
            detail=f"no year has day {fields[3]} in month {fields[4]}",
            hint="L is the last day of any month",
        )
    return pattern, ClockFields(tuple(hour), tuple(minute), tuple(second))


def split(text: str) -> tuple[str, str, str, str, str, str]:
    """The six fields of a cron text, second first ("0" where it has five), in lower case."""
    lower = text.strip().lower()
    if lower.startswith("@") and lower not in ALIASES:
        _refuse(f"{quoted(text)} is no name of a rule", f"there are {', '.join(ALIASES)}")
    fields = re.findall(r"[^ \t]+", ALIASES.get(lower, lower))
    if len(fields) not in (5, 6):
        _refuse(
            f"it has {len(fields)} fields",
            "minute hour day-of-month month day-of-week, or six with the second in front",
        )
    first, *rest = fields if len(fields) == 6 else ["0", *fields]
    return first, rest[0], rest[1], rest[2], rest[3], rest[4]


def spelled(text: str) -> list[str]:
    """
    The six fields of a cron text as everybody reads them: in numbers, `*` for whatever is all.

    In order, `a-b` for three or more in a row, `*/n` or `a-b/n` where that alone is the field.
    """
    fields = split(text)
    month_days, last_day = _month_days(fields[3])
    weekdays, nth = _weekdays(fields[5])
    both = fields[3].startswith("*") or fields[5].startswith("*")
    if not both and (len(set(month_days)) == 31 or len(set(weekdays)) == 7):
        month_days, weekdays = list(range(1, 32)), list(range(7))
    found = [
        _spelled(field, part, _numbers(field, part))
        for field, part in zip(_FIELDS[:5], fields, strict=False)
        if field.name != "day of month"
    ]
    days = _spelled(_FIELDS[3], fields[3], month_days)
    found.insert(3, days if days == "*" else ",".join(filter(None, [days, "l" * last_day])))
    of_week = _spelled(_FIELDS[5], "", weekdays)
    marks = [f"{n}#{which}" if which else f"{n}l" for n, which in nth]
    return [*found, of_week if of_week == "*" else ",".join(filter(None, [of_week, *marks]))]


def _spelled(field: _Field, text: str, numbers: list[int]) -> str:
    shown = sorted(set(numbers))
    if len(shown) == field.high - field.low + (field.name != "day of week"):
        return "*"
    if "/" in text and "," not in text and len(shown) > 2:
        step = text.partition("/")[2]
        return f"*/{step}" if text[0] == "*" else f"{shown[0]}-{shown[-1]}/{step}"
    if field.name == "day of week" and {0, 6} <= set(shown):
        shown = [*shown[1:], 7]
    # Numbers in a row have the same distance from their places.
    rows = [list(row) for _, row in groupby(shown, key=lambda n: n - shown.index(n))]
    parts = [[f"{row[0]}-{row[-1]}"] if len(row) > 2 else map(str, row) for row in rows]
    return ",".join(chain.from_iterable(parts))


def _numbers(field: _Field, text: str) -> list[int]:
    """The numbers of a field, ascending."""
    return sorted({n for part in text.split(",") for n in _range(field, part)})


def _range(field: _Field, part: str) -> range:
    found = _RANGE.fullmatch(part)
    if not found:
        _refuse_part(field, part)
    low_text, high_text, step_text = found.groups()
    if low_text == "*":
        if high_text:
            _refuse_part(field, part)
        low, high = field.low, field.high - (field.name == "day of week")
    else:
        low = _number(field, low_text, part)
        high = _number(field, high_text, part) if high_text else low
        if step_text and not high_text:
            _refuse(
                f"{field.name} {part[:80]}: a step needs a range",
                f"write {low}-{field.high}/{step_text[:80]}",
            )
        if high_text == "sun" and low > 0:
            high = 7
    if high < low:
        hint = f"write {low}-{field.high},{field.low}-{high}"
        _refuse(f"{field.name} {part}: {low} is after {high}", hint)
    step = _step(field, part, step_text) if step_text else 1
    return range(low, high + 1, step)


def _step(field: _Field, part: str, text: str) -> int:
    widest = field.high - field.low
    if not text.isdecimal() or not 1 <= int(text) <= widest:
        _refuse(
            f"{field.name} {part[:80]}: the step {text[:80]} is not one of 1..{widest}",
            "for every so many minutes, hours or days, use the kind every",
        )
    return int(text)


def _number(field: _Field, text: str, part: str) -> int:
    if text in field.names:
        return field.names[text]
    if not (text.isascii() and text.isdecimal()):
        _refuse_part(field, part)
    number = int(text) if len(text) < 9 else field.high + 1
    if not field.low <= number <= field.high:
        _refuse(f"{field.name} {text[:80]}: allowed are {field.low}..{field.high}")
    return number


def _month_days(text: str) -> tuple[list[int], bool]:
    parts = text.split(",")
    plain = [part for part in parts if part != "l"]
    days = _numbers(_FIELDS[3], ",".join(plain)) if plain else []
    return days, len(plain) < len(parts)


def _weekdays(text: str) -> tuple[list[int], list[tuple[int, int]]]:
    """Weekdays, 0..7, that always fit; and pairs of one and which of the month, 0 for the last."""
    field, plain, nth = _FIELDS[5], list[int](), list[tuple[int, int]]()
    for part in text.split(","):
        last = re.fullmatch(r"l([0-9]|[a-z]{3})|([0-9]|[a-z]{3})l", part)
        weekday, mark, which = part.partition("#")
        if mark:
            if which not in ("1", "2", "3", "4", "5"):
                _refuse(f"{field.name} {part}: allowed after # are 1..5")
            nth.append((_number(field, weekday, part) % 7, int(which)))
        elif last:
            nth.append((_number(field, last[1] or last[2], part) % 7, 0))
        else:
            plain += (n % 7 for n in _range(field, part))
    return plain, nth


def _refuse_part(field: _Field, part: str) -> NoReturn:
    of_week = field.name == "day of week"
    hints = {
        "?": "write * for any",
        "w": "the kind business knows working days",
        "l": "the last Friday is L5" if of_week else "the last day of a month is L, and only that",
    }
    hint = next((hint for sign, hint in hints.items() if sign in part), None)
    _refuse(f"{field.name} {quoted(part)} is nothing crontab knows", hint)


def _refuse(detail: str, hint: str | None = None) -> NoReturn:
    raise InvalidValue(_REFUSED, detail=detail, hint=hint)
