"""What programs and the CLI ask before and while they change a schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pgsched import timetable
from pgsched.errors import InvalidValue
from tests.sql.actors import one


@pytest.fixture
def dsn(shared_dsn):
    """A database that is shared: nothing here changes its schema."""
    return shared_dsn


HOUR = timedelta(hours=1)


@pytest.fixture
def noon(clock) -> datetime:
    clock.set(datetime(2027, 3, 1, 12, tzinfo=UTC))  # a Monday
    return clock.now


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"cron": "61 * * * *"}, "61"),
        ({"cron": "0 0 30 2 *"}, "30"),
        ({"every": "1 hour", "roll": "sideways"}, "roll must be"),
        ({"every": "1 hour", "jitter": "2 days"}, "jitter"),
        ({"every": "1 hour", "max_runs": 0}, "max_runs must be"),
        ({"every": "1 hour", "calendar": "unknown"}, "no calendar 'unknown'"),
        ({"at": datetime(2027, 3, 1, 13, 0, 0, 5, tzinfo=UTC)}, "at must be a whole second"),
        ({"every": "1 hour", "ends_at": "infinity"}, "times must be finite"),
    ],
)
def test_what_is_wrong_is_said_at_once_and_nothing_is_made(db, noon, columns, message):
    with pytest.raises(InvalidValue, match=message):
        timetable.add(db, "s", "t", columns)
    assert one(db, "select count(*) from pgsched.schedule") == 0

    timetable.add(db, "s", "t", {"every": "2 hours"})
    with pytest.raises(InvalidValue, match=message):
        timetable.change(db, "s", columns)
    assert one(db, "select version from pgsched.schedule") == 1


def test_a_change_is_judged_with_what_stays_as_it_is(db, noon):
    """FREQ=DAILY alone is no rule: it repeats from starts_at."""
    timetable.add(db, "s", "t", {"rrule": "FREQ=DAILY", "starts_at": noon + HOUR})

    assert timetable.change(db, "s", {"timezone": "Europe/Berlin"}) == 2
    assert timetable.forecast(db, "s", 1)[0].nominal == noon + HOUR


def test_a_forecast_begins_with_what_is_to_come(db, noon, clock):
    timetable.add(db, "s", "t", {"every": "1 hour", "max_runs": 3})
    clock.advance(5)

    found = timetable.forecast(db, "s", 10)
    assert [each.nominal for each in found] == [noon + HOUR, noon + 2 * HOUR, noon + 3 * HOUR]
