"""Decided slots go after slot_days, a piece a step, and deleted schedules with them."""

from __future__ import annotations

from datetime import timedelta

from tests.sql.actors import one
from tests.sql.keeper import run_out
from tests.sql.timetable import plan, schedule, slots, tick

MINUTE = timedelta(minutes=1)


def test_slots_and_deleted_schedules_go_after_slot_days(db, clock):
    clock.advance(0)
    for name in ("old", "s"):
        schedule(db, name)
        plan(db, clock.now + MINUTE, name=name)
    clock.advance(60)
    tick(db)
    db.execute("delete from pgsched.schedule where name = 'old'")
    db.execute("update pgsched._setting set value = 2 where name = 'slot_days'")
    try:
        clock.advance(86_400)
        run_out(db, "slots")
        assert (len(slots(db)), len(slots(db, "old"))) == (1, 1)
        clock.advance(86_401)
        assert run_out(db, "slots")[0] == "removed 2 slots, 1 schedules"
    finally:
        db.execute("update pgsched._setting set value = 30 where name = 'slot_days'")

    assert one(db, "select array_agg(name::text) from pgsched._schedule") == ["s"]


def test_a_step_takes_a_piece(db, clock):
    clock.advance(0)
    db.execute(
        "insert into pgsched._slot (schedule, nominal, outcome, reason, decided_at)"
        " select 's', '2020-01-01'::timestamptz + n * interval '1 second', 'skipped', 'x',"
        " '2020-01-01' from generate_series(1, 5001) as n"
    )

    assert run_out(db, "slots")[:2] == [
        "removed 5000 slots, 0 schedules", "removed 1 slots, 0 schedules",
    ]  # fmt: skip
