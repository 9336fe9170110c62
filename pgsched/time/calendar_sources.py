"""Calendars from the holidays package and from iCal files. Both need the extra calendars."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from ..errors import InvalidValue
from .calendar import SATURDAY_SUNDAY, Calendar
from .rrule import NEVER, rrule
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
    The weekend is the usual one of that country now; a weekend day that is worked in place of a
    holiday, as in China, stays closed.
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

    All-day is also what begins and ends at midnight. Repeated events (RRULE, RDATE, without their
    EXDATEs) are followed through `years` (1..200 of them); one of them that was moved
    (RECURRENCE-ID) is on its new day. Other events with a time of day, and cancelled ones, are no
    holidays. Raises InvalidValue for a text that is no iCal, and where icalendar is not installed.
    """
    package = _load("icalendar")
    _check_years(years)
    found: dict[date, str] = {}
    try:
        events: list[Any] = package.Calendar.from_ical(text).walk("VEVENT")
        moved: dict[str, set[date]] = {}
        for event in events:
            if "RECURRENCE-ID" in event:
                of = moved.setdefault(str(event.get("UID")), set())
                of.add(_day(event.decoded("RECURRENCE-ID")))
        for event in events:
            title = str(event.get("SUMMARY", "")) or name
            original = "RECURRENCE-ID" not in event
            left_out = moved.get(str(event.get("UID")), set()) if original else set[date]()
            for day in _days_of(event, years, left_out):
                found.setdefault(day, title)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise InvalidValue("this is no iCal file", detail=str(error)[:200]) from None
    return Calendar(name, weekend, dict(sorted(found.items())))


def _days_of(event: Any, years: range, left_out: set[date]) -> Iterator[date]:
    first = event.decoded("DTSTART")
    length = _length(event, first)
    if length is None or str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    begins = {_day(first), *_listed(event, "RDATE")}
    if "RRULE" in event:
        begins = {*_repeated(event, _day(first), years), *_listed(event, "RDATE")}
    for begin in sorted(begins - left_out - _listed(event, "EXDATE")):
        for count in range(length):
            day = begin + timedelta(days=count)
            if day.year in years:
                yield day


def _length(event: Any, first: date) -> int | None:
    """In days; DTEND is the first day after the event. None: it is not all-day."""
    if "DTEND" in event:
        length = event.decoded("DTEND") - first
    else:
        length = event.decoded("DURATION") if "DURATION" in event else None
    if isinstance(first, datetime) and not (length and _midnights(first, first + length)):
        return None
    days = length.days if length else 1
    if days > _DAYS_MAX:
        raise InvalidValue(
            "an event is too long", detail=f"the one of {first} has {days} days, allowed 1..366"
        )
    return max(days, 1)


def _midnights(*moments: datetime) -> bool:
    return all(moment.time() == time.min for moment in moments)


def _repeated(event: Any, first: date, years: range) -> Iterator[date]:
    line = event["RRULE"].to_ical().decode()
    if any(frequency in line for frequency in FREQUENCIES[4:]):
        raise InvalidValue("an all-day event repeats within the day", detail=f"got {line[:200]}")
    try:
        rule = rrule(f"DTSTART;VALUE=DATE:{first:%Y%m%d}\nRRULE:{line}", find_zone("UTC"))
    except InvalidValue as error:
        if error.message != NEVER:
            raise
        return
    # A year earlier: an event that began in the year before may reach into the first.
    for found, *_ in rule.after(datetime(years[0] - 1, 1, 1, tzinfo=UTC) - timedelta(seconds=1)):
        if found.year > years[-1]:
            return
        yield found.date()


def _listed(event: Any, name: str) -> set[date]:
    """The days of all EXDATEs or RDATEs; icalendar has a list only of several lines."""
    found: Any = event.get(name, [])
    lines = cast("list[Any]", found if isinstance(found, list) else [found])
    return {_day(entry.dt) for line in lines for entry in line.dts}


def _day(value: Any) -> date:
    """Of a DATE, a DATE-TIME, or a PERIOD, which begins there."""
    begin: date = cast("tuple[date, Any]", value)[0] if isinstance(value, tuple) else value
    return begin.date() if isinstance(begin, datetime) else begin


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
