"""How long events are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sql.actors import one
from tests.sql.events import emit, made, subscribe
from tests.sql.keeper import make_due, run_out, run_step, server_day, upkeep

DAY = timedelta(days=1)


@pytest.fixture
def dsn(copy, template):
    """A database of its own: these tests drop partitions."""
    with copy(template) as made:
        yield made


def test_events_go_after_retention_days_with_keys_and_what_they_made(dsn, connect, clock):
    db = connect(dsn)
    today = server_day(db)
    subscribe(db)
    first = emit(db, id="a1")
    clock.set(today + 30 * DAY)
    assert run_out(db, "events")[-1] == "nothing more is to go"
    assert emit(db, id="a1") == first

    clock.set(today + 31 * DAY)
    done = run_out(db, "events")

    assert done == [
        "removed 1 keys",
        f"dropped _event_{today:%Y%m%d}",
        f"dropped _event_job_{today:%Y%m%d}",
        "nothing more is to go",
    ]
    assert [one(db, f"select count(*) from pgsched.{t}") for t in ("event", "_event_job")] == [0, 0]
    assert len(made(db)) == 1


def test_a_replay_between_two_steps_makes_nothing_of_events_that_are_going(dsn, connect, clock):
    """They have nowhere left to note what they made."""
    db = connect(dsn)
    emit(db)
    subscribe(db)
    today = server_day(db)
    clock.set(today + 30 * DAY)
    run_out(db, "events")
    clock.set(today + 31 * DAY)
    gone = run_step(db, "events")
    replayed = one(db, "select pgsched.replay('s', '2020-01-02', '2100-01-01')")
    gone_too = run_step(db, "events")

    day = f"{today:%Y%m%d}"
    assert (gone, gone_too) == (f"dropped _event_{day}", f"dropped _event_job_{day}")
    assert replayed == 0


def test_retention_gives_up_for_who_is_emitting(dsn, connect, clock):
    db, other_db = connect(dsn), connect(dsn)
    subscribe(db)
    clock.advance(40 * 86400)
    with other_db.transaction():
        emit(other_db)
        make_due(db, "events")
        assert upkeep(db)[1].startswith("gave up after 50 ms")
