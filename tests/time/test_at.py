"""Once, at a time."""

from __future__ import annotations

import pytest

from pgsched.time import parse
from tests.time.moments import firings, utc, why_refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-31T18:00", "2026-12-31 17:00"),
        ("2026-12-31 18:00:05", "2026-12-31 17:00:05"),
        ("2026-12-31T18:00+09:00", "2026-12-31 09:00"),
        ("2026-12-31T18:00Z", "2026-12-31 18:00"),
    ],
)
def test_it_is_local_time_unless_an_offset_says_otherwise(text, expected):
    """In Berlin, at UTC+1."""
    assert [
        moment for moment, *_ in parse("at", text, "Europe/Berlin").after(utc("2026-01-01"))
    ] == [utc(expected)]


def test_there_is_nothing_after_it():
    """Not at its own instant either."""
    assert firings("at", "2026-12-31T18:00", "UTC", "2026-12-31 18:00", 1) == []


def test_a_time_in_a_gap_is_moved_with_a_note():
    """As in every other rule."""
    rule = parse("at", "2026-03-29T02:30", "Europe/Berlin")
    ((moment, (note,), _),) = rule.after(utc("2026-01-01"))

    assert (moment, note.code) == (utc("2026-03-29 01:00"), "dst_gap")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-12-31", "'2026-12-31' has no time of day"),
        ("tomorrow", "this is no point in time"),
        ("2026-02-30T10:00", "this is no point in time"),
        ("2026-12-31T18:00:00.5Z", "at has a fraction of a second"),
        ("2026-12-31T18:00:00.5", "at has a fraction of a second"),
        ("2026-12-31T18:00+00:00:01.5", "at has a fraction of a second"),
        ("1850-01-01T00:00", "at is out of range"),
        ("2999-12-31T23:59-12:00", "at is out of range"),
        ("0001-01-01T00:00+12:00", "at is out of range"),
        ("T" * 900, f"got '{'T' * 80}'..."),
        ("9999-12-31T23:59-12:00", "at is out of range"),
    ],
)
def test_anything_else_is_refused(text, reason):
    """A date alone could mean its begin or its end."""
    assert reason in why_refused("at", text)
