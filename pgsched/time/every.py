"""Every so often: intervals, and the daily, weekly and monthly forms that people write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NoReturn
from zoneinfo import ZoneInfo

from ..errors import InvalidValue
from .clock_text import join, ordinal, quoted, read_ordinal, read_times, show_times
from .days import DayPattern, EveryNthDay
from .occasion import Rule, require_whole_second
from .walls import DayTimes, Elapsed, Fixed, Times
from .zone import place, wall_of

_REFUSED = "this is no interval"
_HINT = (
    "write 15 minutes; 2 weeks; day at 18:00; weekday at 09:00; monday, friday at 09:00, 17:30; "
    "month on the 15th at 06:00; month on the last day at 06:00"
)
# In the zone of the schedule. A recent one: the offsets of 1970 were others, and hours counted from
# there are at :30 in Singapore today.
_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_DAYS = {"day": 1, "week": 7}
_SPAN_DAYS_MAX = 36_525
_FORM = re.compile(
    r"(?P<count>\d{1,10} )?(?P<unit>second|minute|hour|day|week)(?P<plural>s)?"
    r"|month on the (?P<month_days>.+)"
    r"|(?P<weekdays>[a-z]+(?:, ?[a-z]+)*)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Interval:
    """*count* times *unit*; a number of days may have times of day."""

    count: int
    unit: str
    times: Times | None

    def rule(self, zone: ZoneInfo, starts_at: datetime | None) -> Rule:
        """From *starts_at* (aware, whole seconds), or the Monday. Raises InvalidValue."""
        start = require_whole_second("starts_at", starts_at) if starts_at else None
        start = start or place(_MONDAY, zone)[0]
        if self.unit in _SECONDS:
            return Elapsed(start, timedelta(seconds=self.count * _SECONDS[self.unit]))
        wall = wall_of(start, zone)
        days = EveryNthDay(wall.date(), self.count * _DAYS[self.unit])
        if self.times:
            return Fixed(DayTimes(days, self.times), zone)
        return Fixed(DayTimes(days, Times((wall.time(),))), zone, start)

    def __str__(self) -> str:
        often = self.unit if self.count == 1 else f"{self.count} {self.unit}s"
        return f"every {often}" + (f" at {show_times(self.times)}" if self.times else "")


@dataclass(frozen=True, slots=True)
class OnDays:
    """Some days of the week or the month, at times of day; *words* says which."""

    days: DayPattern
    times: Times
    words: str

    def rule(self, zone: ZoneInfo, starts_at: datetime | None) -> Rule:
        """At wall times of *zone*; where it starts makes no difference to them."""
        return Fixed(DayTimes(self.days, self.times), zone)

    def __str__(self) -> str:
        return f"{self.words} at {show_times(self.times)}"


@lru_cache(maxsize=4096)
def read_every(text: str) -> Interval | OnDays:
    """
    The meaning of a text of the kind `every`. Its str() says it in words.

    `15 minutes`, `hour`: seconds, minutes and hours are exact, elapsed time from the start.
    `2 weeks`, `day`: days and weeks count days of the zone's calendar, at the start's wall time.
    The start is `starts_at`, or else 00:00 of Monday, 1 January 2024 in the zone.
    `day at 18:00`, `2 weeks at 09:00`, `weekday at 09:00` (Monday to Friday), `monday, friday at
    09:00, 17:30` (also `mon, fri`), `month on the 15th at 06:00`, `month on the 1st, 15th at
    06:00`, `month on the last day at 06:00`. A month without a 31st has none then.
    Raises InvalidValue for anything else, and for intervals of nothing or of over 100 years.
    """
    form, at, clock = " ".join(text.lower().split()).partition(" at ")
    found = _FORM.fullmatch(form)
    times = read_times(clock, _REFUSED) if at else None
    if not found:
        _refuse(f"{quoted(text)} is not understood")
    if found["unit"]:
        return _interval(found["unit"], found["count"], bool(found["plural"]), times)
    if times is None:
        _refuse(f"{quoted(text)} does not say at what time")
    if found["month_days"]:
        return _month(found["month_days"], times)
    return _week([name.strip() for name in found["weekdays"].split(",")], times)


def _interval(unit: str, count_text: str | None, plural: bool, times: Times | None) -> Interval:
    count = int(count_text) if count_text else 1
    if plural and not count_text:
        _refuse(f"{unit}s: it does not say how many")
    if times and unit not in _DAYS:
        _refuse(f"a number of {unit}s has no time of day")
    unit_s = _SECONDS.get(unit) or 86_400 * _DAYS[unit]
    if not 0 < count * unit_s <= _SPAN_DAYS_MAX * 86_400:
        longest = _SPAN_DAYS_MAX * 86_400 // unit_s
        _refuse(f"got {count} {unit}s, allowed 1..{longest}", None)
    return Interval(count, unit, times)


def _week(names: list[str], times: Times) -> OnDays:
    if names == ["weekday"]:
        numbers, words = frozenset(range(1, 6)), "Monday to Friday"
    else:
        numbers = frozenset(_weekday(name) for name in names)
        words = "every " + join([_WEEKDAYS[n - 1].capitalize() for n in sorted(numbers)])
    return OnDays(DayPattern(weekdays=numbers), times, words)


def _weekday(name: str) -> int:
    found = [n for n, known in enumerate(_WEEKDAYS, start=1) if name in (known, known[:3])]
    if not found:
        _refuse(f"{quoted(name)} is no day of the week")
    return found[0]


def _month(text: str, times: Times) -> OnDays:
    numbers: set[int] = set()
    for part in text.split(","):
        number = 0 if part.strip() == "last day" else read_ordinal(part.strip())
        if number is None or number > 31:
            _refuse(f"{quoted(part.strip())} is no day of a month")
        numbers.add(number)
    named = [ordinal(n) for n in sorted(numbers) if n] + (["last day"] if 0 in numbers else [])
    days = DayPattern(month_days=frozenset(numbers))
    return OnDays(days, times, f"every month on the {join(named)}")


def _refuse(detail: str, hint: str | None = _HINT) -> NoReturn:
    raise InvalidValue(_REFUSED, detail=detail, hint=hint)
