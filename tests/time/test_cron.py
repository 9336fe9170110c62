"""Cron texts: what they mean, and what is wrong with them."""

from __future__ import annotations

import pytest

from tests.time.moments import firings, why_refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 6 * * 1-5", ["2026-01-01 06:30", "2026-01-02 06:30", "2026-01-05 06:30"]),
        ("0 0 1 jan,jul *", ["2026-07-01 00:00", "2027-01-01 00:00"]),
        ("0 9 * * MON", ["2026-01-05 09:00", "2026-01-12 09:00"]),
        ("0 9 * * 7", ["2026-01-04 09:00", "2026-01-11 09:00"]),
        ("0 9 * * 0", ["2026-01-04 09:00", "2026-01-11 09:00"]),
        ("0 9 * * sat-sun", ["2026-01-03 09:00", "2026-01-04 09:00"]),
        ("0 9 * * 5-7", ["2026-01-02 09:00", "2026-01-03 09:00", "2026-01-04 09:00"]),
        ("0 12 L * *", ["2026-01-31 12:00", "2026-02-28 12:00"]),
        ("0 12 15,L * *", ["2026-01-15 12:00", "2026-01-31 12:00"]),
        ("0 12 * * 5#2", ["2026-01-09 12:00", "2026-02-13 12:00"]),
        ("0 12 * * fri#5", ["2026-01-30 12:00", "2026-05-29 12:00"]),
        ("0 12 * * L5", ["2026-01-30 12:00", "2026-02-27 12:00"]),
        ("0 12 * * L6", ["2026-01-31 12:00", "2026-02-28 12:00"]),
        ("0 12 * * 5L", ["2026-01-30 12:00", "2026-02-27 12:00"]),
        ("*/20 23 1 1 *", ["2026-01-01 23:00", "2026-01-01 23:20", "2026-01-01 23:40"]),
        ("15,45 10-14/2 1 1 *", ["2026-01-01 10:15", "2026-01-01 10:45", "2026-01-01 12:15"]),
        ("20 0 0 * * *", ["2026-01-01 00:00:20", "2026-01-02 00:00:20"]),
        ("*/30 * * * * *", ["2026-01-01 00:00:30", "2026-01-01 00:01"]),
        ("\t0  5 * * * \n", ["2026-01-01 05:00", "2026-01-02 05:00"]),
        ("0 0 29 2 *", ["2028-02-29 00:00", "2032-02-29 00:00"]),
    ],
)
def test_a_text_means_what_crontab_says(text, expected):
    """Each from the first second of 2026, a Thursday."""
    assert firings("cron", text, "UTC", "2026-01-01", len(expected)) == expected


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        ("@monthly", "0 0 1 * *"),
        ("@weekly", "0 0 * * 0"),
        ("@daily", "0 0 * * *"),
        ("@Midnight", "0 0 * * *"),
        ("@hourly", "0 * * * *"),
    ],
)
def test_a_name_stands_for_five_fields(name, fields):
    """In any case of letters."""
    assert firings("cron", name, "UTC", "2026-01-01", 3) == firings(
        "cron", fields, "UTC", "2026-01-01", 3
    )


def test_day_of_month_and_day_of_week_are_either_or():
    """As in crontab: the 13th, and every Friday."""
    found = firings("cron", "0 0 13 * 5", "UTC", "2026-01-08", 4)

    assert found == ["2026-01-09 00:00", "2026-01-13 00:00", "2026-01-16 00:00", "2026-01-23 00:00"]


def test_a_day_field_that_starts_with_a_star_makes_both_necessary():
    """As in crontab, where `*/2` is not a restriction: odd days that are Fridays."""
    found = firings("cron", "0 0 */2 * 5", "UTC", "2026-01-01", 2)

    assert found == ["2026-01-09 00:00", "2026-01-23 00:00"]


def test_hours_are_those_of_the_zone():
    """Winter and summer."""
    assert firings("cron", "0 9 * * *", "Europe/Berlin", "2026-01-01", 1) == ["2026-01-01 09:00"]
    assert firings("cron", "0 9 * * *", "UTC", "2026-07-01 09:00", 1) == ["2026-07-02 09:00"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("61 * * * *", "minute 61: allowed are 0..59"),
        ("60 0 0 * * *", "second 60: allowed are 0..59"),
        ("* 24 * * *", "hour 24: allowed are 0..23"),
        ("* * 0 * *", "day of month 0: allowed are 1..31"),
        ("* * 32 * *", "day of month 32: allowed are 1..31"),
        ("* * * 13 *", "month 13: allowed are 1..12"),
        ("* * * 0 *", "month 0: allowed are 1..12"),
        ("* * * * 8", "day of week 8: allowed are 0..7"),
        ("99999999999 * * * *", "minute 99999999999: allowed are 0..59"),
        ("* * * *", "it has 4 fields"),
        ("* * * * * * *", "it has 7 fields"),
        ("hello", "it has 1 fields"),
        ("*/0 * * * *", "minute */0: the step 0 is not one of 1..59"),
        ("*/90 * * * *", "minute */90: the step 90 is not one of 1..59"),
        ("*/x * * * *", "minute */x: the step x is not one of 1..59"),
        ("5/15 * * * *", "minute 5/15: a step needs a range. Hint: write 5-59/15"),
        ("* 22-2 * * *", "hour 22-2: 22 is after 2. Hint: write 22-23,0-2"),
        ("* * * * fri-mon", "day of week fri-mon: 5 is after 1"),
        ("1,,2 * * * *", "minute '' is nothing crontab knows"),
        ("1,2, * * * *", "minute '' is nothing crontab knows"),
        ("*-5 * * * *", "minute '*-5' is nothing crontab knows"),
        ("-5 * * * *", "minute '-5' is nothing crontab knows"),
        ("1.5 * * * *", "minute '1.5' is nothing crontab knows"),
        ("r * * * *", "minute 'r' is nothing crontab knows"),
        ("h * * * *", "minute 'h' is nothing crontab knows"),
        ("jan * * * *", "minute 'jan' is nothing crontab knows"),
        ("* * ? * *", "day of month '?' is nothing crontab knows. Hint: write * for any"),
        ("* * 15w * *", "Hint: the kind business knows working days"),
        ("* * * * L", "the last Friday is L5"),
        ("* * * * 5#6", "day of week 5#6: allowed after # are 1..5"),
        ("* * * * 5#", "day of week 5#: allowed after # are 1..5"),
        ("* * * * 9#1", "day of week 9: allowed are 0..7"),
        ("* * * * L9", "day of week 9: allowed are 0..7"),
        ("* * * * \u0663#1", "is nothing crontab knows"),
        ("\u0663 * * * *", "is nothing crontab knows"),
        (
            "* * L-3 * *",
            "day of month 'l-3' is nothing crontab knows. Hint: the last day of a month",
        ),
        ("* * LW * *", "day of month 'lw' is nothing crontab knows. Hint: the kind business"),
        ("0 0 * *\n*", "it has 4 fields"),
        ("1," * 400 + "x" * 99 + " * * * *", f"minute '{'x' * 80}'... is nothing crontab knows"),
        ("@fortnightly", "'@fortnightly' is no name of a rule"),
        ("@reboot", "'@reboot' is no name of a rule"),
    ],
)
def test_what_crontab_does_not_know_is_refused_with_the_place(text, reason):
    """The message is the same for all."""
    why = why_refused("cron", text)

    assert why.startswith("this is not a cron rule. ")
    assert reason in why


@pytest.mark.parametrize("text", ["30 2 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31 2 */2"])
def test_a_day_that_never_comes_is_refused(text):
    """30 February."""
    assert why_refused("cron", text).startswith("this rule never fires. no year has day 3")


def test_thirty_february_or_a_weekday_does_fire():
    """Either or: the Mondays of February remain."""
    assert firings("cron", "0 0 30 2 1", "UTC", "2026-01-01", 1) == ["2026-02-02 00:00"]
