"""RFC 5545 recurrence text: its lines, their values, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple, NoReturn

from ..errors import InvalidValue
from .clock_text import quoted

REFUSED = "this is not a recurrence rule"
FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# One that never fires takes 0.2 s to find out.
_RULES_MAX = 10
_COUNT_MAX = 10_000
_TIMES_MAX = 10_000
_RANGES = {
    "BYSECOND": (0, 59),
    "BYMINUTE": (0, 59),
    "BYHOUR": (0, 23),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYMONTH": (1, 12),
    "BYSETPOS": (-366, 366),
    "COUNT": (1, _COUNT_MAX),
    "INTERVAL": (1, 100_000),
}
# By RFC 5545, section 3.3.10: with these frequencies these parts mean nothing.
_MISPLACED = {
    "BYWEEKNO": {"MONTHLY", "WEEKLY", "DAILY"},
    "BYYEARDAY": {"MONTHLY", "WEEKLY", "DAILY"},
    "BYMONTHDAY": {"WEEKLY"},
}


class Stamp(NamedTuple):
    """A DATE-TIME: naive, local in the schedule's zone or in UTC; *is_date*: only a date."""

    wall: datetime
    utc: bool
    is_date: bool

    @property
    def instant(self) -> datetime:
        """Of one in UTC."""
        return self.wall.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """One RRULE. `by`: BYMONTH and the like, as numbers; `by_day`: weekday 0..6 and which or 0."""

    freq: str
    interval: int
    count: int | None
    until: Stamp | None
    week_start: int
    by: dict[str, tuple[int, ...]]
    by_day: tuple[tuple[int, int], ...]

    @property
    def is_elapsed(self) -> bool:
        """Whether it counts hours, minutes or seconds as they pass, whatever the wall says."""
        return self.freq in FREQUENCIES[4:] and not self.by and not self.by_day

    def in_days(self, start: datetime) -> Recurrence:
        """
        A rule of hours, minutes or seconds that has BY parts, as one of days with times of day.

        Raises InvalidValue for an INTERVAL that is not the same every day, and for too many times.
        """
        if self.freq not in FREQUENCIES[4:] or self.is_elapsed:
            return self
        by, interval, counting = dict(self.by), self.interval, False
        for freq, part, size, at in (
            ("SECONDLY", "BYSECOND", 60, start.second),
            ("MINUTELY", "BYMINUTE", 60, start.minute),
            ("HOURLY", "BYHOUR", 24, start.hour),
        ):
            counting = counting or freq == self.freq
            if not counting:
                by.setdefault(part, (at,))
                continue
            if size % interval and interval % size:
                refuse(
                    f"INTERVAL={self.interval} is not the same each day",
                    f"with BY parts, FREQ={self.freq} takes one that divides a minute, hour or day",
                )
            step, interval = min(interval, size), max(1, interval // size)
            given = by.get(part, range(size))
            by[part] = tuple(each for each in given if (each - at) % step == 0)
        times = len(by["BYHOUR"]) * len(by["BYMINUTE"]) * len(by["BYSECOND"])
        if times > _TIMES_MAX:
            refuse(
                f"it has {times} times a day: allowed are up to {_TIMES_MAX}", "write it as cron"
            )
        return replace(self, freq="DAILY", interval=interval, by=by)


@dataclass(slots=True)
class Recurrences:
    """A whole text: what all lines say together."""

    start: Stamp | None = None
    rules: list[Recurrence] = field(default_factory=list[Recurrence])
    more: list[Stamp] = field(default_factory=list[Stamp])
    less: list[Stamp] = field(default_factory=list[Stamp])


def read_recurrences(text: str, timezone: str) -> Recurrences:
    """
    The lines DTSTART, RRULE, RDATE and EXDATE of *text*; or just the value of one RRULE.

    Times are local in *timezone*, or in UTC with a Z; a TZID must name that zone.
    Raises InvalidValue for everything else.
    """
    found = Recurrences()
    for line in re.sub(r"\r?\n[ \t]", "", text.strip()).splitlines():
        head, colon, value = line.strip().upper().partition(":")
        if not colon:
            head, value = "RRULE", head
        name, *parameters = head.split(";")
        _check_parameters(parameters, timezone)
        if name == "DTSTART" and found.start is None:
            found.start = _stamp(value)
        elif name == "RRULE":
            found.rules.append(_recurrence(value))
        elif name == "RDATE":
            found.more += map(_stamp, value.split(","))
        elif name == "EXDATE":
            found.less += map(_stamp, value.split(","))
        else:
            refuse(f"line {quoted(name)}", "lines are one DTSTART, then RRULE, RDATE, EXDATE")
    if not found.rules and not found.more:
        refuse("it has no RRULE and no RDATE", "write FREQ=WEEKLY;BYDAY=MO")
    if len(found.rules) > _RULES_MAX:
        refuse(f"it has {len(found.rules)} RRULEs: allowed are up to {_RULES_MAX}")
    if found.start and found.start.utc and timezone != "UTC":
        refuse("DTSTART is in UTC", f"write it without Z, as local time in {timezone}")
    _check_dates(found)
    return found


def _check_parameters(parameters: list[str], timezone: str) -> None:
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key == "TZID" and value == timezone.upper():
            continue
        if key == "TZID":
            refuse(
                f"TZID is {value}", f"the schedule's timezone is {timezone}: it must be the same"
            )
        if (key, value) not in (("VALUE", "DATE"), ("VALUE", "DATE-TIME")):
            refuse(f"parameter {quoted(parameter)}", "known are TZID and VALUE=DATE")


def _check_dates(found: Recurrences) -> None:
    if found.start and found.start.is_date:
        return
    for rule in found.rules:
        if rule.until and rule.until.is_date:
            day = f"{rule.until.wall:%Y%m%d}"
            refuse(f"UNTIL={day} has no time of day", f"write UNTIL={day}T235959")
    for stamp in found.more:
        if stamp.is_date:
            day = f"{stamp.wall:%Y%m%d}"
            refuse(f"RDATE:{day} has no time of day", f"write RDATE:{day}T090000")


def _recurrence(text: str) -> Recurrence:
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if name in parts or not value:
            refuse(f"part {quoted(part)}", "parts are NAME=VALUE, each name once, with ; between")
        parts[name] = value
    freq = parts.pop("FREQ", "")
    if freq not in FREQUENCIES:
        refuse(f"FREQ is {quoted(freq)}", f"allowed are {', '.join(FREQUENCIES)}")
    until = parts.pop("UNTIL", None)
    week_start = parts.pop("WKST", "MO")
    days = parts.pop("BYDAY", None)
    numbers = {name: _numbers(name, value, freq) for name, value in parts.items()}
    which_max = _which_max(freq, numbers.keys())
    by_day = tuple(_weekday(day, freq, which_max) for day in days.split(",")) if days else ()
    interval, count = (numbers.pop(name, None) for name in ("INTERVAL", "COUNT"))
    if until and count:
        refuse("it has both UNTIL and COUNT", "one of them ends it")
    if freq in FREQUENCIES[4:] and "BYSETPOS" in numbers:
        refuse(f"BYSETPOS means nothing with FREQ={freq}")
    if "BYSETPOS" in numbers and len(numbers) == 1 and not by_day:
        refuse("BYSETPOS picks from other BY parts, and there is none")
    if week_start not in WEEKDAYS:
        refuse(f"WKST is {quoted(week_start)}", f"allowed are {', '.join(WEEKDAYS)}")
    return Recurrence(
        freq=freq,
        interval=interval[0] if interval else 1,
        count=count[0] if count else None,
        until=_stamp(until) if until else None,
        week_start=WEEKDAYS.index(week_start),
        by=numbers,
        by_day=by_day,
    )


def _numbers(name: str, text: str, freq: str) -> tuple[int, ...]:
    if name not in _RANGES:
        refuse(f"part {quoted(name)}", f"known are FREQ, UNTIL, WKST, BYDAY, {', '.join(_RANGES)}")
    if freq in _MISPLACED.get(name, ()):
        refuse(f"{name} means nothing with FREQ={freq}")
    low, high = _RANGES[name]
    values: set[int] = set()
    for value in text.split(","):
        number = int(value) if re.fullmatch(r"[+-]?\d{1,7}", value, re.ASCII) else high + 1
        if not low <= number <= high or (number == 0 and low < 0):
            but = " without 0" if low < 0 else ""
            refuse(f"{name}={value[:80]}: allowed are {low}..{high}{but}")
        values.add(number)
    if name in ("COUNT", "INTERVAL") and "," in text:
        refuse(f"{name}={text[:80]}: only one number")
    return tuple(sorted(values))


def _which_max(freq: str, parts: Collection[str]) -> int:
    """How many of one weekday there may be in what BYDAY counts in; 0: it cannot count."""
    if freq == "MONTHLY" or (freq == "YEARLY" and "BYMONTH" in parts):
        return 5
    return 53 if freq == "YEARLY" and "BYWEEKNO" not in parts else 0


def _weekday(text: str, freq: str, which_max: int) -> tuple[int, int]:
    found = re.fullmatch(r"([+-]?\d{1,2})?([A-Z]{2})", text, re.ASCII)
    which = int(found[1] or 0) if found else 0
    if not found or found[2] not in WEEKDAYS or (found[1] and not which):
        refuse(f"BYDAY={text[:80]}", "write MO, 1MO for the first, -1FR for the last")
    if which and not which_max:
        refuse(f"BYDAY={text} counts in a month or year", f"FREQ={freq} has none: write {found[2]}")
    if abs(which) > which_max:
        refuse(f"BYDAY={text}: allowed are -{which_max}..{which_max}, or just {found[2]}")
    return WEEKDAYS.index(found[2]), which


def _stamp(text: str) -> Stamp:
    found = re.fullmatch(r"(\d{8})(?:T(\d{6})(Z)?)?", text.strip(), re.ASCII)
    try:
        if not found:
            raise ValueError
        wall = datetime.strptime(found[1] + (found[2] or "000000"), "%Y%m%d%H%M%S")  # noqa: DTZ007
    except ValueError:
        refuse(f"{quoted(text)} is no time", "write 20261231T180000, in UTC with a Z behind")
    # Outlook has birthdays of people whose year it does not know begin in 1604.
    if not 1583 <= wall.year <= 2999:
        refuse(f"year {wall.year} of {text}: allowed are 1583..2999")
    return Stamp(wall, found[3] is not None, found[2] is None)


def refuse(detail: str, hint: str | None = None) -> NoReturn:
    """Raises InvalidValue of this kind of rule."""
    raise InvalidValue(REFUSED, detail=detail, hint=hint)
