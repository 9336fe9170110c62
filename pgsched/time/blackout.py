"""Blackouts: windows of time in which nothing is to start."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from ..errors import InvalidValue
from .occasion import Note, Notes, Rule, require_aware

BLACKOUT_POLICIES = ("skip", "hold", "before")
_SECOND = timedelta(seconds=1)
_DURATION_S_MAX = 366 * 86_400
# More windows in one chain have no end in practice: a month of windows of 43 minutes each.
_CHAINED_MAX = 1000


class Stretch(NamedTuple):
    """Time without starts, [begin, end): one window, or several that overlap or touch."""

    begin: datetime
    end: datetime
    reason: str
    endless: bool = False


class Covering(Protocol):
    """Something that blacks out: windows, or what makes them."""

    def covering(self, instant: datetime) -> Stretch | None:
        """One window of it that covers *instant*, if any does: the earliest."""
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """
    One window, [starts_at, ends_at), aware.

    Raises InvalidValue where it is empty, or a time has no zone.
    """

    starts_at: datetime
    ends_at: datetime
    reason: str = ""

    def __post_init__(self) -> None:
        require_aware("starts_at", self.starts_at)
        require_aware("ends_at", self.ends_at)
        if self.ends_at <= self.starts_at:
            raise InvalidValue(
                "the blackout is empty",
                detail=f"it ends at {self.ends_at}, {self.starts_at} or after",
            )

    def covering(self, instant: datetime) -> Stretch | None:
        """This window, where it covers *instant*; else None."""
        if not self.starts_at <= instant < self.ends_at:
            return None
        return Stretch(self.starts_at.astimezone(UTC), self.ends_at.astimezone(UTC), self.reason)


@dataclass(frozen=True, slots=True)
class RecurringWindow:
    """
    A window of *duration_s* (1 s..366 days) from each firing of *rule*, as parse() makes it.

    Raises InvalidValue for any other duration.
    """

    rule: Rule
    duration_s: int
    reason: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.duration_s <= _DURATION_S_MAX:
            raise InvalidValue(
                "duration_s is out of range",
                detail=f"got {self.duration_s}, allowed 1..{_DURATION_S_MAX}",
            )

    def covering(self, instant: datetime) -> Stretch | None:
        """The earliest of its windows that covers *instant*; None where none does."""
        length = timedelta(seconds=self.duration_s)
        start = next((moment for moment, _ in self.rule.after(instant - length)), None)
        if start is None or start > instant:
            return None
        return Stretch(start, start + length, self.reason)


def around(windows: Sequence[Covering], instant: datetime) -> Stretch | None:
    """The blackout that covers *instant*: windows that overlap or touch are one. None: none."""
    hits = _covering(windows, instant)
    if not hits:
        return None
    reason = ", ".join(dict.fromkeys(hit.reason for hit in hits if hit.reason))
    begin, end = _extent(hits)
    for _ in range(_CHAINED_MAX):
        more = _covering(windows, begin - _SECOND) + _covering(windows, end)
        if not more:
            return Stretch(begin, end, reason)
        earliest, latest = _extent(more)
        begin, end = min(begin, earliest), max(end, latest)
    return Stretch(begin, end, reason, endless=True)


def move(
    windows: Sequence[Covering], instant: datetime, policy: str
) -> tuple[datetime | None, Notes]:
    """
    Where an occasion due at *instant* goes by *policy*, and why; itself where nothing covers it.

    `skip`: nowhere, None. `hold`: to the end of the blackout. `before`: to a second before it.
    """
    blackout = around(windows, instant)
    if blackout is None:
        return instant, ()
    what = f"{instant:%Y-%m-%d %H:%M:%S} UTC is in the blackout"
    what += f" {blackout.reason!r}" if blackout.reason else ""
    if policy == "skip" or blackout.endless:
        return None, (Note("blackout", f"{what}: skipped"),)
    to = blackout.end if policy == "hold" else blackout.begin - _SECOND
    return to, (Note("blackout", f"{what}: moved to {to:%Y-%m-%d %H:%M:%S}"),)


def _covering(windows: Iterable[Covering], instant: datetime) -> list[Stretch]:
    return [found for window in windows if (found := window.covering(instant))]


def _extent(found: Sequence[Stretch]) -> tuple[datetime, datetime]:
    return min(one.begin for one in found), max(one.end for one in found)
