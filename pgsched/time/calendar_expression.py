"""Calendars combined: `nyse and not company`, `(us or gb) and not freeze`."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from ..errors import InvalidValue
from .calendar import BusinessDays, Calendar, Closed

_WORD = re.compile(r"[\w.:/-]+", re.ASCII)
_TOKEN = re.compile(rf"\s*(?:(\(|\))|({_WORD.pattern}))", re.ASCII)
_NO_NAMES = frozenset({"(", ")", "and", "or", "not"})
_DEPTH_MAX = 50


class _Reason(ABC):
    """What every combination can say, once it can say why it is closed."""

    __slots__ = ()

    @abstractmethod
    def closed(self, day: date) -> Closed | None:
        """Why *day* is not worked; None where it is."""

    def business(self, day: date) -> bool:
        return self.closed(day) is None


@dataclass(frozen=True, slots=True)
class _All(_Reason):
    """Open where all are; the first that is closed says why."""

    parts: tuple[BusinessDays, ...]

    def closed(self, day: date) -> Closed | None:
        return next((closed for part in self.parts if (closed := part.closed(day))), None)


@dataclass(frozen=True, slots=True)
class _Any(_Reason):
    """Open where one is; else the first says why."""

    parts: tuple[BusinessDays, ...]

    def closed(self, day: date) -> Closed | None:
        reasons = [part.closed(day) for part in self.parts]
        return reasons[0] if all(reasons) else None


@dataclass(frozen=True, slots=True)
class _NoHoliday(_Reason):
    """Open on every day that is no listed holiday, weekends included."""

    calendar: Calendar

    def closed(self, day: date) -> Closed | None:
        return self.calendar.holiday(day)


def combined(text: str, calendars: Mapping[str, Calendar]) -> BusinessDays:
    """
    The calendar that *text* makes of *calendars*, by name.

    `X`: the business days of X. `not X`: days that are no listed holiday of X, weekends included.
    `A and B`: open in both. `A or B`: open in one. `and` binds tighter; parentheses group.
    Raises InvalidValue, with the place, for anything else and for names that are not there.
    """
    return _Parser(text, calendars).whole()


def names_in(text: str) -> set[str]:
    """The calendars that an expression names, known or not; of any other text, what may be one."""
    return set(_WORD.findall(text)) - _NO_NAMES


class _Parser:
    """One pass over the tokens; `at` is the one to read next."""

    def __init__(self, text: str, calendars: Mapping[str, Calendar]) -> None:
        self.text, self.calendars = text, calendars
        self.at, self.depth = 0, 0
        self.tokens: list[tuple[str, int]] = []
        place = 0
        while found := _TOKEN.match(text, place):
            word = found[1] or found[2]
            self.tokens.append((word, found.end() - len(word)))
            place = found.end()
        if rest := text[place:].strip():
            place = text.index(rest, place)
            self.refuse(f"{rest[0]!r} belongs to no name", place)

    def whole(self) -> BusinessDays:
        found = self.any_of()
        if self.peek() is not None:
            self.refuse(f"{self.peek()!r} follows a complete expression")
        return found

    def any_of(self) -> BusinessDays:
        parts = [self.all_of()]
        while self.skip("or"):
            parts.append(self.all_of())
        return parts[0] if len(parts) == 1 else _Any(tuple(parts))

    def all_of(self) -> BusinessDays:
        parts = [self.one()]
        while self.skip("and"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else _All(tuple(parts))

    def one(self) -> BusinessDays:
        if self.skip("not"):
            return _NoHoliday(self.calendar())
        if not self.skip("("):
            return self.calendar()
        self.depth += 1
        if self.depth > _DEPTH_MAX:
            self.refuse(f"parentheses are nested more than {_DEPTH_MAX} deep")
        inner = self.any_of()
        if not self.skip(")"):
            self.refuse("a parenthesis is not closed")
        self.depth -= 1
        return inner

    def calendar(self) -> Calendar:
        name = self.peek()
        if name is None or name in _NO_NAMES:
            self.refuse(f"the name of a calendar is missing before {name or 'the end'!r}")
        if name not in self.calendars:
            self.refuse(f"there is no calendar {name!r}")
        self.at += 1
        return self.calendars[name]

    def peek(self) -> str | None:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else None

    def skip(self, word: str) -> bool:
        found = self.peek() == word
        self.at += found
        return found

    def refuse(self, what: str, place: int | None = None) -> NoReturn:
        if place is None:
            after_all = ("", len(self.text))
            place = (*self.tokens, after_all)[min(self.at, len(self.tokens))][1]
        raise InvalidValue(
            "this is no expression of calendars",
            detail=f"at character {place + 1} of {self.text[:200]!r}: {what}",
            hint="write us, us and not company, or (us or gb) and not freeze",
        )
