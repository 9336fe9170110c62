"""Wall clocks: from local time to instants and back, through every change of a zone's offset."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from ..errors import InvalidValue
from .occasion import LAST, Firing, Note

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# No zone has changed twice within a day, so looking twice a day finds every change.
_LOOK_EVERY_S = 12 * 3600


class Span(NamedTuple):
    """A stretch of time, [begin, end) in UTC, all of it at one offset from UTC."""

    begin: datetime
    end: datetime
    offset: timedelta


def find_zone(name: str) -> ZoneInfo:
    """
    The IANA time zone of this name, exactly as it is spelled there.

    From the system's database, or the tzdata package where that has none.
    Raises InvalidValue for any other, with the names nearest to it.
    """
    if name not in _names():
        raise InvalidValue(
            "the time zone is unknown",
            detail=f"got {name[:80]!r}",
            hint=_near(name[:80]),
            field="timezone",
        )
    return ZoneInfo(name)


def wall_of(instant: datetime, zone: ZoneInfo) -> datetime:
    """What a clock on the wall shows at *instant* (aware): a naive datetime."""
    return instant.astimezone(zone).replace(tzinfo=None)


def place(wall: datetime, zone: ZoneInfo) -> Firing:
    """
    The one instant of a wall time (naive, whole seconds), in UTC, and what was special about it.

    A time that does not exist is the first instant after the gap; one that exists twice is the
    first of the two. So a later wall time is never an earlier instant.
    """
    early = wall.replace(tzinfo=zone)
    before = early.utcoffset() or timedelta()
    after = early.replace(fold=1).utcoffset() or timedelta()
    instant = (wall - before).replace(tzinfo=UTC)
    if before == after:
        return Firing(instant)
    if after < before:
        fold = Note("dst_fold", f"{wall} comes twice in {zone.key}: the first counts")
        return Firing(instant, (fold,))
    change = _first_change(zone, _seconds(wall - after), _seconds(wall - before))
    text = f"{wall} does not exist in {zone.key}: moved to {wall_of(change, zone)}"
    return Firing(change, (Note("dst_gap", text),), wall)


def last_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The last instant, in UTC, that could be called by a wall time: there may be two, or none."""
    return max(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def spans(instant: datetime, zone: ZoneInfo) -> Iterator[Span]:
    """From *instant* (aware) to the year 3000: stretches of one offset, a year long at most."""
    begin = instant.astimezone(UTC)
    for year in range(begin.year, LAST.year):
        for end in (*changes(zone, year), datetime(year + 1, 1, 1, tzinfo=UTC)):
            if end > begin:
                yield Span(begin, end, begin.astimezone(zone).utcoffset() or timedelta())
                begin = end


@lru_cache(maxsize=8192)
def changes(zone: ZoneInfo, year: int) -> tuple[datetime, ...]:
    """The instants of a year (UTC) from which the zone has another offset: mostly two, or none."""
    start, end = (_seconds(datetime(y, 1, 1)) for y in (year, year + 1))  # noqa: DTZ001
    looks = range(start - _LOOK_EVERY_S, end, _LOOK_EVERY_S)
    offsets = [_offset(zone, second) for second in looks]
    found = [
        _first_change(zone, second - _LOOK_EVERY_S, second)
        for second, before, at in zip(looks[1:], offsets, offsets[1:], strict=False)
        if before != at
    ]
    last = looks[-1]
    if _offset(zone, end - 1) != offsets[-1]:
        found.append(_first_change(zone, last, end - 1))
    return tuple(change for change in found if change.year == year)


def _first_change(zone: ZoneInfo, low: int, high: int) -> datetime:
    """The change of offset in (low, high], in seconds since 1970: there is one."""
    before = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return _EPOCH + timedelta(seconds=high)


def _offset(zone: ZoneInfo, second: int) -> timedelta | None:
    return (_EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()


def _seconds(naive_utc: datetime) -> int:
    return int((naive_utc.replace(tzinfo=UTC) - _EPOCH).total_seconds())


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    # "localtime" is whatever the machine is set to: two workers may disagree about it.
    return frozenset(available_timezones() - {"localtime", "Factory"})


def _near(name: str) -> str:
    by_folded = {known.casefold(): known for known in sorted(_names())}
    by_city = {known.split("/")[-1]: known for known in by_folded}
    wanted = name.strip().replace(" ", "_").casefold()
    near = difflib.get_close_matches(wanted, by_folded, n=3)
    near += [by_city[city] for city in difflib.get_close_matches(wanted, by_city, n=2)]
    names = list(dict.fromkeys(by_folded[folded] for folded in near))[:3]
    if names:
        return f"did you mean {' or '.join(names)}?"
    return "IANA names are like Europe/Berlin, America/New_York or UTC"
