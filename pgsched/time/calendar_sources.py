"""Calendars from the holidays package and from iCal files. Both need the extra calendars."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from ..errors import InvalidValue
from .calendar import SATURDAY_SUNDAY, Calendar
from .rrule import rrule
from .rrule_text import FREQUENCIES
from .zone import find_zone

_YEARS_MAX = 200
_DAYS_MAX = 366


def from_holidays(
    name: str, code: str, *, years: range, subdivision: str | None = None
) -> Calendar:
    """
    The public holidays of a country (`US`, `DE`), or the closing days of a market (`NYSE`).

    `subdivision`: of a country, as `BY`. `years`: 1..200 of them; outside, it knows no holidays.
    The weekend is the usual one of that country now.
    Raises InvalidValue for what the package does not know, and where it is not installed.
    """
    package = _load("holidays")
    _check_years(years)
    countries = package.list_supported_countries()
    markets = package.list_supported_financial()
    known = countries.get(code, markets.get(code))
    if known is None:
        near = difflib.get_close_matches(code.upper(), [*countries, *markets], n=3)
        raise InvalidValue(
            "the holidays of this code are unknown",
            detail=f"got {code!r}",
            hint=f"did you mean {' or '.join(near)}?" if near else "codes are like US, DE, NYSE",
        )
    if subdivision is not None and subdivision not in known:
        raise InvalidValue(
            f"{code} has no such subdivision",
            detail=f"got {subdivision!r}",
            hint=f"known are {', '.join(known)}" if known else "leave it out",
        )
    if code in countries:
        days = package.country_holidays(code, subdiv=subdivision, years=years)
    else:
        days = package.financial_holidays(code, years=years)
    # The package adds days before and after the years asked for.
    found = {day: days[day] for day in sorted(days) if day.year in years}
    return Calendar(name, frozenset(day + 1 for day in days.weekend), found)


def from_ical(
    name: str, text: str, *, years: range, weekend: frozenset[int] = SATURDAY_SUNDAY
) -> Calendar:
    """
    The all-day events of an iCal file, each day of them a holiday of that name.

    Repeated events (RRULE, without their EXDATEs) are followed through `years` (1..200 of them).
    Events with a time of day, and cancelled ones, are no holidays.
    Raises InvalidValue for a text that is no iCal, and where icalendar is not installed.
    """
    package = _load("icalendar")
    _check_years(years)
    found: dict[date, str] = {}
    try:
        events = package.Calendar.from_ical(text).walk("VEVENT")
        for event in events:
            title = str(event.get("SUMMARY", "")) or name
            for day in _days_of(event, years):
                found.setdefault(day, title)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise InvalidValue("this is no iCal file", detail=str(error)[:200]) from None
    return Calendar(name, weekend, dict(sorted(found.items())))


def _days_of(event: Any, years: range) -> Iterator[date]:
    first = event.decoded("DTSTART")
    if isinstance(first, datetime) or str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    length = _length(event, first)
    begins: Iterable[date] = _repeated(event, first, years) if "RRULE" in event else [first]
    for begin in begins:
        for count in range(length):
            day = begin + timedelta(days=count)
            if day.year in years:
                yield day


def _length(event: Any, first: date) -> int:
    """In days; DTEND is the first day after the event."""
    if "DTEND" in event:
        days = (event.decoded("DTEND") - first).days
    else:
        days = event.decoded("DURATION").days if "DURATION" in event else 1
    if days > _DAYS_MAX:
        raise InvalidValue(
            "an event is too long", detail=f"the one of {first} has {days} days, allowed 1..366"
        )
    return max(days, 1)


def _repeated(event: Any, first: date, years: range) -> Iterator[date]:
    rule = event["RRULE"].to_ical().decode()
    if any(frequency in rule for frequency in FREQUENCIES[4:]):
        raise InvalidValue("an all-day event repeats within the day", detail=f"got {rule[:200]}")
    left_out = _left_out(event)
    # A year earlier: an event that began in the year before may reach into the first.
    begin = datetime(years[0] - 1, 1, 1, tzinfo=UTC) - timedelta(seconds=1)
    text = f"DTSTART;VALUE=DATE:{first:%Y%m%d}\nRRULE:{rule}"
    for found, *_ in rrule(text, find_zone("UTC")).after(begin):
        if found.year > years[-1]:
            return
        if found.date() not in left_out:
            yield found.date()


def _left_out(event: Any) -> set[date]:
    """The EXDATEs; icalendar has a list only of several lines."""
    found: Any = event.get("EXDATE", [])
    lines = cast("list[Any]", found if isinstance(found, list) else [found])
    return {entry.dt for line in lines for entry in line.dts}


def _check_years(years: range) -> None:
    if not 0 < len(years) <= _YEARS_MAX or years[0] < 1901 or years[-1] > 2999:
        raise InvalidValue(
            "years is out of range", detail=f"got {years}, allowed 1..200 of 1901..2999"
        )


def _load(package: str) -> Any:
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError:
        raise InvalidValue(
            f"the package {package} is not installed",
            detail="calendars from holidays and iCal files need it",
            hint="install the extra: pip install 'pgsched[calendars]'",
        ) from None
