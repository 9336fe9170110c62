"""Every change of the clock of ten years in eight zones, and what each kind of rule makes of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import takewhile

import pytest

from pgsched.time import Rule, parse
from tests.time.moments import firings, utc
from tests.time.oracle import changes_of, cron_fits, watch_clock

# Ten years each, where there were changes: half hours, a day left out, winter time as the
# exception, midnight as the hour of change, quarters of an hour, Ramadan.
ZONES = {
    "Australia/Lord_Howe": 2017,
    "Pacific/Apia": 2010,
    "Europe/Dublin": 2017,
    "America/New_York": 2017,
    "America/Sao_Paulo": 2010,
    "Asia/Tehran": 2013,
    "Pacific/Chatham": 2017,
    "Africa/Casablanca": 2017,
}
ONCE = ["30 2 * * *", "0 0 * * *", "*/15 0-3 * * *", "45 1,2,3 * * sat,sun", "59 23 * * *"]
EACH = ["*/15 * * * *", "7 * * * *"]
DAY = timedelta(days=1)


def between(rule: Rule, begin: datetime, end: datetime) -> list[datetime]:
    """The firings in (begin, end]."""
    return [moment for moment, *_ in takewhile(lambda found: found[0] <= end, rule.after(begin))]


@pytest.mark.parametrize("timezone", ZONES)
def test_rules_around_each_change_fire_as_someone_who_watches_the_clock_says(timezone):
    """Once per wall time; each instant for rules of every N; two days around every change."""
    first = ZONES[timezone]
    for change in changes_of(timezone, first, first + 9):
        begin, end = change - DAY, change + DAY
        for text in ONCE + EACH:
            rule = parse("cron", text, timezone)
            planned = between(rule, begin, end)

            watched = watch_clock(cron_fits(text), timezone, begin, end, each=text in EACH)
            assert planned == watched, f"{text} around {change}"


def test_the_zones_have_the_changes_that_they_are_here_for():
    """Or the test above would compare nothing."""
    counted = {zone: len(changes_of(zone, first, first + 9)) for zone, first in ZONES.items()}

    assert len(counted) == 8
    assert min(counted.values()) >= 19


def test_a_time_that_does_not_exist_runs_once_at_the_first_instant_after_the_gap():
    """New York skips 02:00 to 03:00 on 8 March 2026."""
    found = firings("cron", "30 2 * * *", "America/New_York", "2026-03-07 12:00", 2)

    assert found == ["2026-03-08 03:00", "2026-03-09 02:30"]


def test_several_times_in_one_gap_and_one_behind_it_run_once():
    """02:00, 02:30 and 03:00 are one instant that day."""
    found = firings("cron", "0,30 2,3 * * *", "America/New_York", "2026-03-08 05:00", 3)

    assert found == ["2026-03-08 03:00", "2026-03-08 03:30", "2026-03-09 02:00"]


def test_a_time_that_comes_twice_runs_the_first_time():
    """New York repeats 01:00 to 02:00 on 1 November 2026; the first is at UTC-4."""
    rule = parse("cron", "30 1 * * *", "America/New_York")
    found = [
        moment
        for moment, *_ in takewhile(
            lambda f: f[0] < utc("2026-11-03"), rule.after(utc("2026-10-31 12:00"))
        )
    ]

    assert found == [utc("2026-11-01 05:30"), utc("2026-11-02 06:30")]


def test_who_begins_between_the_two_passes_sees_no_second_firing():
    """At 05:45 UTC the first 01:30 is over; the second is at 06:30."""
    found = firings("cron", "30 1 * * *", "America/New_York", "2026-11-01 05:45", 1)

    assert found == ["2026-11-02 01:30"]


def test_every_hour_goes_on_through_the_hour_that_comes_twice():
    """25 hours in that day, 23 in the other."""
    hourly = parse("cron", "0 * * * *", "America/New_York")

    def count(begin: str, end: str) -> int:
        return sum(1 for _ in takewhile(lambda f: f[0] <= utc(end), hourly.after(utc(begin))))

    assert count("2026-11-01 04:00", "2026-11-02 05:00") == 25
    assert count("2026-03-08 05:00", "2026-03-09 04:00") == 23


def test_a_day_that_is_left_out_runs_once_at_the_start_of_the_next():
    """Apia went from 29 to 31 December 2011, so noon of the 30th is midnight of the 31st."""
    found = firings("cron", "0 12 * * *", "Pacific/Apia", "2011-12-29 12:00", 3)

    assert found == ["2011-12-29 12:00", "2011-12-31 00:00", "2011-12-31 12:00"]


@pytest.mark.parametrize(
    ("text", "after", "code"),
    [
        ("30 2 * * *", "2026-03-08 00:00", "dst_gap"),
        ("30 1 * * *", "2026-11-01 00:00", "dst_fold"),
        ("30 1 * * *", "2026-11-02 12:00", None),
    ],
)
def test_a_note_says_what_the_change_did(text, after, code):
    """And ordinary days have none."""
    _, notes, _ = next(parse("cron", text, "America/New_York").after(utc(after)))

    assert [note.code for note in notes] == ([code] if code else [])


def test_the_note_of_a_gap_names_both_times():
    """For the forecast."""
    _, (note,), _ = next(parse("cron", "30 2 * * *", "America/New_York").after(utc("2026-03-08")))

    assert note.text == (
        "2026-03-08 02:30:00 does not exist in America/New_York: moved to 2026-03-08 03:00:00"
    )


def test_a_rule_of_all_hours_on_one_day_sees_the_hour_that_its_day_ends_with_twice():
    """Sao Paulo went from 24:00 back to 23:00 on 18 February 2017."""
    rule = parse("cron", "30 * 18 2 *", "America/Sao_Paulo")
    found = [
        moment
        for moment, *_ in takewhile(
            lambda f: f[0] < utc("2017-02-20"), rule.after(utc("2017-02-19 00:00"))
        )
    ]

    assert found == [utc(f"2017-02-19 0{hour}:30") for hour in (0, 1, 2)]
