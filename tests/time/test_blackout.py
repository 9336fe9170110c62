"""Blackouts: which occasions they skip, hold, or bring forward."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

import pytest

from pgsched.time import Plan, Window, parse
from tests.time.moments import closing, refusal, told, utc

DAILY = parse("cron", "0 9 * * *", "UTC")
NINE_TO_TEN = Window(utc("2026-01-02 09:00"), utc("2026-01-02 10:00"), "backup")
HALVES = parse("cron", "0,30 * * * *", "UTC")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (
            "skip",
            ["08:30", "09:00 skipped blackout", "09:30 skipped blackout", "10:00"],
        ),
        (
            "hold",
            [
                "08:30",
                "09:00 skipped blackout blackout",
                "09:30 skipped blackout blackout",
                "10:00",
            ],
        ),
        (
            "before",
            [
                "08:30",
                "09:00 02 08:59:59 blackout",
                "09:30 skipped blackout blackout",
                "10:00",
            ],
        ),
    ],
)
def test_a_blackout_skips_holds_or_brings_forward(policy, expected):
    """Not to where there is one anyway, and only the first, if several come to one instant."""
    plan = Plan(rule=HALVES, blackouts=[NINE_TO_TEN], blackout_policy=policy)

    assert told(plan, "2026-01-02 08:00", len(expected)) == [f"02 {line}" for line in expected]


def test_the_note_names_the_blackout():
    """And where the occasion went."""
    plan = Plan(rule=HALVES, blackouts=[NINE_TO_TEN], blackout_policy="hold")
    (one,) = islice(plan.after(utc("2026-01-02 08:30")), 1)

    assert [note.text for note in one.notes] == [
        "2026-01-02 09:00:00 UTC is in the blackout 'backup': moved to 2026-01-02 10:00:00",
        "2026-01-02 10:00:00 UTC has its own: skipped",
    ]


def test_the_note_names_every_window_that_was_met():
    """And not those that only touch them."""
    rule = parse("at", "2026-01-02T09:30", "UTC")
    windows = [
        Window(utc("2026-01-02 10:00"), utc("2026-01-02 11:00"), "touches"),
        NINE_TO_TEN,
        Window(utc("2026-01-01"), utc("2026-01-02 09:45"), "holiday"),
    ]
    (one,) = Plan(rule=rule, blackouts=windows, blackout_policy="hold").after(utc("2026-01-01"))

    assert [note.text for note in one.notes] == [
        "2026-01-02 09:30:00 UTC is in the blackout 'holiday, backup': moved to 2026-01-02 11:00:00"
    ]


def test_blackouts_that_overlap_or_touch_are_one():
    """From the earliest begin to the latest end, whichever of them it falls into."""
    windows = [
        NINE_TO_TEN,
        Window(utc("2026-01-02 10:00"), utc("2026-01-02 11:30")),
        Window(utc("2026-01-02 11:00"), utc("2026-01-02 12:15")),
        Window(utc("2026-01-02 12:15:01"), utc("2026-01-02 12:16")),
    ]
    rule = parse("cron", "45 9-12 2 1 *", "UTC")
    hold = Plan(rule=rule, blackouts=windows, blackout_policy="hold")

    assert told(hold, "2026-01-01", 4) == [
        "02 09:45 02 12:15:00 blackout",
        "02 10:45 skipped blackout blackout",
        "02 11:45 skipped blackout blackout",
        "02 12:45",
    ]
    assert told(replace(hold, blackout_policy="before"), "2026-01-02 11:00", 1) == [
        "02 11:45 skipped blackout blackout"
    ]
    first = told(replace(hold, blackout_policy="before"), "2026-01-01", 1)
    assert first == ["02 09:45 02 08:59:59 blackout"]


def test_who_begins_a_second_before_a_blackout_knows_that_this_second_is_taken():
    """By a regular occasion; the one from the blackout would be moved there."""
    rule = parse("cron", "30,59 59 8,9 * * *", "UTC")
    plan = Plan(rule=rule, blackouts=[NINE_TO_TEN], blackout_policy="before")

    for begin in ("2026-01-02 08:59:59", "2026-01-02 08:59:59.5"):
        assert told(plan, begin, 1) == ["02 09:59 skipped blackout blackout"]
    hold = replace(plan, blackout_policy="hold")
    assert told(hold, "2026-01-02 09:59:30", 1) == ["02 09:59 skipped blackout blackout"]


def test_who_begins_within_a_blackout_knows_what_waits_for_its_end():
    """It need not be the first of the blackout: those of Saturday and Sunday were skipped."""
    weekend = Window(utc("2026-01-03"), utc("2026-01-05 23:15"))
    plan = Plan(
        rule=HALVES, calendar=closing(), blackouts=[weekend], blackout_policy="hold", roll="skip"
    )

    assert told(plan, "2026-01-04 23:30", 2) == [
        "05 00:00 05 23:15:00 blackout",
        "05 00:30 skipped blackout blackout",
    ]
    assert told(plan, "2026-01-05 10:30", 1) == ["05 11:00 skipped blackout blackout"]


def test_a_delay_does_not_end_in_a_blackout():
    """It is over when the blackout is, or never begun."""
    plan = Plan(rule=HALVES, name="report", splay_s=1700, blackouts=[NINE_TO_TEN])
    (free,) = islice(replace(plan, blackouts=[]).after(utc("2026-01-02 08:00")), 1)
    whole = free.due_at.replace(microsecond=0)
    late = Window(whole - timedelta(seconds=1), whole + timedelta(seconds=9))

    def due(policy: str) -> list[datetime]:
        moved = replace(plan, blackouts=[late], blackout_policy=policy)
        return [o.due_at for o in islice(moved.after(utc("2026-01-02 08:00")), 1) if not o.skipped]

    assert due("hold") == [late.ends_at]
    assert due("before") == [late.starts_at - timedelta(seconds=1)]
    assert due("skip") == []


def test_those_that_a_delay_brings_into_a_blackout_all_run_at_its_end():
    """A delay spreads occasions; it never makes one of two."""
    noon = Window(utc("2026-01-02 12:00"), utc("2026-01-02 13:00"))
    rule = parse("cron", "57-59 11 * * *", "UTC")
    plan = Plan(rule=rule, name="c", splay_s=3600, blackouts=[noon], blackout_policy="hold")

    assert told(plan, "2026-01-02 11:00", 3) == [
        f"02 11:{minute} 02 13:00:00 blackout" for minute in (57, 58, 59)
    ]


def test_windows_less_than_a_second_apart_are_one():
    """Parts of a second are made whole: nothing could start between them."""
    windows = [
        Window(utc("2026-01-02 09:00"), utc("2026-01-02 09:30:00.2")),
        Window(utc("2026-01-02 09:30:00.9"), utc("2026-01-02 09:59:59.1")),
    ]
    plan = Plan(rule=parse("cron", "1 9 2 1 *", "UTC"), blackouts=windows, blackout_policy="hold")

    assert told(plan, "2026-01-01", 1) == ["02 09:01 02 10:00:00 blackout"]


def test_ten_thousand_windows_are_no_blackout_without_end():
    """However many touch, the last of them ends."""
    begin = utc("2026-01-02")
    minute = timedelta(minutes=1)
    windows = [Window(begin + n * minute, begin + (n + 1) * minute) for n in range(10_000)]
    plan = Plan(rule=parse("cron", "0 1 2 1 *", "UTC"), blackouts=windows, blackout_policy="hold")

    (one,) = islice(plan.after(begin), 1)
    assert one.due_at == windows[-1].ends_at


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Window(utc("2026-01-01"), utc("2026-01-01")), "the blackout is empty"),
        (lambda: Window(datetime(2026, 1, 1), utc("2026-01-01")), "has no time zone"),  # noqa: DTZ001
    ],
)
def test_a_blackout_that_is_none_is_refused(make, reason):
    """Empty, or too long to be one."""
    assert reason in str(refusal(make))
