"""Rules in words."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cron_descriptor as _descriptor  # pyright: ignore[reportMissingTypeStubs]

from .at import at
from .business_text import read_business
from .clock_text import join, ordinal, show_times
from .cron import cron, spelled, split
from .every import read_every
from .parse import check_text
from .rrule_text import Recurrence, Stamp, read_recurrences
from .zone import find_zone, wall_of

_DESCRIPTOR: Any = _descriptor
_UNITS = {
    "YEARLY": "year",
    "MONTHLY": "month",
    "WEEKLY": "week",
    "DAILY": "day",
    "HOURLY": "hour",
    "MINUTELY": "minute",
    "SECONDLY": "second",
}
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_PARTS = {
    "BYMONTH": "in month {}",
    "BYWEEKNO": "in week {}",
    "BYYEARDAY": "on day {} of the year",
    "BYMONTHDAY": "on day {} of the month",
    "BYHOUR": "at hour {}",
    "BYMINUTE": "at minute {}",
    "BYSECOND": "at second {}",
    "BYSETPOS": "only number {} of these",
}


def describe(kind: str, text: str, timezone: str) -> str:
    """
    In words, with the zone: `At 06:00, Monday through Friday (Europe/Berlin)`.

    Raises InvalidValue as parse() does, as far as text and zone alone can be wrong.
    """
    check_text(kind, text)
    zone = find_zone(timezone)
    if kind == "cron":
        cron(text, zone)
        words = _cron(text)
    elif kind == "rrule":
        words = _rrule(text, timezone)
    elif kind == "every":
        words = str(read_every(text))
    elif kind == "at":
        words = f"once, at {wall_of(at(text, zone).firing.moment, zone)}"
    else:
        choice, times = read_business(text)
        words = f"{choice} at {show_times(times)}"
    return f"{words[0].upper()}{words[1:]} ({timezone})"


@lru_cache(maxsize=4096)
def _cron(text: str) -> str:
    second, minute, hour, month_day, month, weekday = spelled(text)
    clock = [minute, hour] if second == "0" else [second, minute, hour]
    fields = split(text)
    both = fields[3].startswith("*") or fields[5].startswith("*")
    of_month, of_week = _alternatives(month_day), _alternatives(weekday)
    if both or "*" in (month_day, weekday) or not set(month_day + weekday) & {"l", "#"}:
        days = [(one, other) for one in of_month for other in of_week]
    else:
        days = [(one, "*") for one in of_month] + [("*", other) for other in of_week]
    rules = [[*clock, one, month, other] for one, other in days]
    # Unless told, it speaks the language of the machine.
    options = _DESCRIPTOR.Options(use_24hour_time_format=True, locale_code="en_US")
    words = [_DESCRIPTOR.get_description(" ".join(rule).upper(), options) for rule in rules]
    said = join([words[0], *(other[0].lower() + other[1:] for other in words[1:])], "or")
    return said.replace(", or on ", ", and only on ") if both else said


def _alternatives(field: str) -> list[str]:
    """A day field in parts that cron-descriptor can say: of `15,L` it would make "15 and L"."""
    parts = field.split(",")
    marked = [part for part in parts if "l" in part or "#" in part]
    plain = [part for part in parts if part not in marked]
    return ([",".join(plain)] if plain else []) + marked


def _rrule(text: str, timezone: str) -> str:
    found = read_recurrences(text, timezone)
    parts = [_recurrence(rule) for rule in found.rules]
    words = join(parts, "and also") if parts else ""
    if found.start:
        words += f"{' ' * bool(words)}from {_stamp(found.start)}"
    if found.more:
        words += f"{', and ' * bool(words)}on {join([_stamp(stamp) for stamp in found.more])}"
    if found.less:
        words += f", but not on {join([_stamp(stamp) for stamp in found.less])}"
    return words


def _recurrence(rule: Recurrence) -> str:
    unit = _UNITS[rule.freq]
    words = f"every {unit}" if rule.interval == 1 else f"every {rule.interval} {unit}s"
    if rule.by_day:
        words += f" on {join([_weekday(day, which) for day, which in rule.by_day])}"
    for name, form in _PARTS.items():
        if numbers := rule.by.get(name):
            words += f" {form.format(join([str(number) for number in numbers]))}"
    if rule.count:
        words += f", {rule.count} time{'s' * (rule.count > 1)}"
    return words + (f", until {_stamp(rule.until)}" if rule.until else "")


def _weekday(day: int, which: int) -> str:
    if which == 0:
        return _DAYS[day]
    number = ordinal(abs(which)) if which != -1 else ""
    return f"the {' '.join(filter(None, [number, 'last' * (which < 0), _DAYS[day]]))}"


def _stamp(stamp: Stamp) -> str:
    shown = f"{stamp.wall:%Y-%m-%d}" if stamp.is_date else f"{stamp.wall:%Y-%m-%d %H:%M:%S}"
    return shown + " UTC" * stamp.utc
