"""Intervals and the short forms: what they mean, and what is wrong with them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pgsched.time import parse
from pgsched.time.days import EveryNthDay
from tests.time.moments import day, firings, utc, walls, why_refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15 minutes", ["2026-01-01 00:15", "2026-01-01 00:30"]),
        ("90 seconds", ["2026-01-01 00:01:30", "2026-01-01 00:03"]),
        ("hour", ["2026-01-01 01:00", "2026-01-01 02:00"]),
        ("1 hour", ["2026-01-01 01:00", "2026-01-01 02:00"]),
        ("week", ["2026-01-05 00:00", "2026-01-12 00:00"]),
        ("2 weeks", ["2026-01-12 00:00", "2026-01-26 00:00"]),
        ("2 weeks at 09:00", ["2026-01-12 09:00", "2026-01-26 09:00"]),
        ("day", ["2026-01-02 00:00", "2026-01-03 00:00"]),
        ("day at 18:00", ["2026-01-01 18:00", "2026-01-02 18:00"]),
        ("day at 18:00:30, 6:00", ["2026-01-01 06:00", "2026-01-01 18:00:30"]),
        ("weekday at 09:00", ["2026-01-01 09:00", "2026-01-02 09:00", "2026-01-05 09:00"]),
        (
            "friday, monday at 17:30, 09:00",
            ["2026-01-02 09:00", "2026-01-02 17:30", "2026-01-05 09:00"],
        ),
        ("mon, fri at 9:00", ["2026-01-02 09:00", "2026-01-05 09:00"]),
        ("month on the 15th at 06:00", ["2026-01-15 06:00", "2026-02-15 06:00"]),
        ("month on the 1st, 15th at 06:00", ["2026-01-01 06:00", "2026-01-15 06:00"]),
        ("month on the 31st at 06:00", ["2026-01-31 06:00", "2026-03-31 06:00"]),
        ("month on the last day at 06:00", ["2026-01-31 06:00", "2026-02-28 06:00"]),
        ("month on the 15th, last day at 6:00", ["2026-01-15 06:00", "2026-01-31 06:00"]),
        ("Month  on the First at 06:00", ["2026-01-01 06:00", "2026-02-01 06:00"]),
    ],
)
def test_a_text_means_what_it_says(text, expected):
    """From the first second of 2026, a Thursday; Mondays are counted from 2024."""
    assert firings("every", text, "UTC", "2026-01-01", len(expected)) == expected


@pytest.mark.parametrize(
    ("text", "timezone", "expected"),
    [
        ("hour", "Asia/Singapore", "10:00"),
        ("hour", "Asia/Kathmandu", "10:00"),
        ("hour", "Africa/Monrovia", "10:00"),
        ("6 hours", "Europe/London", "12:00"),
    ],
)
def test_hours_without_a_start_are_on_the_hour(text, timezone, expected):
    """They are counted from a Monday with the offset of today, not from 1970 with that of then."""
    after = datetime(2026, 1, 15, 9, 30, tzinfo=ZoneInfo(timezone)).astimezone(UTC)

    assert firings("every", text, timezone, f"{after:%Y-%m-%d %H:%M}", 1) == [
        f"2026-01-15 {expected}"
    ]


@pytest.mark.parametrize(
    ("kind", "text"), [("every", "day"), ("every", "2 weeks"), ("rrule", "FREQ=DAILY")]
)
def test_a_start_in_the_second_pass_of_an_hour_is_the_first_firing(kind, text):
    """New York had 01:30 twice on 1 November 2026; it starts at the second."""
    start = utc("2026-11-01 06:30")
    rule = parse(kind, text, "America/New_York", starts_at=start)
    for begin in ("2020-01-01", "2026-11-01 05:00", "2026-11-01 05:45", "2026-11-01 06:29:59"):
        assert next(rule.after(utc(begin))).moment == start

    assert walls(rule, "America/New_York", "2026-11-01 06:30", 1)[0][-5:] == "01:30"


def test_an_interval_begins_with_its_start():
    """Which is the first firing, and there is none before."""
    start = utc("2026-03-01 10:07")
    found = firings("every", "45 minutes", "UTC", "2020-01-01", 2, starts_at=start)

    assert found == ["2026-03-01 10:07", "2026-03-01 10:52"]


def test_who_asks_at_a_firing_gets_the_next():
    """Strictly after."""
    start = utc("2026-03-01 10:07")

    assert firings("every", "45 minutes", "UTC", "2026-03-01 10:07", 1, starts_at=start) == [
        "2026-03-01 10:52"
    ]


def test_days_keep_their_wall_time_and_hours_their_length():
    """Over the change of 29 March 2026 in Berlin, from 12:00 at UTC+1."""
    start = utc("2026-03-28 11:00")

    def after(text: str) -> list[str]:
        return firings("every", text, "Europe/Berlin", "2026-03-28 11:00", 1, starts_at=start)

    assert after("day") == ["2026-03-29 12:00"]
    assert after("24 hours") == ["2026-03-29 13:00"]


def test_days_are_computed_and_not_walked_from_the_start():
    """Else a schedule would be the slower the older it is."""
    days = EveryNthDay(day("1970-01-05"), 7).on_or_after(day("2026-01-06"))

    assert next(days) == (day("2026-01-12"), ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0 minutes", "got 0 minutes, allowed 1..52596000"),
        ("36526 days", "got 36526 days, allowed 1..36525"),
        ("9999999999 weeks", "got 9999999999 weeks"),
        ("99999999999 weeks", "is not understood"),
        ("minutes", "minutes: it does not say how many"),
        ("15 minutes at 09:00", "a number of minutes has no time of day"),
        ("-5 minutes", "'-5 minutes' is not understood"),
        ("1.5 hours", "'1.5 hours' is not understood"),
        ("5 fortnights", "'5 fortnights' is not understood"),
        ("2 months", "'2 months' is not understood"),
        ("weekday", "'weekday' does not say at what time"),
        ("month on the 15th", "does not say at what time"),
        ("weekday at", "'weekday at' is not understood"),
        ("weekday at 25:00", "'25:00' is no time of day"),
        ("weekday at 9", "'9' is no time of day"),
        ("weekday at 09:60", "'09:60' is no time of day"),
        ("weekday at 09:00,", "'' is no time of day"),
        ("weekday at 09:00 at 10:00", "is no time of day"),
        ("mo at 09:00", "'mo' is no day of the week"),
        ("x" * 900 + " at 09:00", f"'{'x' * 80}'... is no day of the week"),
        ("someday at 09:00", "'someday' is no day of the week"),
        ("monday, weekday at 09:00", "'weekday' is no day of the week"),
        ("month on the 32nd at 06:00", "'32nd' is no day of a month"),
        ("month on the 0th at 06:00", "'0th' is no day of a month"),
        ("month on the 1th at 06:00", "'1th' is no day of a month"),
        ("month on the second last day at 06:00", "'second last day' is no day of a month"),
    ],
)
def test_anything_else_is_refused(text, reason):
    """With what is wrong, and mostly with examples."""
    why = why_refused("every", text)

    assert why.startswith("this is no interval. ")
    assert reason in why


def test_a_start_with_a_fraction_of_a_second_is_refused():
    """Everything repeats on whole seconds."""
    start = utc("2026-01-01 00:00:00.5")

    assert "starts_at has a fraction of a second" in why_refused("every", "hour", starts_at=start)
