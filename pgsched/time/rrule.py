"""Recurrence rules of RFC 5545, worked out by python-dateutil on wall times without a zone."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import dateutil.rrule as _dateutil

from ..errors import InvalidValue
from .occasion import LAST, SEARCH_YEARS, Rule, require_whole_second
from .rrule_text import Recurrence, Stamp, read_recurrences, refuse
from .walls import Fixed, Walls
from .zone import place, wall_of

_UTC = ZoneInfo("UTC")
_DATEUTIL: Any = _dateutil
_STEP_S = {"WEEKLY": 604_800, "DAILY": 86_400, "HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}


@lru_cache(maxsize=4096)
def rrule(text: str, zone: ZoneInfo, starts_at: datetime | None = None) -> Rule:
    """
    The rule of an RFC 5545 text: lines DTSTART, RRULE, RDATE, EXDATE, or just one RRULE's value.

    It repeats from DTSTART, or else from *starts_at* (aware, whole seconds), at wall times of
    *zone*. Rules of only hours, minutes or seconds are in real time, and have no BY parts.
    DTSTART itself fires only if the rule says so. COUNT: 1..10,000.
    Raises InvalidValue; also where neither DTSTART nor *starts_at* says from when, and for a rule
    that never fires.
    """
    found = read_recurrences(text, zone.key)
    start = found.start
    if start is None:
        if starts_at is None:
            refuse("it does not say from when it repeats", "add DTSTART, or set starts_at")
        start = Stamp(wall_of(require_whole_second("starts_at", starts_at), zone), False, False)
    frame = _UTC if found.rules and all(rule.is_elapsed for rule in found.rules) else zone
    first = _in_frame(start, zone, frame)
    series = tuple(
        _Series(rule, first, _in_frame(rule.until, zone, frame) if rule.until else None)
        for rule in found.rules
    )
    walls = _Recurring(
        series,
        tuple(sorted(_in_frame(stamp, zone, frame) for stamp in found.more)),
        frozenset(_in_frame(stamp, zone, frame) for stamp in found.less),
    )
    if next(walls.at_or_after(datetime(1900, 1, 1)), None) is None:  # noqa: DTZ001
        raise InvalidValue("this rule never fires", detail=f"got {text!r}")
    return Fixed(walls, frame)


def _in_frame(stamp: Stamp, zone: ZoneInfo, frame: ZoneInfo) -> datetime:
    if stamp.utc:
        return wall_of(stamp.wall.replace(tzinfo=UTC), frame)
    return stamp.wall if frame is zone else wall_of(place(stamp.wall, zone)[0], frame)


@dataclass(frozen=True, slots=True)
class _Recurring:
    """All RRULEs and RDATEs together, without the EXDATEs."""

    series: tuple[_Series, ...]
    more: tuple[datetime, ...]
    less: frozenset[datetime]

    def at_or_after(self, wall: datetime) -> Walls:
        floor = wall.replace(microsecond=0)
        last = None
        more = (one for one in self.more if one >= floor)
        for found in heapq.merge(more, *(one.at_or_after(floor) for one in self.series)):
            if found != last and found not in self.less:
                yield found, ()
            last = found


@dataclass(frozen=True, slots=True)
class _Series:
    """
    One RRULE from *start* to *until*, both included, both naive.

    dateutil walks from its dtstart, and where nothing matches, on to the year 9999. So without a
    COUNT it gets a dtstart of the same phase close to what is asked for; and all of it happens a
    multiple of 400 years later, when the calendar is the same, weekdays included, and the end of
    time is near: a DAILY rule that never matches, the slowest of all, then ends in 0.3 s.
    """

    rule: Recurrence
    start: datetime
    until: datetime | None

    def at_or_after(self, wall: datetime) -> Iterator[datetime]:
        start = self.start if self.rule.count else self._near(wall)
        years = (9999 - SEARCH_YEARS - start.year) // 400 * 400
        later = start.replace(year=start.year + years)
        stop = self.until or LAST.replace(tzinfo=None)
        for found in islice(_DATEUTIL.rrule(dtstart=later, **self._parts()), self.rule.count):
            found = found.replace(year=found.year - years)
            if found > stop:
                return
            if found >= wall:
                yield found

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

    def _parts(self) -> dict[str, Any]:
        rule, start = self.rule, self.start
        parts: dict[str, Any] = {name.lower(): numbers for name, numbers in rule.by.items()}
        if rule.by_day:
            parts["byweekday"] = [
                _DATEUTIL.weekday(day, which or None) for day, which in rule.by_day
            ]
        elif not rule.by.keys() & {"BYWEEKNO", "BYYEARDAY", "BYMONTHDAY"}:
            # What dateutil would take from dtstart, whose day _near() may have changed.
            if rule.freq == "YEARLY":
                parts.setdefault("bymonth", start.month)
            if rule.freq in ("YEARLY", "MONTHLY"):
                parts["bymonthday"] = start.day
        frequency = getattr(_DATEUTIL, rule.freq)
        return parts | {"freq": frequency, "interval": rule.interval, "wkst": rule.week_start}
