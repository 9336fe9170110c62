"""A plan: what calendars, ends, limits and delays make of a rule's occasions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgsched.time import Plan, Window, parse
from tests.time.moments import closing, examples, refusal, told, utc

# In 2026, 25 December is a Friday, so there are three closed days in a row.
OPEN = closing("2026-12-25 Christmas Day")
DAILY = parse("cron", "0 9 * * *", "UTC")


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
                "25 09:00 28 09:00:00 holiday",
                "26 09:00 skipped weekend weekend",
                "27 09:00 skipped weekend weekend",
                "28 09:00 skipped holiday",
                "29 09:00",
            ],
        ),
        (
            "preceding",
            ["24 09:00", "25 09:00 skipped holiday holiday", "26 09:00 skipped weekend weekend"],
        ),
    ],
)
def test_an_occasion_on_a_closed_day_is_rolled(roll, expected):
    """What falls on one instant runs once: the first of them."""
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

    # It was moved out of the gap first, to 03:00, and so Friday's is 03:00 as well, at UTC+1.
    assert (one.nominal, one.due_at) == (utc("2026-03-29 01:00"), utc("2026-03-27 02:00"))
    assert [note.code for note in one.notes] == ["dst_gap", "weekend"]


def test_the_day_is_that_of_the_zone():
    """Monday 08:00 in Tokyo is Sunday in UTC."""
    rule = parse("cron", "0 8 * * mon", "Asia/Tokyo")

    assert told(Plan(rule=rule, timezone="Asia/Tokyo", calendar=OPEN), "2026-06-01 12:00", 1) == [
        "07 23:00"
    ]


def test_the_notes_tell_the_whole_story():
    """For people."""
    plan = Plan(rule=DAILY, calendar=OPEN, roll="following")
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


def test_what_was_before_the_start_takes_no_instant():
    """Saturday's would go to Monday, but there was no Saturday; so Sunday's does."""
    plan = Plan(rule=DAILY, calendar=OPEN, roll="following", starts_at=utc("2026-12-26 12:00"))

    assert told(plan, "2026-12-01", 1) == ["27 09:00 28 09:00:00 weekend"]
    assert told(plan, "2026-12-27 12:00", 1) == ["28 09:00 skipped weekend"]


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


PLANS = st.builds(
    Plan,
    rule=st.sampled_from(
        [parse("cron", text, "UTC") for text in ("0 9 * * *", "0,30 9,21 * * *", "0 */5 * * 6,0,1")]
    ),
    calendar=st.sampled_from([None, OPEN, closing("2026-12-28 One", "2026-12-22 Two")]),
    roll=st.sampled_from(["skip", "following", "preceding", "modified_following"]),
    blackouts=st.lists(
        st.tuples(st.integers(0, 400), st.integers(1, 40)).map(
            lambda window: Window(
                utc("2026-12-18") + timedelta(hours=window[0]),
                utc("2026-12-18") + timedelta(hours=sum(window)),
            )
        ),
        max_size=3,
    ),
    blackout_policy=st.sampled_from(["skip", "hold", "before"]),
    jitter_s=st.sampled_from([0, 7200]),
    starts_at=st.sampled_from([None, utc("2026-12-20 12:00")]),
)


@examples(150)
@given(PLANS, st.integers(0, 24 * 16))
def test_from_wherever_one_begins_the_occasions_are_the_same(plan, hours):
    """Who plans in small steps gets what one gets who plans far ahead; no instant runs twice."""
    begin, end = utc("2026-12-18"), utc("2027-01-05")
    later = begin + timedelta(hours=hours)

    def until_end(after: datetime):
        return [o for o in islice(plan.after(after), 300) if o.nominal < end]

    found = until_end(begin)
    assert until_end(later) == [o for o in found if o.nominal > later]
    assert [o.nominal for o in found] == sorted({o.nominal for o in found})
    if plan.jitter_s == 0:
        due = [o.due_at for o in found if not o.skipped]
        assert len(due) == len(set(due))
    for window in plan.blackouts:
        assert not [o for o in found if not o.skipped and window.covering(o.due_at)]


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
