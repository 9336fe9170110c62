"""The commands `pgsched schedule ...`."""

from __future__ import annotations

import pytest


@pytest.fixture
def dsn(shared_dsn):
    """A database that is shared: nothing here changes its schema."""
    return shared_dsn


OK, USAGE = 0, 2
YEARS = "times must be finite, of the years 1901 to 2999"


def test_times_are_columns_like_others(pgsched, db):
    times = (
        "--set",
        "starts_at=2030-01-01T00:00:00Z",
        "--set",
        "ends_at=2031-01-01T00:00:00+01:00",
    )
    assert pgsched("schedule", "add", "s", "t", "--rrule", "FREQ=DAILY", *times).code == OK

    found = pgsched("schedule", "forecast", "s", "-n", 1, "-o", "json").json
    assert found[0]["nominal"].startswith("2030-01-01T00:00:00")
    assert pgsched("schedule", "change", "s", "--set", "ends_at=").code == OK
    assert db.execute("select ends_at from pgsched.schedule").fetchall() == [(None,)]


def test_a_time_that_is_wrong_is_refused_by_name(pgsched):
    for value, message in (("soon", "--set starts_at is not a time"), ("2030-01-01", "time zone")):
        answer = pgsched(
            "schedule", "add", "s", "t", "--every", "1h", "--set", f"starts_at={value}"
        )
        assert (answer.code, message in answer.err) == (USAGE, True)
    late = "ends_at=3000-01-01T00:00:00Z"
    assert YEARS in pgsched("schedule", "add", "s", "t", "--every", "1h", "--set", late).err


def test_a_change_says_which_runs_move(pgsched):
    pgsched("schedule", "add", "s", "t", "--cron", "0 0 1 1 *", "--set", "max_runs=2")
    tried = pgsched(
        "schedule", "change", "s", "--cron", "0 6 1 1 *", "--dry-run", "-o", "json"
    ).json
    done = pgsched("schedule", "change", "s", "--cron", "0 6 1 1 *")

    assert (tried["version"], tried["dry_run"], len(tried["moved"])) == (2, True, 1)
    assert done.out.startswith("schedule s has version 2\n1 coming runs move:\n")
    assert "was" in done.out
    same = pgsched("schedule", "change", "s", "--set", "priority=7")
    assert same.out == "schedule s has version 3\n0 coming runs move\n"


def test_a_schedule_with_a_problem_can_be_looked_at_and_mended(pgsched, db):
    db.execute("insert into pgsched.schedule (name, task, cron) values ('s', 't', '61 * * * *')")

    assert pgsched("schedule", "show", "s").code == OK
    assert "61" in pgsched("schedule", "forecast", "s").err
    assert pgsched("schedule", "change", "s", "--cron", "1 * * * *").code == OK
    assert pgsched("schedule", "forecast", "s").code == OK


def test_a_time_can_be_taken_away_for_a_rule(pgsched, db):
    pgsched("schedule", "add", "s", "t", "--at", "2099-01-01T00:00")

    assert pgsched("schedule", "change", "s", "--set", "at=", "--cron", "0 6 * * *").code == OK
    [(at, cron)] = db.execute("select s.at, s.cron from pgsched.schedule as s").fetchall()
    assert (at, cron) == (None, "0 6 * * *")
    assert (
        "exactly one of" in pgsched("schedule", "change", "s", "--set", "at=", "--set", "cron=").err
    )
