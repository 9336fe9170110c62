"""Recurrence rules: what they mean, and what is wrong with them."""

from __future__ import annotations

from itertools import islice

import pytest

from pgsched.time import parse
from tests.time.moments import firings, utc, why_refused

START = "DTSTART:20260101T090000\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RRULE:FREQ=WEEKLY;BYDAY=MO", ["2026-01-05 09:00", "2026-01-12 09:00"]),
        ("FREQ=WEEKLY;BYDAY=MO", ["2026-01-05 09:00", "2026-01-12 09:00"]),
        ("rrule:freq=monthly;byday=-1fr", ["2026-01-30 09:00", "2026-02-27 09:00"]),
        ("RRULE:FREQ=MONTHLY;BYDAY=2TU", ["2026-01-13 09:00", "2026-02-10 09:00"]),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=-1", ["2026-01-31 09:00", "2026-02-28 09:00"]),
        ("RRULE:FREQ=YEARLY;COUNT=2", ["2026-01-01 09:00", "2027-01-01 09:00"]),
        ("RRULE:FREQ=DAILY;UNTIL=20260102T090000", ["2026-01-01 09:00", "2026-01-02 09:00"]),
        ("RRULE:FREQ=DAILY;UNTIL=20260102T080000Z", ["2026-01-01 09:00", "2026-01-02 09:00"]),
        (
            "RRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260102T090000",
            ["2026-01-01 09:00", "2026-01-03 09:00"],
        ),
        (
            "RRULE:FREQ=DAILY;COUNT=1\nRDATE:20260105T120000,20260101T090000,20260104T110000Z",
            ["2026-01-01 09:00", "2026-01-04 12:00", "2026-01-05 12:00"],
        ),
        (
            "RRULE:FREQ=YEARLY;COUNT=1\nRRULE:FREQ=DAILY;COUNT=2",
            ["2026-01-01 09:00", "2026-01-02 09:00"],
        ),
        ("RDATE:20260105T120000", ["2026-01-05 12:00"]),
        (
            "RRULE:FREQ=DAILY;COUNT=4\nEXDATE;VALUE=DATE:20260102\nEXDATE:20260103",
            ["2026-01-01 09:00", "2026-01-04 09:00"],
        ),
        ("RRULE:FREQ=MONTHLY;BYDAY=WE,-1TH;COUNT=2", ["2026-01-07 09:00", "2026-01-14 09:00"]),
        ("RRULE:FREQ=YEARLY;BYDAY=53TH;COUNT=2", ["2026-12-31 09:00", "2032-12-30 09:00"]),
        ("RRULE:FREQ=DAILY;BYHOUR=6,18;BY\n HOUR=6,18", None),
        (
            "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSET\r\n POS=-1",
            ["2026-01-30 09:00", "2026-02-27 09:00"],
        ),
    ],
)
def test_a_text_means_what_the_standard_says(text, expected):
    """In Berlin; ends where it ends. Folded lines are one line."""
    if expected is None:
        assert "part" in why_refused("rrule", START + text)
        return
    found = firings("rrule", START + text, "Europe/Berlin", "2025-01-01", len(expected) + 1)

    assert found[: len(expected)] == expected
    ends = any(word in text.upper() for word in ("COUNT", "UNTIL")) or text.startswith("RDATE")
    assert len(found) == len(expected) + (not ends)


def test_without_dtstart_it_repeats_from_starts_at():
    """At its wall time in the zone."""
    start = utc("2026-07-01 07:00")
    found = firings("rrule", "FREQ=DAILY", "Europe/Berlin", "2026-10-25", 2, starts_at=start)

    assert found == ["2026-10-25 09:00", "2026-10-26 09:00"]


def test_a_zone_may_be_named_if_it_is_that_of_the_schedule():
    """As calendars export it."""
    text = "DTSTART;TZID=Europe/Berlin:20260101T090000\nRRULE:FREQ=DAILY"

    assert firings("rrule", text, "Europe/Berlin", "2026-01-01", 1) == ["2026-01-01 09:00"]
    assert "TZID is EUROPE/BERLIN" in why_refused("rrule", text, "Europe/Paris")


def test_a_date_is_its_first_second():
    """VALUE=DATE, as whole-day events have it; UNTIL is a date then."""
    text = "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY;UNTIL=20260102"

    assert firings("rrule", text, "UTC", "2025-01-01", 9) == [
        "2026-01-01 00:00",
        "2026-01-02 00:00",
    ]


def test_hours_pass_in_real_time_and_hours_of_the_day_do_not():
    """Berlin has no 02:00 on 29 March 2026."""
    start = "DTSTART:20260329T000000\n"
    plain = firings(
        "rrule", f"{start}RRULE:FREQ=HOURLY;INTERVAL=2", "Europe/Berlin", "2026-03-29", 2
    )
    daily = firings("rrule", f"{start}RRULE:FREQ=DAILY;BYHOUR=2", "Europe/Berlin", "2026-03-28", 2)

    assert plain == ["2026-03-29 03:00", "2026-03-29 05:00"]
    assert daily == ["2026-03-29 03:00", "2026-03-30 02:00"]


def test_a_rule_looked_at_on_its_day_still_has_the_hours_before_that_of_its_start():
    """What is close by is a whole interval before, and not the hour of DTSTART on that day."""
    text = f"{START}RRULE:FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=6"

    assert firings("rrule", text, "UTC", "2026-06-01 05:00", 1) == ["2026-06-01 06:00"]


def test_a_rule_of_seconds_that_began_long_ago_is_found_at_once():
    """dateutil alone would walk through 1.7 billion of them."""
    text = "DTSTART:19710101T000000\nRRULE:FREQ=SECONDLY"

    assert firings("rrule", text, "UTC", "2026-01-01", 1) == ["2026-01-01 00:00:01"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hello", "part 'HELLO'"),
        ("RRULE:FREQ=FORTNIGHTLY", "FREQ is 'FORTNIGHTLY'"),
        ("RRULE:BYDAY=MO", "FREQ is ''"),
        ("RRULE:FREQ=DAILY;", "part ''"),
        ("RRULE:FREQ=DAILY;FREQ=DAILY", "part 'FREQ=DAILY'"),
        ("RRULE:FREQ=DAILY;BYFOO=1", "part 'BYFOO'"),
        ("RRULE:FREQ=DAILY;BYEASTER=1", "part 'BYEASTER'"),
        ("RRULE:FREQ=DAILY;INTERVAL=0", "INTERVAL=0: allowed are 1..100000"),
        ("RRULE:FREQ=DAILY;INTERVAL=1,2", "INTERVAL=1,2: only one number"),
        ("RRULE:FREQ=DAILY;INTERVAL=1,1", "INTERVAL=1,1: only one number"),
        ("RRULE:FREQ=YEARLY;COUNT=1000", "COUNT=1000 is not reached before the year 2400"),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO,,TU", "BYDAY="),
        ("RRULE:FREQ=MONTHLY;BYDAY=10FR", "BYDAY=10FR: allowed are -5..5, or just FR"),
        ("RRULE:FREQ=YEARLY;BYMONTH=2;BYDAY=53MO", "BYDAY=53MO: allowed are -5..5"),
        ("RRULE:FREQ=YEARLY;BYMONTH=12;BYDAY=-8MO", "BYDAY=-8MO: allowed are -5..5"),
        ("RRULE:FREQ=YEARLY;BYDAY=54MO", "BYDAY=54MO: allowed are -53..53"),
        ("RRULE:FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "BYDAY=1MO counts in a month or year"),
        ("RRULE:FREQ=DAILY\n" * 11, "it has 11 RRULEs: allowed are up to 10"),
        ("RDATE;VALUE=DATE:20260105", "RDATE:20260105 has no time of day"),
        ("RRULE:FREQ=DAILY;COUNT=10001", "COUNT=10001: allowed are 1..10000"),
        ("RRULE:FREQ=DAILY;COUNT=x", "COUNT=X: allowed are 1..10000"),
        ("RRULE:FREQ=DAILY;COUNT=2;UNTIL=20270101T000000", "both UNTIL and COUNT"),
        ("RRULE:FREQ=DAILY;UNTIL=20270101", "write UNTIL=20270101T235959"),
        ("RRULE:FREQ=DAILY;UNTIL=tomorrow", "'TOMORROW' is no time"),
        ("RRULE:FREQ=DAILY;UNTIL=20260230T000000", "'20260230T000000' is no time"),
        ("RRULE:FREQ=DAILY;UNTIL=99990101T000000", "year 9999 of 99990101T000000"),
        ("RRULE:FREQ=YEARLY;BYMONTH=13", "BYMONTH=13: allowed are 1..12"),
        ("RRULE:FREQ=YEARLY;BYMONTHDAY=0", "BYMONTHDAY=0: allowed are -31..31 without 0"),
        ("RRULE:FREQ=DAILY;BYHOUR=24", "BYHOUR=24: allowed are 0..23"),
        ("RRULE:FREQ=DAILY;BYMINUTE=61", "BYMINUTE=61: allowed are 0..59"),
        ("RRULE:FREQ=WEEKLY;BYDAY=XX", "BYDAY=XX"),
        ("RRULE:FREQ=MONTHLY;BYDAY=0MO", "BYDAY=0MO"),
        ("RRULE:FREQ=WEEKLY;BYDAY=1MO", "BYDAY=1MO counts in a month or year"),
        ("RRULE:FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO means nothing with FREQ=MONTHLY"),
        ("RRULE:FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY means nothing with FREQ=WEEKLY"),
        ("RRULE:FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS picks from other BY parts"),
        ("RRULE:FREQ=DAILY;WKST=XX", "WKST is 'XX'"),
        ("RRULE:FREQ=HOURLY;INTERVAL=5;BYDAY=MO", "INTERVAL=5 is not the same each day"),
        ("RRULE:FREQ=SECONDLY;BYDAY=MO", "it has 86400 times a day"),
        ("RRULE:FREQ=HOURLY;BYHOUR=1;BYSETPOS=1", "BYSETPOS means nothing with FREQ=HOURLY"),
        ("EXRULE:FREQ=DAILY", "line 'EXRULE'"),
        ("RRULE;X=1:FREQ=DAILY", "parameter 'X=1'"),
        ("DTSTART:20260101T090000\nRRULE:FREQ=DAILY", "line 'DTSTART'"),
        ("EXDATE:20260101T090000", "it has no RRULE and no RDATE"),
    ],
)
def test_what_the_standard_does_not_know_is_refused(text, reason):
    """Each behind a good DTSTART."""
    why = why_refused("rrule", START + text)

    assert why.startswith("this is not a recurrence rule. ")
    assert reason in why


@pytest.mark.parametrize(
    "text",
    [
        "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "RRULE:FREQ=DAILY;UNTIL=20251231T000000",
        "RRULE:FREQ=DAILY;COUNT=1\nEXDATE:20260101T090000",
        "RRULE:FREQ=DAILY;COUNT=1\nEXDATE;VALUE=DATE:20260101",
        "RRULE:FREQ=DAILY\nRRULE:FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_a_rule_that_never_fires_is_refused(text):
    """And the search for it ends; each line of several must fire."""
    assert why_refused("rrule", START + text).startswith("this rule never fires")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RRULE:FREQ=DAILY;UNTIL=20261101T052959Z", ["2026-10-31 05:30"]),
        ("RRULE:FREQ=DAILY;UNTIL=20261101T060000Z", ["2026-10-31 05:30", "2026-11-01 05:30"]),
        ("RRULE:FREQ=DAILY;COUNT=2\nEXDATE:20261101T053000Z", ["2026-10-31 05:30"]),
        ("RDATE:20261101T053000Z,20261101T063000Z", ["2026-11-01 05:30", "2026-11-01 06:30"]),
    ],
)
def test_what_is_in_utc_is_that_instant(text, expected):
    """New York has 01:30 twice on 1 November 2026, at 05:30 and 06:30 in UTC."""
    rule = parse("rrule", f"DTSTART:20261031T013000\n{text}", "America/New_York")

    assert [one.moment for one in islice(rule.after(utc("2026-01-01")), 5)] == [
        utc(moment) for moment in expected
    ]


def test_an_instant_behind_a_gap_can_be_left_out_in_utc_and_by_what_was_asked():
    """New York has no 02:30 on 8 March 2026, and runs it at 07:00 in UTC."""
    start = "DTSTART:20260307T023000\nRRULE:FREQ=DAILY\n"
    for less in ("EXDATE:20260308T070000Z", "EXDATE:20260308T023000", "EXDATE:20260308"):
        assert firings("rrule", start + less, "America/New_York", "2026-03-07", 2) == [
            "2026-03-07 02:30",
            "2026-03-09 02:30",
        ]
    both = "DTSTART:20260307T023000\nRRULE:FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0\n"
    found = firings(
        "rrule", f"{both}EXDATE:20260308T020000", "America/New_York", "2026-03-08 00:00", 1
    )
    assert found == ["2026-03-08 03:00"]


def test_it_must_say_from_when():
    """Midnight today would be a guess."""
    assert "it does not say from when it repeats" in why_refused("rrule", "FREQ=DAILY")


def test_a_start_in_utc_is_refused_for_another_zone():
    """For it would repeat at UTC's hours; the UTC schedule may have it."""
    text = "DTSTART:20260101T090000Z\nRRULE:FREQ=DAILY"

    assert "DTSTART is in UTC. Hint: write it without Z" in why_refused("rrule", text, "Asia/Tokyo")
    assert firings("rrule", text, "UTC", "2026-01-01", 1) == ["2026-01-01 09:00"]
