"""Blackouts: windows of time in which nothing is to start."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from ..errors import InvalidValue
from .occasion import TICK, Note, Notes, require_aware

BLACKOUT_POLICIES = ("skip", "hold", "before")
_SECOND = timedelta(seconds=1)


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


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time without starts, [begin, end) in UTC, whole seconds: windows that overlap or touch."""

    begin: datetime
    end: datetime
    windows: tuple[Window, ...]

    def out(self, policy: str) -> datetime:
        """Where its occasions go: to its end by `hold`, to a second before it by `before`."""
        return self.end if policy == "hold" else self.begin - _SECOND


@dataclass(frozen=True, slots=True)
class Blackouts:
    """Stretches, ascending, at least a second between them; and what becomes of occasions there."""

    stretches: tuple[Stretch, ...]
    policy: str

    @property
    def shift(self) -> bool:
        """Whether they move anything: not if they skip it, or there are none."""
        return bool(self.stretches) and self.policy != "skip"

    def around(self, instant: datetime) -> Stretch | None:
        """The stretch that *instant* is in; None: it is free."""
        number = bisect_right(self.stretches, instant, key=lambda one: one.begin) - 1
        found = self.stretches[number] if number >= 0 else None
        return found if found and instant < found.end else None

    def leading_to(self, instant: datetime) -> Stretch | None:
        """The stretch whose occasions all go to *instant*; None where there is none."""
        if not self.shift:
            return None
        number = bisect_left(self.stretches, instant, key=lambda one: one.out(self.policy))
        found = self.stretches[number] if number < len(self.stretches) else None
        return found if found and found.out(self.policy) == instant else None

    def move(self, instant: datetime) -> tuple[datetime | None, Notes]:
        """Where an occasion due at *instant* goes, and why: itself where it is free, or nowhere."""
        found = self.around(instant)
        if found is None:
            return instant, ()
        met = (one.reason for one in found.windows if one.starts_at <= instant < one.ends_at)
        reasons = ", ".join(dict.fromkeys(filter(None, met)))
        what = f"{instant:%Y-%m-%d %H:%M:%S} UTC is in the blackout"
        what += f" {reasons!r}" if reasons else ""
        if self.policy == "skip":
            return None, (Note("blackout", f"{what}: skipped"),)
        to = found.out(self.policy)
        return to, (Note("blackout", f"{what}: moved to {to:%Y-%m-%d %H:%M:%S}"),)


@lru_cache(maxsize=1024)
def merged(windows: tuple[Window, ...]) -> tuple[Stretch, ...]:
    """
    The stretches that *windows* make, in any order, with parts of a second made whole.

    A gap of less than a second is none: nothing could start in it.
    """
    found: list[tuple[datetime, datetime, list[Window]]] = []
    for window in sorted(windows, key=lambda one: one.starts_at):
        begin = window.starts_at.astimezone(UTC).replace(microsecond=0)
        end = (window.ends_at.astimezone(UTC) + _SECOND - TICK).replace(microsecond=0)
        if found and begin <= found[-1][1]:
            first, last, together = found.pop()
            found.append((first, max(last, end), together))
        else:
            found.append((begin, end, []))
        found[-1][2].append(window)
    return tuple(Stretch(begin, end, tuple(together)) for begin, end, together in found)
