"""Business calendars: which days are worked, and why the others are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, NamedTuple, Protocol

from ..errors import InvalidValue
from .occasion import Note

SATURDAY_SUNDAY = frozenset({6, 7})
# A calendar that is closed for longer has no next business day.
_CLOSED_DAYS_MAX = 366


class Closed(NamedTuple):
    """Why a day is no business day: `text` fits behind "2026-12-25 is"."""

    code: Literal["holiday", "weekend"]
    text: str


class BusinessDays(Protocol):
    """What the planner asks of a calendar, be it one or combined of several."""

    def business(self, day: date) -> bool:
        """Whether *day* is worked."""
        ...

    def closed(self, day: date) -> Closed | None:
        """Why *day* is not worked; None where it is."""
        ...


@dataclass(frozen=True, slots=True)
class Calendar:
    """
    Business days are all but the weekend and the holidays.

    `weekend`: ISO days, 1 is Monday; empty: every day is worked. `holidays`: each with its name;
    a day that is not in it is no holiday, so it must reach as far as is planned.
    Raises InvalidValue for a weekend of all seven days, or of days that are none of 1..7.
    """

    name: str
    weekend: frozenset[int] = SATURDAY_SUNDAY
    holidays: Mapping[date, str] = field(default_factory=dict[date, str])

    def __post_init__(self) -> None:
        if not self.weekend < frozenset(range(1, 8)):
            raise InvalidValue(
                "the weekend is out of range",
                detail=f"got {sorted(self.weekend)}, allowed are up to six of 1..7",
                hint="1 is Monday; Saturday and Sunday are 6 and 7",
            )

    def business(self, day: date) -> bool:
        """Whether *day* is neither weekend nor holiday."""
        return day.isoweekday() not in self.weekend and day not in self.holidays

    def closed(self, day: date) -> Closed | None:
        """The holiday of *day*, else its weekend; None where it is a business day."""
        holiday = self.holiday(day)
        if holiday is None and day.isoweekday() in self.weekend:
            return Closed("weekend", f"a {day:%A}")
        return holiday

    def holiday(self, day: date) -> Closed | None:
        """The holiday of *day*, weekend or not; None where it is none."""
        name = self.holidays.get(day)
        return None if name is None else Closed("holiday", name or f"a holiday of {self.name}")


def step(calendar: BusinessDays, day: date, count: int) -> date | None:
    """
    The business day that is *count* of them after *day*, or before it where *count* is negative.

    *day* itself does not count; 0 is *day*. None where there is none within a year of the last.
    """
    ahead = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        for _ in range(_CLOSED_DAYS_MAX):
            day += ahead
            if calendar.business(day):
                break
        else:
            return None
    return day


def moved(calendar: BusinessDays, day: date, to: date) -> tuple[Note, ...]:
    """The note that *day* is closed, so that its occasion is on *to*; none where it is open."""
    closed = calendar.closed(day)
    return (Note(closed.code, f"{day} is {closed.text}: moved to {to}"),) if closed else ()
