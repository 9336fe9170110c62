"""Recurrence rules of RFC 5545, worked out by python-dateutil on wall times without a zone."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import dateutil.rrule as _dateutil

from ..errors import InvalidValue
from .clock_text import quoted
from .occasion import FIRST, LAST, SEARCH_YEARS, Firing, Rule, require_whole_second
from .rrule_text import Recurrence, Stamp, read_recurrences, refuse
from .walls import Fixed, Once, Walls
from .zone import place, wall_of

NEVER = "this rule never fires"
_UTC = ZoneInfo("UTC")
_DATEUTIL: Any = _dateutil
_STEP_S = {"WEEKLY": 604_800, "DAILY": 86_400, "HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}


@lru_cache(maxsize=4096)
def rrule(text: str, zone: ZoneInfo, starts_at: datetime | None = None) -> Rule:
    """
    The rule of an RFC 5545 text: lines DTSTART, RRULE, RDATE, EXDATE, or just one RRULE's value.

    It repeats from DTSTART, or else from *starts_at* (aware, whole seconds), at wall times of
    *zone*. Rules of only hours, minutes or seconds are in real time; with BY parts, at wall times.
    DTSTART itself fires only if the rule says so. What is in UTC, with a Z, is that instant; an
    EXDATE without a time of day is all of that day. COUNT: 1..10,000.
    Raises InvalidValue; also where neither DTSTART nor *starts_at* says from when, and for a line
    that never fires.
    """
    found = read_recurrences(text, zone.key)
    frame = _UTC if found.rules and all(rule.is_elapsed for rule in found.rules) else zone
    if found.start:
        begin, start = None, _in_frame(found.start, zone, frame)
    elif starts_at:
        begin = require_whole_second("starts_at", starts_at)
        start = wall_of(begin, frame)
    else:
        refuse("it does not say from when it repeats", "add DTSTART, or set starts_at")
    left_out = frozenset(_in_frame(stamp, zone, frame) for stamp in found.less if not stamp.utc)
    parts: list[Rule] = []
    for number, line in enumerate(found.rules, start=1):
        line = line.in_days(start)
        series = _Series(line, start, _until(line, zone, frame), frame)
        if () in line.by.values() or next(series.at_or_after(start), None) is None:
            _never(text, f"RRULE number {number} of" if len(found.rules) > 1 else "got")
        walls = _Counted(tuple(series.all())) if line.count else series
        parts.append(Fixed(_Without(walls, left_out), frame, begin))
    for stamp in found.more:
        if stamp.utc or _in_frame(stamp, zone, frame) not in left_out:
            parts.append(Once(Firing(stamp.instant) if stamp.utc else place(stamp.wall, zone)))
    rule = _Together(
        tuple(parts),
        frozenset(stamp.instant for stamp in found.less if stamp.utc),
        frozenset(stamp.wall.date() for stamp in found.less if stamp.is_date),
        zone,
    )
    if next(rule.after(FIRST), None) is None:
        _never(text, "got")
    return rule


def _in_frame(stamp: Stamp, zone: ZoneInfo, frame: ZoneInfo) -> datetime:
    if stamp.utc:
        return wall_of(stamp.instant, frame)
    return stamp.wall if frame is zone else wall_of(place(stamp.wall, zone).moment, frame)


def _until(line: Recurrence, zone: ZoneInfo, frame: ZoneInfo) -> datetime | None:
    """The end of a line: naive it is a wall time of *frame*, aware it is that instant."""
    if line.until and line.until.utc:
        return line.until.instant
    return _in_frame(line.until, zone, frame) if line.until else None


def _never(text: str, what: str) -> NoReturn:
    raise InvalidValue(NEVER, detail=f"{what} {quoted(text)}")


@dataclass(frozen=True, slots=True)
class _Together:
    """All RRULEs and RDATEs, without the instants and the days of *zone* that are left out."""

    parts: tuple[Rule, ...]
    less: frozenset[datetime]
    less_days: frozenset[date]
    zone: ZoneInfo

    def after(self, instant: datetime) -> Iterator[Firing]:
        last = None
        found = (one.after(instant) for one in self.parts)
        for firing in heapq.merge(*found, key=lambda one: one.moment):
            wall = firing.asked or wall_of(firing.moment, self.zone)
            kept = firing.moment not in self.less and wall.date() not in self.less_days
            if kept and firing.moment != last:
                yield firing
                last = firing.moment


@dataclass(frozen=True, slots=True)
class _Without:
    """Wall times but those that are left out."""

    walls: _Series | _Counted
    less: frozenset[datetime]

    def at_or_after(self, wall: datetime) -> Walls:
        floor = wall.replace(microsecond=0)
        return ((one, ()) for one in self.walls.at_or_after(floor) if one not in self.less)


@dataclass(frozen=True, slots=True)
class _Counted:
    """All that an RRULE with a COUNT has: counting them takes up to 20 ms."""

    walls: tuple[datetime, ...]

    def at_or_after(self, wall: datetime) -> Iterator[datetime]:
        return iter(self.walls[bisect_left(self.walls, wall) :])


@dataclass(frozen=True, slots=True)
class _Series:
    """
    One RRULE from *start*, which is naive, to *until*, both included.

    dateutil walks from its dtstart, and where nothing matches, on to the year 9999. So it gets a
    dtstart of the same phase close to what is asked for; and all of it happens a multiple of 400
    years later, when the calendar is the same, weekdays included, and the end of time is near:
    a MONTHLY rule that never matches, the slowest of all, then ends in 0.2 s.
    """

    rule: Recurrence
    start: datetime
    until: datetime | None
    frame: ZoneInfo

    def at_or_after(self, wall: datetime) -> Iterator[datetime]:
        """Ascending; without regard to COUNT."""
        for found in self._walk(self._near(wall)):
            if self._is_over(found):
                return
            if found >= wall:
                yield found

    def all(self) -> Iterator[datetime]:
        """As many as COUNT says. Raises InvalidValue where it would take too many centuries."""
        count = self.rule.count or 0
        found = list(islice(self._walk(self.start), count))
        if len(found) < count:
            refuse(f"COUNT={count} is not reached before the year {found[-1].year + 1}")
        return (wall for wall in found if wall.year < LAST.year)

    def _walk(self, start: datetime) -> Iterator[datetime]:
        years = (9999 - SEARCH_YEARS - start.year) // 400 * 400
        later = start.replace(year=start.year + years)
        for found in _DATEUTIL.rrule(dtstart=later, **self._parts()):
            yield found.replace(year=found.year - years)

    def _is_over(self, wall: datetime) -> bool:
        if self.until is None:
            return wall.year >= LAST.year
        reached = place(wall, self.frame).moment if self.until.tzinfo else wall
        return reached > self.until

    def _near(self, wall: datetime) -> datetime:
        """A start of the same phase, at least one whole interval before *wall* if there is one."""
        start, interval = self.start, self.rule.interval
        if self.rule.freq in _STEP_S:
            step = timedelta(seconds=interval * _STEP_S[self.rule.freq])
            return start + max(0, (wall - start) // step - 1) * step
        months = interval * (12 if self.rule.freq == "YEARLY" else 1)
        passed = (wall.year - start.year) * 12 + wall.month - start.month
        skipped = max(0, passed // months - 1) * months
        if not skipped:
            return start
        month = start.month - 1 + skipped
        return start.replace(year=start.year + month // 12, month=month % 12 + 1, day=1)

    def _weekdays(self) -> Iterator[tuple[int, int | None]]:
        """BYDAY; of `MO,-1FR` dateutil would make days that are both, so each MO is counted."""
        counted = any(which for _, which in self.rule.by_day)
        yearly = self.rule.freq == "YEARLY" and "BYMONTH" not in self.rule.by
        every = range(1, 54 if yearly else 6) if counted else [None]
        for day, which in self.rule.by_day:
            yield from ((day, number) for number in ([which] if which else every))

    def _parts(self) -> dict[str, Any]:
        rule, start, freq = self.rule, self.start, self.rule.freq
        parts: dict[str, Any] = {name.lower(): numbers for name, numbers in rule.by.items()}
        rare = rule.by.keys() & {"BYMONTH", "BYMONTHDAY"} and "BYSETPOS" not in rule.by
        if freq == "DAILY" and rule.interval == 1 and rare:
            # These are the same days, found ten times as fast.
            freq = "YEARLY"
            parts.setdefault("bymonthday", range(1, 32))
        if rule.by_day:
            parts["byweekday"] = [_DATEUTIL.weekday(day, n) for day, n in self._weekdays()]
        elif not rule.by.keys() & {"BYWEEKNO", "BYYEARDAY", "BYMONTHDAY"}:
            # What dateutil would take from dtstart, whose day _near() may have changed.
            if rule.freq == "YEARLY":
                parts.setdefault("bymonth", start.month)
            if rule.freq in ("YEARLY", "MONTHLY"):
                parts["bymonthday"] = start.day
        frequency = getattr(_DATEUTIL, freq)
        return parts | {"freq": frequency, "interval": rule.interval, "wkst": rule.week_start}
