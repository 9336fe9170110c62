"""A plan: what calendars, ends, limits and delays make of a rule's occasions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from pgsched.time import Plan, Window, parse
from tests.time.moments import closing, refusal, told, utc

# In 2026, 25 December is a Friday, so there are three closed days in a row.
OPEN = closing("2026-12-25 Christmas Day")
DAILY = parse("cron", "0 9 * * *", "UTC")
WEEKEND = parse("cron", "0 9 * * fri,sat,sun", "UTC")


def test_a_bare_rule_fires_when_it_says():
    """Strictly after."""
    assert told(Plan(rule=DAILY), "2026-12-23 09:00", 2) == ["24 09:00", "25 09:00"]


@pytest.mark.parametrize(
    ("roll", "expected"),
    [
        ("skip", ["24 09:00", "25 09:00 skipped holiday", "26 09:00 skipped weekend"]),
        (
            "following",
            [
                "24 09:00",
                "25 09:00 skipped holiday holiday",
                "26 09:00 skipped weekend weekend",
                "27 09:00 skipped weekend weekend",
                "28 09:00",
            ],
        ),
        (
            "preceding",
            ["24 09:00", "25 09:00 skipped holiday holiday", "26 09:00 skipped weekend weekend"],
        ),
    ],
)
def test_an_occasion_on_a_closed_day_is_rolled(roll, expected):
    """But not to where there is one anyway."""
    plan = Plan(rule=DAILY, calendar=OPEN, roll=roll)

    assert told(plan, "2026-12-24", len(expected)) == expected


def test_modified_following_stays_in_the_month():
    """Saturday 31 January 2026 goes back, Saturday 14 February goes on."""

    def plan(text: str) -> Plan:
        return Plan(rule=parse("cron", text, "UTC"), calendar=OPEN, roll="modified_following")

    assert told(plan("0 9 31 1 *"), "2026-01-01", 1) == ["31 09:00 30 09:00:00 weekend"]
    assert told(plan("0 9 14 2 *"), "2026-01-01", 1) == ["14 09:00 16 09:00:00 weekend"]


SHUT = closing("2026-12-29 Shut", "2026-12-30 Shut", "2026-12-31 Shut")


@pytest.mark.parametrize(
    ("text", "roll", "calendar", "after", "expected"),
    [
        # Friday's midnight is over, and so is the one that Saturday's would be moved to.
        ("0 0 * * *", "preceding", OPEN, "2026-12-18 12:00", "19 00:00 skipped weekend weekend"),
        ("0 0 * * *", "preceding", OPEN, "2026-12-18", "19 00:00 skipped weekend weekend"),
        # Saturday's went on to Monday; Tuesday's must stay in the year, and goes back to Monday.
        (
            "0 9 * * 6,2",
            "modified_following",
            SHUT,
            "2026-12-28 12:00",
            "29 09:00 skipped holiday holiday",
        ),
    ],
)
def test_what_has_been_moved_is_known_to_who_begins_after_it(text, roll, calendar, after, expected):
    """Or one instant would run twice."""
    plan = Plan(rule=parse("cron", text, "UTC"), calendar=calendar, roll=roll)

    assert told(plan, after, 1) == [expected]


def test_a_rolled_occasion_keeps_its_wall_time():
    """Sunday 29 March 2026 is the day of change in Berlin, Monday is an hour earlier in UTC."""
    rule = parse("cron", "30 2 * * sun", "Europe/Berlin")
    plan = Plan(rule=rule, timezone="Europe/Berlin", calendar=OPEN, roll="preceding")
    (one,) = islice(plan.after(utc("2026-03-24")), 1)

    # Friday has a 02:30, at UTC+1: that there is none on Sunday no longer matters.
    assert (one.nominal, one.due_at) == (utc("2026-03-29 01:00"), utc("2026-03-27 01:30"))
    assert [note.code for note in one.notes] == ["weekend"]


def test_the_day_is_that_of_the_zone():
    """Monday 08:00 in Tokyo is Sunday in UTC."""
    rule = parse("cron", "0 8 * * mon", "Asia/Tokyo")

    assert told(Plan(rule=rule, timezone="Asia/Tokyo", calendar=OPEN), "2026-06-01 12:00", 1) == [
        "07 23:00"
    ]


def test_the_notes_tell_the_whole_story():
    """For people."""
    plan = Plan(rule=WEEKEND, calendar=OPEN, roll="following")
    first, second = islice(plan.after(utc("2026-12-24 12:00")), 2)

    assert [note.text for note in first.notes] == [
        "2026-12-25 is Christmas Day: moved to 2026-12-28"
    ]
    assert [note.text for note in second.notes] == [
        "2026-12-26 is a Saturday: moved to 2026-12-28",
        "2026-12-25 09:00:00 UTC already runs at 2026-12-28 09:00:00 UTC: skipped",
    ]


def test_start_and_end_are_included():
    """And the last one says why there is no more."""
    plan = Plan(rule=DAILY, starts_at=utc("2026-01-05 09:00"), ends_at=utc("2026-01-06 09:00"))

    assert told(plan, "2020-01-01", 9) == ["05 09:00", "06 09:00 ends"]
    assert told(plan, "2026-01-06 09:00", 9) == []


@pytest.mark.parametrize("limit", ["starts_at", "since"])
def test_what_was_before_the_start_takes_no_instant(limit):
    """Saturday's would go to Monday, but there was no Saturday; so Sunday's does."""
    plan = Plan(rule=WEEKEND, calendar=OPEN, roll="following", **{limit: utc("2026-12-26 12:00")})

    assert told(plan, "2026-12-01", 1) == ["27 09:00 28 09:00:00 weekend"]


def test_since_leaves_out_its_own_instant_and_aligns_nothing():
    """Unlike starts_at, from which an interval would be counted."""
    rule = parse("every", "6 hours", "UTC")

    assert told(Plan(rule=rule, since=utc("2026-01-05 06:00")), "2026-01-01", 1) == ["05 12:00"]
    assert told(Plan(rule=rule, since=utc("2026-01-05 05:59:59.9")), "2026-01-01", 1) == [
        "05 06:00"
    ]


def test_what_is_after_the_end_is_in_nobodys_way():
    """Monday's own would be too late, so Friday's goes there; the last says both."""
    plan = Plan(rule=DAILY, calendar=OPEN, roll="following", ends_at=utc("2026-12-27 12:00"))

    assert told(plan, "2026-12-24 12:00", 9) == [
        "25 09:00 28 09:00:00 holiday",
        "26 09:00 skipped weekend weekend",
        "27 09:00 skipped ends weekend weekend",
    ]


def test_an_end_that_cuts_nothing_off_is_not_mentioned():
    """The rule had no more anyway."""
    plan = Plan(rule=parse("at", "2026-01-05T09:00", "UTC"), ends_at=utc("2026-02-01"))

    assert told(plan, "2020-01-01", 9) == ["05 09:00"]


def test_at_most_max_runs_occasions_run():
    """Skipped ones do not count."""
    plan = Plan(rule=DAILY, calendar=OPEN, max_runs=2)

    assert told(plan, "2026-12-24", 9) == [
        "24 09:00",
        "25 09:00 skipped holiday",
        "26 09:00 skipped weekend",
        "27 09:00 skipped weekend",
        "28 09:00 max_runs",
    ]
    assert told(replace(plan, max_runs=0), "2026-12-24", 9) == []


def test_splay_is_one_delay_for_all_occasions_of_a_name():
    """The same whoever asks, this year and next: it hangs on nothing but the name."""
    plan = Plan(rule=DAILY, name="report", splay_s=600)
    delays = {o.due_at - o.nominal for o in islice(plan.after(utc("2026-01-01")), 20)}

    assert delays == {timedelta(seconds=17.729)}
    (other,) = islice(replace(plan, name="other").after(utc("2026-01-01")), 1)
    assert other.due_at - other.nominal not in delays


def test_jitter_is_another_delay_for_each_occasion():
    """Bounded, whole milliseconds, and the same from wherever one begins."""
    plan = Plan(rule=DAILY, name="report", jitter_s=60)
    found = list(islice(plan.after(utc("2026-01-01")), 50))
    delays = [o.due_at - o.nominal for o in found]

    assert len(set(delays)) > 45
    assert all(timedelta() <= delay <= timedelta(seconds=60) for delay in delays)
    assert all(delay.microseconds % 1000 == 0 for delay in delays)
    assert list(islice(plan.after(found[9].nominal), 40)) == found[10:]
    assert next(replace(plan, name="other").after(utc("2026-01-01"))).due_at != found[0].due_at


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 2 * * *", ["07 07:30 skipped", "08 07:00 skipped", "09 06:30", "10 06:30"]),
        ("30 2 * * 0", ["08 07:00 09 06:30:00", "15 06:30 16 06:30:00"]),
        ("0,30 2,3 * * 0", ["08 07:00 09 06:00:00", "08 07:30 09 07:30:00"]),
    ],
)
def test_a_gap_on_a_closed_day_stays_there(text, expected):
    """New York has no 02:30 on Sunday 8 March 2026; Monday has."""
    rule = parse("cron", text, "America/New_York")
    plan = Plan(rule=rule, timezone="America/New_York", calendar=closing(), roll="following")

    found = [line.replace(" weekend", "") for line in told(plan, "2026-03-06 12:00", 5)]
    assert [line for line in found if line[:2] >= "07"][: len(expected)] == expected


@pytest.mark.parametrize(
    ("roll", "due", "reached"),
    [
        ("preceding", "2026-05-01 17:00", "2026-05-03 23:59:59.999999"),
        ("preceding", "2026-05-02 17:00", "2026-05-03 23:59:59.999999"),
        ("preceding", "2026-05-03 17:00", "2026-05-03 23:59:59.999999"),
        ("preceding", "2026-05-04 17:00", "2026-05-04 17:00"),
        ("following", "2026-05-01 17:00", "2026-05-01 17:00"),
        ("modified_following", "2026-05-29 17:00", None),
        ("modified_following", "2026-05-22 17:00", "2026-05-22 17:00"),
    ],
)
def test_it_is_known_how_far_one_must_look(roll, due, reached):
    """Over the weekend, where what is there is moved back; 31 May 2026 is a Sunday."""
    plan = Plan(rule=DAILY, calendar=closing(), roll=roll)

    assert plan.reach(utc(due)) == utc(reached or "2026-05-31 23:59:59.999999")


def test_what_a_blackout_brings_forward_is_looked_for_within_it():
    """From the second before it on; held, nothing comes back."""
    window = Window(utc("2026-05-01 09:00"), utc("2026-05-01 17:00"))
    before = Plan(rule=DAILY, blackouts=[window], blackout_policy="before")

    assert before.reach(utc("2026-05-01 08:59:58")) == utc("2026-05-01 08:59:58")
    assert before.reach(utc("2026-05-01 08:59:59")) == window.ends_at
    assert before.reach(utc("2026-05-01 12:00")) == window.ends_at
    assert before.reach(window.ends_at) == window.ends_at
    held = replace(before, blackout_policy="hold")
    assert held.reach(utc("2026-05-01 12:00")) == utc("2026-05-01 12:00")


def test_modified_following_knows_the_year_of_the_month():
    """Closed from the middle of a month to the same month of the next year."""
    shut = [f"{utc('2026-05-15') + timedelta(days=n):%Y-%m-%d} shut" for n in range(360)]
    plan = Plan(
        rule=parse("cron", "0 9 20 5 *", "UTC"),
        calendar=closing(*shut, weekend=[]),
        roll="modified_following",
    )

    assert told(plan, "2026-05-01", 1) == ["20 09:00 14 09:00:00 holiday"]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"timezone": "Mars/Olympus"}, "the time zone is unknown"),
        ({"starts_at": datetime(2026, 1, 1)}, "starts_at has no time zone"),  # noqa: DTZ001
        ({"ends_at": datetime(1850, 1, 1, tzinfo=UTC)}, "ends_at is out of range"),
        ({"starts_at": utc("2026-02-01"), "ends_at": utc("2026-01-01")}, "ends_at is before"),
        ({"max_runs": -1}, "max_runs is out of range"),
        ({"splay_s": -1}, "splay_s is out of range"),
        ({"jitter_s": 86_401}, "jitter_s is out of range"),
        ({"roll": "backwards"}, "roll is unknown"),
        ({"blackout_policy": "ignore"}, "blackout_policy is unknown"),
    ],
)
def test_what_is_out_of_range_is_refused(values, reason):
    """Each with its name."""
    assert reason in str(refusal(lambda: Plan(rule=DAILY, **values)))


def test_an_instant_without_a_zone_is_refused():
    """When asked for occasions."""
    naive = datetime(2026, 1, 1)  # noqa: DTZ001

    assert "instant has no time zone" in str(refusal(lambda: next(Plan(rule=DAILY).after(naive))))
