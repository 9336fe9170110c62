"""Days that repeat: by day of month, weekday and month, or every so many."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from .occasion import LAST, SEARCH_YEARS, Notes

EVERY_MONTH = frozenset(range(1, 13))
EVERY_WEEKDAY = frozenset(range(1, 8))
EVERY_MONTH_DAY = frozenset(range(1, 32))


@dataclass(frozen=True, slots=True)
class DayPattern:
    """
    The days of *months* (1..12) that fit by day of month and by weekday; *either* for by one of
    the two.

    `month_days`: 1..31, and 0 for the last of the month. `weekdays`: ISO, 1 is Monday.
    `nth_weekdays`: pairs of weekday and which of the month: 1..5, or 0 for the last.
    """

    months: frozenset[int] = EVERY_MONTH
    month_days: frozenset[int] = EVERY_MONTH_DAY
    weekdays: frozenset[int] = EVERY_WEEKDAY
    nth_weekdays: frozenset[tuple[int, int]] = frozenset()
    either: bool = False

    def on_or_after(self, day: date) -> Iterator[tuple[date, Notes]]:
        """Month by month; without notes."""
        year, month, first, empty = day.year, day.month, day.day, 0
        while year < LAST.year and empty < SEARCH_YEARS * 12:
            found = _in_month(self, year, month) if month in self.months else ()
            empty = 0 if found else empty + 1
            for number in found:
                if number >= first:
                    yield date(year, month, number), ()
            year, month, first = year + month // 12, month % 12 + 1, 1


@lru_cache(maxsize=8192)
def _in_month(pattern: DayPattern, year: int, month: int) -> tuple[int, ...]:
    """The days of a month that fit. Kept, for many schedules ask for the same month: 10 us each."""
    first, length = monthrange(year, month)
    found: list[int] = []
    for day in range(1, length + 1):
        weekday = (first + day - 1) % 7 + 1
        by_date = day in pattern.month_days or (0 in pattern.month_days and day == length)
        by_weekday = (
            weekday in pattern.weekdays
            or (weekday, (day + 6) // 7) in pattern.nth_weekdays
            or (day > length - 7 and (weekday, 0) in pattern.nth_weekdays)
        )
        if (by_date or by_weekday) if pattern.either else (by_date and by_weekday):
            found.append(day)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class EveryNthDay:
    """*first*, and every *step* days (at least 1) from it."""

    first: date
    step: int

    def on_or_after(self, day: date) -> Iterator[tuple[date, Notes]]:
        """From *first* at the earliest; without notes."""
        count = max(0, -((self.first - day).days // self.step))
        found = self.first + timedelta(days=count * self.step)
        while found.year < LAST.year:
            yield found, ()
            found += timedelta(days=self.step)
