"""
When schedules fire, found the slow way: by looking at the clock, minute after minute.

It shares no code with the planner, and no idea: the planner computes wall times and converts them,
this walks through real time and remembers the latest that the clock on the wall has shown. What
the clock passes fires: a time in a gap when the clock jumps over it, and never what it has shown
before.
"""

from __future__ import annotations

import calendar
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Fits = Callable[[datetime], bool]
_WARM_UP = timedelta(hours=3)  # no clock goes back by more
_MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_abbr)}
_WEEKDAYS = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}


def watch_clock(
    fits: Fits, timezone: str, begin: datetime, end: datetime, *, each: bool, step_s: int = 60
) -> list[datetime]:
    """
    Every instant in (begin, end] at which something fires whose wall times are those that fit.

    *each*: whenever the clock shows a time that fits; else once when it passes one.
    """
    step, found = timedelta(seconds=step_s), list[datetime]()
    (_, latest), *walk = _clock(timezone, begin - _WARM_UP, end, step)
    for now, shown in walk:
        if each:
            fires = fits(shown)
        else:
            fires = False
            while latest < shown:
                latest += step
                fires = fires or fits(latest)
        if fires and now > begin:
            found.append(now)
    return found


@lru_cache(maxsize=1)
def _clock(
    timezone: str, begin: datetime, end: datetime, step: timedelta
) -> list[tuple[datetime, datetime]]:
    """The instants from *begin* to *end*, and what the clock shows; kept for the next rule."""
    zone, found, now = ZoneInfo(timezone), list[tuple[datetime, datetime]](), begin
    while True:
        found.append((now, now.astimezone(zone).replace(tzinfo=None)))
        if now >= end:
            return found
        now += step


def cron_fits(text: str) -> Fits:
    """Whether a wall time fits five fields, or six with the seconds first."""
    fields = text.lower().split()
    second, minute, hour, month_day, month, weekday = fields if len(fields) == 6 else ["0", *fields]
    days: dict[date, bool] = {}
    seconds, minutes, hours = (
        {value for value in range(count) if _fits_field(field, value, 0, count - 1, {})}
        for field, count in ((second, 60), (minute, 60), (hour, 24))
    )

    def fits_day(day: date) -> bool:
        by_month = _fits_field(month, day.month, 1, 12, _MONTHS)
        by_date = any(_fits_month_day(part, day) for part in month_day.split(","))
        by_weekday = any(_fits_weekday(part, day) for part in weekday.split(","))
        if month_day[0] != "*" and weekday[0] != "*":
            return by_month and (by_date or by_weekday)
        return by_month and by_date and by_weekday

    def fits(wall: datetime) -> bool:
        day = wall.date()
        if day not in days:
            days[day] = fits_day(day)
        return (
            days[day] and wall.minute in minutes and wall.hour in hours and wall.second in seconds
        )

    return fits


def _fits_month_day(part: str, day: date) -> bool:
    if part == "l":
        return (day + timedelta(days=1)).month != day.month
    return _fits_field(part, day.day, 1, 31, {})


def _fits_weekday(part: str, day: date) -> bool:
    number = day.isoweekday() % 7
    if part[0] == "l":
        return number == int(part[1:]) % 7 and (day + timedelta(days=7)).month != day.month
    if "#" in part:
        wanted, which = part.split("#")
        earlier = day - timedelta(days=7 * (int(which) - 1))
        first = (earlier - timedelta(days=7)).month != earlier.month == day.month
        return number == _WEEKDAYS.get(wanted, int(wanted) if wanted.isdigit() else 0) % 7 and first
    shown = {number, 7} if number == 0 else {number}
    return any(_fits_field(part, each, 0, 7, _WEEKDAYS) for each in shown)


def _fits_field(text: str, value: int, low: int, high: int, names: dict[str, int]) -> bool:
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = low if first == "*" else names.get(first) if first in names else int(first)
        stop = high if first == "*" else start
        if last:
            stop = names[last] if last in names else int(last)
        assert start is not None
        if start <= value <= stop and (value - start) % int(step or 1) == 0:
            return True
    return False


def count_days(start: date, every: int, times: list[str]) -> Fits:
    """Every so many days from *start*, counted one by one, at times like `09:00`."""

    def fits(wall: datetime) -> bool:
        return f"{wall:%H:%M}" in times and wall.date() >= start and counted(wall.date())

    known = {start: 0}

    def counted(day: date) -> bool:
        last = max(known)
        while last < day:
            last += timedelta(days=1)
            known[last] = (known[last - timedelta(days=1)] + 1) % every
        return known[day] == 0

    return fits


def count_seconds(start: datetime, every_s: int, begin: datetime, end: datetime) -> list[datetime]:
    """Every so many seconds from *start*, counted one by one."""
    now, found = start, list[datetime]()
    while now <= end:
        if now > begin:
            found.append(now)
        now += timedelta(seconds=every_s)
    return found


def on_days(days: set[date], times: list[str]) -> Fits:
    """On these days at times like `09:00`."""
    return lambda wall: f"{wall:%H:%M}" in times and wall.date() in days


class OpenDays:
    """The business days of some years, all in one list."""

    def __init__(self, holidays: set[date], weekend: set[int], first: int, last: int) -> None:
        every = list(_days(date(first, 1, 1), date(last + 1, 1, 1)))
        self.all_days = every
        self.days = [d for d in every if d.isoweekday() not in weekend and d not in holidays]
        self.open = set(self.days)

    def nth(self, which: int, months: int) -> set[date]:
        """Number *which* of each period of so many months, from the end where negative."""
        periods: dict[tuple[int, int], list[date]] = {}
        for day in self.days:
            periods.setdefault((day.year, (day.month - 1) // months), []).append(day)
        place = which - 1 if which > 0 else which
        return {days[place] for days in periods.values() if len(days) >= abs(which)}

    def apart(self, count: int, anchors: set[date]) -> set[date]:
        """*count* business days after each anchor, or before where negative."""
        found: set[date] = set()
        for anchor in anchors:
            after, before = bisect_right(self.days, anchor), bisect_left(self.days, anchor)
            place = after + count - 1 if count > 0 else before + count
            if 0 <= place < len(self.days):
                found.add(self.days[place])
        return found

    def rolled(self, anchors: set[date], how: str) -> set[date]:
        """Each anchor, moved where it is closed."""
        found: set[date] = set()
        for anchor in anchors:
            after = self.days[bisect_left(self.days, anchor) :]
            before = self.days[: bisect_right(self.days, anchor)]
            if not before or not after:
                continue  # at the ends of the list
            if how == "preceding" or (
                how != "following" and f"{after[0]:%Y%m}" != f"{anchor:%Y%m}"
            ):
                found.add(before[-1])
            else:
                found.add(after[0])
        return found

    def month_days(self, number: int) -> set[date]:
        """Day *number* of each month, 0 for the last."""
        if number:
            return {d for d in self.all_days if d.day == number}
        return {d for d in self.all_days if (d + timedelta(days=1)).day == 1}


def _days(first: date, end: date) -> Iterator[date]:
    while first < end:
        yield first
        first += timedelta(days=1)


def changes_of(timezone: str, first: int, last: int) -> list[datetime]:
    """Each hour, in the years *first* to *last*, after which a zone has another offset."""
    zone, hour = ZoneInfo(timezone), timedelta(hours=1)
    now, found = datetime(first, 1, 1, tzinfo=UTC), list[datetime]()
    offset = now.astimezone(zone).utcoffset()
    while now.year <= last:
        now += hour
        if (at := now.astimezone(zone).utcoffset()) != offset:
            found.append(now - hour)
            offset = at
    return found
