"""What the planner says: an occasion, and why it is where it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple, Protocol, TypeAlias

from ..errors import InvalidValue

NoteCode: TypeAlias = Literal[
    "holiday", "weekend", "blackout", "dst_gap", "dst_fold", "ends", "max_runs"
]

# Nothing fires outside these, so every search ends: the longest walks 1,100 years of months.
FIRST = datetime(1900, 1, 1, tzinfo=UTC)
LAST = datetime(3000, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
# A rule that finds nothing in so many years never fires again. 29 February on a given weekday,
# the rarest that crontab can say, comes back after at most 40.
SEARCH_YEARS = 100


@dataclass(frozen=True, slots=True)
class Note:
    """Why an occasion is where it is; `text` is for people, `code` for programs."""

    code: NoteCode
    text: str


Notes: TypeAlias = tuple[Note, ...]


class Firing(NamedTuple):
    """
    An instant at which a rule fires, in UTC, whole seconds, and what is special about it.

    `asked`: the wall time that it stands for, where that does not exist; else None.
    """

    moment: datetime
    notes: Notes = ()
    asked: datetime | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """
    One time a schedule fires.

    `nominal`: aware, UTC, whole seconds: its identity, strictly ascending, never twice.
    `due_at`: aware, UTC: nominal, moved by calendar, blackout, splay and jitter.
    `skipped`: it is recorded, and makes no job; `notes` say why.
    """

    nominal: datetime
    due_at: datetime
    skipped: bool
    notes: Notes


class Rule(Protocol):
    """When something fires, before calendars and blackouts have their say."""

    def after(self, instant: datetime) -> Iterator[Firing]:
        """
        Every firing strictly after *instant* (aware), strictly ascending, in UTC, whole seconds.

        Ends where the rule never fires again: at its own end, after 100 years of nothing, or with
        the year 2999. Nothing fires before the year 1900.
        """
        ...


def require_aware(name: str, instant: datetime) -> datetime:
    """*instant* in UTC. Raises InvalidValue where it has no zone, or is not of 1901..2999."""
    if instant.tzinfo is None:
        raise InvalidValue(
            f"{name} has no time zone",
            detail=f"got {instant}",
            hint="pass an aware datetime",
            field=name,
        )
    # In the years 1 and 9999 some have no UTC.
    in_utc = instant.astimezone(UTC) if 1 < instant.year < 9999 else instant
    if not FIRST.year < in_utc.year < LAST.year:
        raise InvalidValue(
            f"{name} is out of range", detail=f"got {instant}, allowed 1901..2999", field=name
        )
    return in_utc


def require_whole_second(name: str, instant: datetime) -> datetime:
    """*instant* in UTC. Raises InvalidValue as require_aware, and for a fraction of a second."""
    in_utc = require_aware(name, instant)
    if in_utc.microsecond:
        raise InvalidValue(
            f"{name} has a fraction of a second",
            detail=f"got {instant}",
            hint="schedules fire on whole seconds: round it",
            field=name,
        )
    return in_utc
