"""quiet_for(): for how long no schedule needs a tick or a plan."""

from __future__ import annotations

import pytest

from pgsched.worker.planner import plan_round
from tests.sql.actors import one
from tests.sql.timetable import schedule, tick


def quiet_for(db, max_s=3600):
    return one(db, "select pgsched.quiet_for(%s)", max_s)


@pytest.fixture
def planned(db, clock):
    """A schedule that fires each 20 minutes."""
    clock.advance(0)
    schedule(db, "s", "t", every="20 minutes")
    assert quiet_for(db) == 0
    plan_round(db)


def test_without_schedules_it_is_quiet_for_as_long_as_is_asked(db):
    assert quiet_for(db) == 3600


def test_until_the_next_slot_is_to_be_planned_or_due(db, planned, clock):
    """A minute before, for it is planned so long ahead."""
    before = quiet_for(db)
    clock.advance(before + 1)
    assert quiet_for(db) == 0
    plan_round(db)
    tick(db)

    assert 0 < before <= 1200
    assert quiet_for(db) > 0
