"""Times, lengths of time and rules as they are written on the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from pgsched import cli, time
from pgsched.cli.schedule_options import OPTIONS
from pgsched.cli.values import read_ago, read_duration
from pgsched.errors import InvalidValue

OK, USAGE = 0, 2


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("1.5", 1.5),
        ("250ms", 0.25),
        ("1h30m", 5400),
        ("2d", 172_800),
        ("1w1s", 604_801),
    ],
)
def test_a_length_of_time_is_a_number_or_has_a_unit_for_each(text, seconds):
    assert read_duration("--delay", text) == seconds


@pytest.mark.parametrize("text", ["1h30", "1 h", "h", "", "30m15", "\u0663h", "1h\n"])
def test_what_could_mean_two_things_is_no_length_of_time(text):
    with pytest.raises(InvalidValue, match="--delay is not a length of time"):
        read_duration("--delay", text)


def test_so_long_ago_has_a_unit_and_anything_else_is_a_time():
    """2026 is a year to people."""
    ago = datetime.now(UTC) - timedelta(hours=2)
    assert abs((read_ago("--since", "2h") or ago) - ago) < timedelta(minutes=5)
    assert read_ago("--since", "2026-01-01T00:00:00Z") == datetime(2026, 1, 1, tzinfo=UTC)
    for wrong in ("2026", "2h ago"):
        with pytest.raises(InvalidValue, match="2h for so long ago"):
            read_ago("--since", wrong)


def test_what_the_help_shows_is_understood(capsys):
    """Every rule in it, each in quotes."""
    for kind in ("every", "business"):
        examples = re.findall("'([^']+)'", OPTIONS[kind].__metadata__[0].help)
        assert examples
        for example in examples:
            assert time.describe(kind, example, "UTC")
    for command in ("event list", "event replay", "job list", "dead redrive"):
        assert cli.run([*command.split(), "--help"]) == OK
        assert "ago" not in capsys.readouterr().out


def test_at_is_local_in_the_zone_of_the_schedule(pgsched, db):
    """As everywhere else; an offset is taken as it is."""

    def rule() -> datetime:
        [(at,)] = db.execute("select at from pgsched.schedule").fetchall()
        return at.astimezone(UTC)

    zone = ("--timezone", "America/New_York")
    made = pgsched("schedule", "add", "s", "t", "--at", "2031-01-31T09:00", *zone)
    assert (made.code, made.err) == (OK, "")
    assert rule() == datetime(2031, 1, 31, 14, tzinfo=UTC)

    pgsched("schedule", "change", "s", "--at", "2031-01-31T10:00")
    assert rule() == datetime(2031, 1, 31, 15, tzinfo=UTC)
    pgsched("schedule", "change", "s", "--at", "2031-01-31T10:00Z")
    assert rule() == datetime(2031, 1, 31, 10, tzinfo=UTC)
    assert pgsched("schedule", "change", "s", "--at", "2031-01-31").code == USAGE
