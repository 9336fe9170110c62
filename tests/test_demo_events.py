"""`pgsched demo --events`, as whoever tries it runs it."""

from __future__ import annotations

import os
import re
import signal
import sys
from datetime import date
from subprocess import PIPE, STDOUT, Popen

import holidays
import pytest

from pgsched import demo
from pgsched.demo.us_holidays import us_holidays
from tests.conftest import Connection

LEFT = """
select (select count(*) from pgsched.schedule), (select count(*) from pgsched.subscription),
       (select count(*) from pgsched.calendar), (select count(*) from pgsched.stat_worker),
       (select count(*) from pgsched.job where state not in ('succeeded', 'cancelled'))
"""


@pytest.fixture
def start(dsn: str):
    """Starts the demo on the test's database, without a terminal; kills it after the test."""
    started: list[Popen[str]] = []

    def go() -> Popen[str]:
        environ = {name: value for name, value in os.environ.items() if "PGSCHED" not in name}
        command = [sys.executable, "-m", "pgsched", "demo", "--events"]
        started.append(
            Popen(
                command, stdout=PIPE, stderr=STDOUT, text=True, env={**environ, "PGSCHED_DSN": dsn}
            )
        )
        return started[-1]

    yield go
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_demo_of_events_ends_by_itself_and_says_ok(start, db: Connection):
    """Every order, event, invoice and second once; a year foreseen; nothing left; 80 columns."""
    process = start()
    told, _ = process.communicate()

    assert process.returncode == 0, told
    assert "OK: everything happened exactly once." in told
    assert max(map(len, told.splitlines())) <= 80
    assert len(re.findall(r"^... \d\d ... \d{4} 18:00 +2[23]:00 +\S", told, re.MULTILINE)) == 12
    assert "is Memorial Day: moved to" in told
    assert len(re.findall(r"row +order \d of \$\d+ +job \d+: invoice after", told)) == 5
    assert db.execute(LEFT).fetchall() == [(0, 0, 0, 0, 0)]


def test_ctrl_c_ends_it_and_leaves_nothing_that_would_go_on(start, db: Connection):
    process = start()
    while "beat of" not in (line := process.stdout.readline()):
        assert line, "it ended early"
    process.send_signal(signal.SIGINT)
    process.communicate()

    assert process.returncode == 130
    assert db.execute(LEFT).fetchall() == [(0, 0, 0, 0, 0)]


def test_a_shop_that_is_not_the_demo_s_is_left_alone(dsn: str, db: Connection):
    db.execute("create schema shop create table orders (id int)")

    with pytest.raises(Exception, match="a schema `shop` that the demo did not make"):
        demo.main(dsn, events=True)

    assert db.execute("select count(*) from shop.orders").fetchall() == [(0,)]


def test_the_demo_knows_the_federal_holidays():
    """As the package has them that the extra brings."""
    years = range(2022, 2060)
    found = holidays.country_holidays("US", years=years)

    assert list(us_holidays(years)) == sorted(day for day in found if day.year in years)
    assert us_holidays(range(2027, 2028))[date(2027, 12, 31)] == "New Year's Day (observed)"
