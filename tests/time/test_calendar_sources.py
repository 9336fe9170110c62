"""Calendars from the holidays package and from iCal files."""

from __future__ import annotations

import sys

import pytest

from pgsched.time import from_holidays, from_ical
from tests.time.moments import day, refusal

YEARS = range(2025, 2028)


def events(*bodies: str) -> str:
    """An iCal file of events; each body is lines with ; between."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//pgsched//tests//EN"]
    for body in bodies:
        lines += ["BEGIN:VEVENT", *body.split(" | "), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def test_a_country_has_its_holidays_and_weekend():
    """With their names."""
    us = from_holidays("us", "US", years=YEARS)

    assert us.closed(day("2026-12-25")) == ("holiday", "Christmas Day")
    assert us.weekend == {6, 7}
    assert {d.year for d in us.holidays} == set(YEARS)


def test_a_subdivision_has_more():
    """Epiphany is a holiday in Bavaria, and not in Germany."""
    germany = from_holidays("de", "DE", years=YEARS)
    bavaria = from_holidays("by", "DE", subdivision="BY", years=YEARS)

    assert germany.business(day("2026-01-06"))
    assert not bavaria.business(day("2026-01-06"))


def test_a_market_has_its_closing_days():
    """The New York Stock Exchange closes on Good Friday, the country does not."""
    assert not from_holidays("nyse", "NYSE", years=YEARS).business(day("2026-04-03"))
    assert from_holidays("us", "US", years=YEARS).business(day("2026-04-03"))


@pytest.mark.parametrize(
    ("code", "subdivision", "reason"),
    [
        ("NYSX", None, "did you mean"),
        ("us", None, "did you mean US"),
        ("DE", "XX", "DE has no such subdivision. got 'XX'. Hint: known are"),
    ],
)
def test_an_unknown_code_is_refused_with_what_is_near(code, subdivision, reason):
    """Exactly as the package spells it."""
    why = str(refusal(lambda: from_holidays("x", code, subdivision=subdivision, years=YEARS)))

    assert reason in why


@pytest.mark.parametrize(
    "years", [range(0), range(1900, 1902), range(1901, 2200), range(2998, 3001)]
)
def test_years_are_bounded(years):
    """200 at most."""
    for make in (
        lambda: from_holidays("x", "US", years=years),
        lambda: from_ical("x", events(), years=years),
    ):
        assert "years is out of range" in str(refusal(make))


@pytest.mark.parametrize("package", ["holidays", "icalendar"])
def test_without_the_package_the_extra_is_named(monkeypatch, package):
    """None in sys.modules is what Python takes for not installed."""
    monkeypatch.setitem(sys.modules, package, None)
    make = {
        "holidays": lambda: from_holidays("x", "US", years=YEARS),
        "icalendar": lambda: from_ical("x", events(), years=YEARS),
    }

    why = str(refusal(make[package]))
    assert why.startswith(f"the package {package} is not installed")
    assert "pgsched[calendars]" in why


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("DTSTART;VALUE=DATE:20260105 | SUMMARY:Move", ["2026-01-05 Move"]),
        ("DTSTART;VALUE=DATE:20260105", ["2026-01-05 firm"]),
        (
            "DTSTART;VALUE=DATE:20260105 | DTEND;VALUE=DATE:20260107 | SUMMARY:Move",
            ["2026-01-05 Move", "2026-01-06 Move"],
        ),
        (
            "DTSTART;VALUE=DATE:20260105 | DURATION:P2D | SUMMARY:Move",
            ["2026-01-05 Move", "2026-01-06 Move"],
        ),
        (
            "DTSTART;VALUE=DATE:20200704 | RRULE:FREQ=YEARLY | SUMMARY:Fourth",
            ["2025-07-04 Fourth", "2026-07-04 Fourth", "2027-07-04 Fourth"],
        ),
        (
            "DTSTART;VALUE=DATE:20200704 | RRULE:FREQ=YEARLY | EXDATE;VALUE=DATE:20260704",
            ["2025-07-04 firm", "2027-07-04 firm"],
        ),
        (
            "DTSTART;VALUE=DATE:20251231 | DURATION:P2D | RRULE:FREQ=YEARLY;UNTIL=20251231",
            ["2025-12-31 firm", "2026-01-01 firm"],
        ),
        (
            "DTSTART;VALUE=DATE:20241231 | DTEND;VALUE=DATE:20250102 | RRULE:FREQ=YEARLY;COUNT=1",
            ["2025-01-01 firm"],
        ),
        ("DTSTART:20260105T100000Z | SUMMARY:Meeting", []),
        ("DTSTART:20260105T000000Z | SUMMARY:Midnight", []),
        (
            "DTSTART;TZID=Europe/Berlin:20260105T000000 | DTEND;TZID=Europe/Berlin:20260107T000000",
            ["2026-01-05 firm", "2026-01-06 firm"],
        ),
        ("DTSTART:20260105T000000 | DTEND:20260105T120000", []),
        ("DTSTART:20260105T000000 | DURATION:P1D", ["2026-01-05 firm"]),
        (
            "DTSTART;VALUE=DATE:20200704 | RRULE:FREQ=YEARLY | EXDATE:20260704T000000",
            ["2025-07-04 firm", "2027-07-04 firm"],
        ),
        (
            "DTSTART;VALUE=DATE:20260105 | RDATE;VALUE=DATE:20260205,20260305",
            ["2026-01-05 firm", "2026-02-05 firm", "2026-03-05 firm"],
        ),
        (
            "DTSTART;VALUE=DATE:16040704 | RRULE:FREQ=YEARLY;INTERVAL=2",
            ["2026-07-04 firm"],
        ),
        ("DTSTART;VALUE=DATE:20260105 | RRULE:FREQ=YEARLY;UNTIL=20250101", []),
        ("DTSTART;VALUE=DATE:20260105 | STATUS:CANCELLED", []),
        ("DTSTART;VALUE=DATE:20300105", []),
    ],
)
def test_all_day_events_of_an_ical_file_are_holidays(body, expected):
    """Every day of them, in the years asked for."""
    firm = from_ical("firm", events(body), years=YEARS)

    assert [f"{d} {name}" for d, name in firm.holidays.items()] == expected


def test_a_day_that_was_moved_or_cancelled_is_where_it_went():
    """RECURRENCE-ID names the day that it had; the events of others stay."""
    yearly = "DTSTART;VALUE=DATE:20200704 | RRULE:FREQ=YEARLY | SUMMARY:{} | UID:{}"
    moved = "RECURRENCE-ID;VALUE=DATE:2026{} | DTSTART;VALUE=DATE:2026{} | UID:{}"
    text = events(
        yearly.format("Fourth", "a"),
        f"{moved.format('0704', '0703', 'a')} | SUMMARY:Third",
        yearly.format("Party", "b"),
        "RECURRENCE-ID:20270704T000000 | DTSTART;VALUE=DATE:20270704 | UID:a | STATUS:CANCELLED",
    )
    firm = from_ical("firm", text, years=YEARS)

    assert [f"{d} {name}" for d, name in firm.holidays.items()] == [
        "2025-07-04 Fourth",
        "2026-07-03 Third",
        "2026-07-04 Party",
        "2027-07-04 Party",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hello", "this is no iCal file"),
        ("", "this is no iCal file"),
        (events("SUMMARY:No start"), "this is no iCal file"),
        (
            events("DTSTART;VALUE=DATE:20260105 | DTEND;VALUE=DATE:20280105"),
            "an event is too long",
        ),
        (
            events("DTSTART;VALUE=DATE:20260105 | RRULE:FREQ=SECONDLY"),
            "an all-day event repeats within the day",
        ),
    ],
)
def test_what_is_no_ical_file_is_refused(text, reason):
    """And events that would take for ever."""
    assert reason in str(refusal(lambda: from_ical("x", text, years=YEARS)))
