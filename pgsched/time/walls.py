"""Rules made of wall times: which days, at what times of day, and how they become instants."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol, TypeAlias
from zoneinfo import ZoneInfo

from .occasion import FIRST, LAST, TICK, Firing, Notes
from .zone import place, spans, wall_of

Walls: TypeAlias = Iterator[tuple[datetime, Notes]]


class Days(Protocol):
    """Days of the calendar."""

    def on_or_after(self, day: date) -> Iterator[tuple[date, Notes]]:
        """Strictly ascending; ends with the year 2999, or after 100 years of nothing."""
        ...


class Clock(Protocol):
    """Times of day, whole seconds."""

    def at_or_after(self, floor: time) -> Iterator[time]:
        """Strictly ascending; none where all are earlier."""
        ...


class WallTimes(Protocol):
    """Naive local times, whole seconds."""

    def at_or_after(self, wall: datetime) -> Walls:
        """Strictly ascending; ends as Days do. May begin up to a second too early."""
        ...


@dataclass(frozen=True, slots=True)
class Times:
    """A few times of day: ascending, at least one."""

    times: tuple[time, ...]

    def at_or_after(self, floor: time) -> Iterator[time]:
        """Those of the times that are not before *floor*; none where all are."""
        return iter(self.times[bisect_left(self.times, floor) :])


@dataclass(frozen=True, slots=True)
class DayTimes:
    """Each of the days, at each of the times."""

    days: Days
    clock: Clock

    def at_or_after(self, wall: datetime) -> Walls:
        """Ascending, day by day; the notes are those of the day."""
        first = wall.date()
        floor = wall.time().replace(microsecond=0)
        for day, notes in self.days.on_or_after(first):
            for at in self.clock.at_or_after(floor if day == first else time.min):
                yield datetime.combine(day, at), notes


@dataclass(frozen=True, slots=True)
class Fixed:
    """
    Each wall time fires once.

    One that does not exist fires at the first instant after the gap, and if several end up there,
    or one is there anyway, that is one firing. One that exists twice fires the first time; but
    *start* (aware, whole seconds), where it is given and one of the walls, fires itself.
    """

    walls: WallTimes
    zone: ZoneInfo
    start: datetime | None = None

    def after(self, instant: datetime) -> Iterator[Firing]:
        """Each firing after *instant*, with the notes of its day, and of its gap or fold."""
        if instant >= LAST:
            return
        last = max(instant, FIRST)
        second = self.start if self.start and self.start.astimezone(self.zone).fold else None
        if second:
            last = max(last, second - TICK)
        # The wall of *instant* is never later than that of a firing after it: place() ascends.
        for wall, notes in self.walls.at_or_after(wall_of(last, self.zone)):
            moment, shifted, asked = place(wall, self.zone)
            if second and wall == wall_of(second, self.zone):
                moment, shifted = second.astimezone(UTC), ()
            if moment > last:
                yield Firing(moment, notes + shifted, asked)
                last = moment


@dataclass(frozen=True, slots=True)
class Matching:
    """
    Each instant whose wall time matches fires: "every N", on and on.

    What comes twice fires twice, what does not exist does not fire, and nothing is moved.
    """

    walls: WallTimes
    zone: ZoneInfo

    def after(self, instant: datetime) -> Iterator[Firing]:
        """Each firing after *instant*; there are no notes, since nothing is moved."""
        instant = max(instant, FIRST)
        for begin, end, offset in spans(instant, self.zone):
            stop = end.replace(tzinfo=None) + offset
            wall = None
            for wall, notes in self.walls.at_or_after(begin.replace(tzinfo=None) + offset):
                if wall >= stop:
                    break
                moment = (wall - offset).replace(tzinfo=UTC)
                if moment > instant:
                    yield Firing(moment, notes)
            if wall is None:
                return


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Exactly every *step* of real time from *start* (aware, UTC), which is the first firing."""

    start: datetime
    step: timedelta

    def after(self, instant: datetime) -> Iterator[Firing]:
        """Each firing after *instant*; it is computed, not counted, so any start will do."""
        passed = instant - self.start
        count = passed // self.step + 1 if passed >= timedelta() else 0
        moment = self.start + count * self.step
        while moment < LAST:
            yield Firing(moment)
            moment += self.step


@dataclass(frozen=True, slots=True)
class Once:
    """A single firing."""

    firing: Firing

    def after(self, instant: datetime) -> Iterator[Firing]:
        """The firing, where it is after *instant*; else none."""
        if self.firing.moment > instant:
            yield self.firing
