"""
What becomes of occasions, found the slow way: quarter of an hour by quarter of an hour.

Everything is walked: the clock through its changes, the days to one that is worked, a blackout to
its end. There are all occasions at once, so who takes an instant from whom is seen by looking at
all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

QUARTER, DAY, SECOND = timedelta(minutes=15), timedelta(days=1), timedelta(seconds=1)


@dataclass(repr=False)
class Clock:
    """What the clocks of a zone show from *begin* to *end*, and when."""

    timezone: str
    begin: datetime
    end: datetime
    shown: dict[datetime, datetime] = field(default_factory=dict)
    first: dict[datetime, datetime] = field(default_factory=dict)
    """The instant at which the clock first shows a wall time, or passes it."""

    def __post_init__(self) -> None:
        now, zone = self.begin, ZoneInfo(self.timezone)
        latest = now.astimezone(zone).replace(tzinfo=None) - QUARTER
        while now <= self.end:
            wall = self.shown[now] = now.astimezone(zone).replace(tzinfo=None)
            while latest < wall:
                latest += QUARTER
                self.first[latest] = now
            now += QUARTER

    def firings(self, fits: Callable[[datetime], bool], *, each: bool) -> dict[datetime, datetime]:
        """Each instant at which something fires, with the wall time that it stands for."""
        if each:
            return {now: wall for now, wall in self.shown.items() if fits(wall)}
        found: dict[datetime, datetime] = {}
        for wall, now in self.first.items():
            if fits(wall):
                found.setdefault(now, wall)
        # A time of another day, of which the clock left out the end, is midnight of this.
        same = {now: wall.date() == self.shown[now].date() for now, wall in found.items()}
        return {now: wall if same[now] else self.shown[now] for now, wall in found.items()}


@dataclass(repr=False)
class Fate:
    """What becomes of firings: on which days, by which roll, around which windows."""

    clock: Clock
    firings: dict[datetime, datetime]
    is_open: Callable[[date], bool] | None
    roll: str
    windows: Iterable[tuple[datetime, datetime]]
    policy: str

    def of_all(self) -> list[tuple[datetime, datetime | None]]:
        """Each firing, and when it runs; None: it is skipped."""
        due = {now: self._due(now, wall) for now, wall in sorted(self.firings.items())}
        own = {now for now, at in due.items() if now == at}
        taken: set[datetime] = set()
        found: list[tuple[datetime, datetime | None]] = []
        for now, at in due.items():
            runs = at is not None and (now == at or at not in own | taken)
            found.append((now, at if runs else None))
            if at is not None:
                taken.add(at)
        return found

    def _due(self, now: datetime, wall: datetime) -> datetime | None:
        day = self._day(self.clock.shown[now].date())
        if day is None:
            return None
        if day != self.clock.shown[now].date():
            now = self.clock.first[datetime.combine(day, wall.time())]
        if not self._covered(now) or self.policy == "hold":
            while self._covered(now):
                now += QUARTER
            return now
        if self.policy == "skip":
            return None
        while self._covered(now):
            now -= QUARTER
        return now + QUARTER - SECOND

    def _day(self, day: date) -> date | None:
        if self.is_open is None or self.is_open(day):
            return day
        if self.roll == "skip":
            return None
        following, preceding = day, day
        while not self.is_open(following):
            following += DAY
        while not self.is_open(preceding):
            preceding -= DAY
        if self.roll == "preceding":
            return preceding
        stays = f"{following:%Y-%m}" == f"{day:%Y-%m}"
        return following if self.roll == "following" or stays else preceding

    def _covered(self, now: datetime) -> bool:
        return any(begin <= now < end for begin, end in self.windows)


def around(change: datetime) -> tuple[datetime, datetime]:
    """Three weeks before an instant, and three after it, on the quarter of an hour."""
    middle = change.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return middle - 21 * DAY, middle + 21 * DAY
