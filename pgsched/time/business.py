"""Business-day rules: days of a month, quarter or year that a calendar decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol, TypeAlias

from .calendar import BusinessDays, moved, step
from .clock_text import ordinal
from .occasion import LAST, SEARCH_YEARS, Notes
from .roll import roll

# How many months one period has, by its name.
PERIODS = {"month": 1, "quarter": 3, "year": 12}
# So far a rule's day can be after its period: 366 business days of a calendar that is mostly open.
_PERIODS_BACK_MAX = 120

Found: TypeAlias = tuple[date, Notes] | None


class Choice(Protocol):
    """Which day of each period it is; str() says it in words."""

    @property
    def period(self) -> str:
        """One of PERIODS."""
        ...

    def on(self, calendar: BusinessDays, first: date) -> Found:
        """The day of the period that begins with *first*; None where it has none."""
        ...


@dataclass(frozen=True, slots=True)
class Anchor:
    """A day of the calendar in each period: `day` of the month, or 0 for the period's last day."""

    day: int
    period: str

    def of(self, first: date) -> date | None:
        """None where the month has no such day."""
        last = _next_period(first, PERIODS[self.period]) - timedelta(days=1)
        if self.day == 0:
            return last
        return (
            None if self.day > last.day and self.period == "month" else first.replace(day=self.day)
        )

    def __str__(self) -> str:
        return f"the {ordinal(self.day) if self.day else 'last day'} of each {self.period}"


@dataclass(frozen=True, slots=True)
class Nth:
    """Business day number *which* of the period, from its end where negative."""

    which: int
    period: str

    def on(self, calendar: BusinessDays, first: date) -> Found:
        """None where the period has fewer; the first and last say which days they passed over."""
        after = _next_period(first, PERIODS[self.period])
        outside = after if self.which < 0 else first - timedelta(days=1)
        day = step(calendar, outside, self.which)
        if day is None or not first <= day < after:
            return None
        if abs(self.which) > 1:
            return day, ()
        edge = outside + timedelta(days=self.which)
        return day, moved(calendar, edge, day)

    def __str__(self) -> str:
        last = self.which < 0
        number = "" if self.which == -1 else ordinal(abs(self.which))
        return (
            f"the {f'{number} last'.strip() if last else number} business day of each {self.period}"
        )


@dataclass(frozen=True, slots=True)
class Apart:
    """*count* business days after the anchor, or before it where negative."""

    count: int
    anchor: Anchor

    @property
    def period(self) -> str:
        return self.anchor.period

    def on(self, calendar: BusinessDays, first: date) -> Found:
        """The day may be in another period; without notes."""
        anchor = self.anchor.of(first)
        day = step(calendar, anchor, self.count) if anchor else None
        return (day, ()) if day else None

    def __str__(self) -> str:
        count, side = abs(self.count), "after" if self.count > 0 else "before"
        return f"{count} business day{'s' * (count > 1)} {side} {self.anchor}"


@dataclass(frozen=True, slots=True)
class Rolled:
    """The anchor, or if it is no business day, the nearest by *how*."""

    anchor: Anchor
    how: str

    @property
    def period(self) -> str:
        return self.anchor.period

    def on(self, calendar: BusinessDays, first: date) -> Found:
        """With the note why it was moved, where it was."""
        anchor = self.anchor.of(first)
        day = roll(calendar, anchor, self.how) if anchor else None
        return (day, moved(calendar, anchor, day)) if anchor and day else None

    def __str__(self) -> str:
        where = {
            "following": "the next business day",
            "preceding": "the business day before",
            "modified_following": "the next business day of that month, else the one before",
        }[self.how]
        return f"{self.anchor}, or {where}"


@dataclass(frozen=True, slots=True)
class ChosenDays:
    """The days of *choice* by *calendar*. Later periods never have earlier days."""

    choice: Choice
    calendar: BusinessDays

    def on_or_after(self, day: date) -> Iterator[tuple[date, Notes]]:
        """Period by period, with the notes of the choice."""
        months = PERIODS[self.choice.period]
        first, last, empty = self._begin(day, months), day - timedelta(days=1), 0
        while first.year < LAST.year and empty * months < SEARCH_YEARS * 12:
            found = self.choice.on(self.calendar, first)
            empty = 0 if found else empty + 1
            if found and found[0] > last:
                yield found
                last = found[0]
            first = _next_period(first, months)

    def _begin(self, day: date, months: int) -> date:
        """A period from which on nothing is missed: its day is before *day*, or it is far back."""
        first = date(day.year, (day.month - 1) // months * months + 1, 1)
        for _ in range(_PERIODS_BACK_MAX):
            found = self.choice.on(self.calendar, first)
            if found and found[0] < day:
                break
            first = _next_period(first, -months)
        return first


def _next_period(first: date, months: int) -> date:
    month = first.month - 1 + months
    return date(first.year + month // 12, month % 12 + 1, 1)
