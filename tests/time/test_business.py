"""Business-day rules: what they mean, and what is wrong with them."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

import pytest

from pgsched.time import Calendar, parse
from pgsched.time.business import ChosenDays
from pgsched.time.business_text import read_business
from tests.time.moments import closing, day, firings, utc, why_refused

# In 2026: 1 January is a Thursday, 31 January and 28 February are Saturdays, 31 May is a Sunday.
OPEN = closing("2026-01-01 New Year's Day", "2026-12-25 Christmas Day")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("last business day of month at 18:00", ["2026-01-30 18:00", "2026-02-27 18:00"]),
        ("first business day of month", ["2026-01-02 00:00", "2026-02-02 00:00"]),
        ("1st business day of the year", ["2026-01-02 00:00", "2027-01-01 00:00"]),
        ("3rd business day of quarter at 09:00", ["2026-01-06 09:00", "2026-04-03 09:00"]),
        ("2nd last business day of year", ["2026-12-30 00:00", "2027-12-30 00:00"]),
        ("23rd business day of month", ["2026-07-31 00:00"]),
        ("2 business days before the 15th at 08:30", ["2026-01-13 08:30", "2026-02-12 08:30"]),
        ("1 business day before the 1st", ["2026-01-30 00:00", "2026-02-27 00:00"]),
        ("5 business days after the last day", ["2026-01-08 00:00", "2026-02-06 00:00"]),
        ("1 business day after the last day of quarter", ["2026-01-02 00:00", "2026-04-01 00:00"]),
        ("the 31st, following at 09:00", ["2026-02-02 09:00", "2026-03-31 09:00"]),
        ("the 31st, preceding", ["2026-01-30 00:00", "2026-03-31 00:00"]),
        ("the 31st, modified following", ["2026-01-30 00:00", "2026-03-31 00:00"]),
        ("the last day, following", ["2026-02-02 00:00", "2026-03-02 00:00"]),
        ("the first day of year, following", ["2026-01-02 00:00", "2027-01-01 00:00"]),
        ("the 15th, following at 09:00, 17:00", ["2026-01-15 09:00", "2026-01-15 17:00"]),
    ],
)
def test_a_text_means_what_it_says(text, expected):
    """From the first second of 2026."""
    found = firings("business", text, "UTC", "2026-01-01", len(expected), calendar=OPEN)

    assert found == expected


def test_a_day_that_is_counted_may_have_started_a_year_before():
    """300 business days after the last of a month: that is over a year later."""
    found = firings(
        "business", "300 business days after the last day", "UTC", "2027-01-01", 1, calendar=OPEN
    )

    assert found == ["2027-01-26 00:00"]


@pytest.mark.parametrize(
    ("text", "after", "note"),
    [
        ("last business day of month", "2026-05-01", "2026-05-31 is a Sunday: moved to 2026-05-29"),
        (
            "first business day of year",
            "2025-12-31",
            "2026-01-01 is New Year's Day: moved to 2026-01-02",
        ),
        ("the 25th, following", "2026-12-01", "2026-12-25 is Christmas Day: moved to 2026-12-28"),
    ],
)
def test_a_note_says_what_day_it_would_have_been(text, after, note):
    """For the forecast."""
    _, notes, _ = next(parse("business", text, "UTC", calendar=OPEN).after(utc(after)))

    assert [one.text for one in notes] == [note]


def test_a_year_without_business_days_ends_the_search():
    """And a rule without any is refused."""
    never = Calendar("never", frozenset({1, 2, 3, 4, 5, 6}), _Sundays())

    for text in (
        "last business day of month",
        "2 business days before the 15th",
        "the 1st, following",
    ):
        assert why_refused("business", text, calendar=never).startswith("this rule never fires")


def test_a_number_that_no_month_has_is_refused():
    """Which depends on the calendar: without weekends and holidays there is a 31st."""
    text = "31st business day of month"

    assert why_refused("business", text, calendar=OPEN) == (
        "this rule never fires. '31st business day of month': its calendar has no such day"
    )
    every_day = Calendar("all", frozenset())
    assert firings("business", text, "UTC", "2026-01-01", 1, calendar=every_day) == [
        "2026-01-31 00:00"
    ]


def test_two_months_that_meet_on_one_day_have_it_once():
    """Closed from 20 June to 2 August, both wait for 3 August."""
    shut = {day("2026-06-20") + timedelta(days=n): "shut" for n in range(44)}
    choice, _ = read_business("the last day, following")
    days = ChosenDays(choice, Calendar("shut", frozenset({6, 7}), shut))

    found = [str(one) for one, _ in islice(days.on_or_after(day("2026-06-01")), 3)]
    assert found == ["2026-06-01", "2026-08-03", "2026-08-31"]


class _Sundays(dict):
    """A holiday every Sunday, for ever."""

    def __contains__(self, key: object) -> bool:
        return True

    def get(self, key: object, default: object = None) -> str:
        return "a day of rest"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("last day of month", "is not understood"),
        ("last business day", "is not understood"),
        ("last business day of week", "is not understood"),
        ("business day of month", "is not understood"),
        ("32nd business day of month", "'32nd': allowed are 1st to 31, and last"),
        ("0th business day of month", "'0th': allowed are"),
        ("2th business day of month", "'2th': allowed are"),
        ("some business day of month", "'some': allowed are"),
        ("last last business day of month", "'last': allowed are"),
        ("0 business days before the 15th", "0 business days: allowed are 1..366"),
        ("367 business days after the 15th", "367 business days: allowed are 1..366"),
        ("2 business days before the 32nd", "'32nd' is no day of a month"),
        ("2 business days before the 15th of quarter", "is not one of its ends"),
        ("2 business days around the 15th", "is not understood"),
        ("the 15th", "is not understood"),
        ("the 15th, nearest", "is not understood"),
        ("the 15th, following at noon", "'noon' is no time of day"),
    ],
)
def test_anything_else_is_refused(text, reason):
    """With what is wrong."""
    why = why_refused("business", text, calendar=OPEN)

    assert why.startswith("this is no business-day rule. ")
    assert reason in why


def test_it_needs_a_calendar():
    """There is no default for who works when."""
    assert "a business rule needs a calendar" in why_refused("business", "the 15th, following")
