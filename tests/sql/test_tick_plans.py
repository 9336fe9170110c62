"""A tick reads what is due and nothing else, with fresh, stale and no statistics."""

from __future__ import annotations

from collections.abc import Generator

import psycopg
import pytest

from tests.sql.actors import one
from tests.sql.test_plans import scans_of
from tests.sql.timetable import schedule

FILL = """
insert into pgsched._schedule
select (jsonb_populate_record(s, jsonb_build_object(
         'name', 's' || n, 'planned_to', now() + interval '9 days', 'planned_until', 'infinity'))).*
  from pgsched._schedule as s cross join generate_series(1, 10000) as n;
insert into pgsched._plan (schedule, nominal, due_at, skipped, notes)
select 's' || n, now() + n * interval '1 second' + interval '1 day',
       now() + n * interval '1 second' + interval '1 day', false, '[]'
  from generate_series(1, 10000) as n;
insert into pgsched._slot (schedule, nominal, outcome, reason, decided_at)
select 's' || n % 1000, now() - n * interval '1 minute', 'skipped', 'x', now()
  from generate_series(1, 10000) as n;
"""
# Each held by a job that lives; they are many, and there is nothing to do.
HOLD = """
insert into pgsched.job (task) select 't' from generate_series(1, 500);
update pgsched._schedule as s set overlap = 'queue', last_jobs = array[r.id]
  from (select id, row_number() over () as n from pgsched._ready) as r where s.name = 's' || r.n;
insert into pgsched._plan (schedule, nominal, due_at, skipped, notes, held)
select 's' || n, now(), now() - interval '1 hour', false, '[]', true
  from generate_series(1, 500) as n;
"""


@pytest.fixture(scope="module", params=["fresh", "stale", "none"])
def crowded(request, copy, template) -> Generator[str]:
    """10,000 schedules, each with a slot tomorrow."""
    with copy(template) as dsn:
        with psycopg.connect(dsn, autocommit=True) as conn:
            conn.execute("alter table pgsched._schedule set (autovacuum_enabled = off)")
            schedule(conn, paused=False)
            if request.param == "stale":
                conn.execute("analyze")
            conn.execute(FILL)
            if request.param == "fresh":
                conn.execute("analyze")
        yield dsn


@pytest.fixture
def db(crowded, connect):
    """A connection to it; what a test does there is rolled back."""
    conn = connect(crowded)
    with conn.transaction(force_rollback=True):
        yield conn


def test_a_tick_without_anything_due_touches_no_schedule(db):
    seen = scans_of(db, lambda: db.execute("select pgsched.tick()"))

    assert set(seen) <= {"_plan", "_stale"}
    assert seen["_plan"].seq == 0


def test_a_tick_reads_the_schedules_that_are_due(db):
    db.execute("update pgsched._plan set due_at = now() where schedule in ('s1', 's7000')")
    seen = scans_of(db, lambda: db.execute("select pgsched.tick(), pgsched.tick_apart()"))

    assert one(db, "select count(*) from pgsched.slot where outcome = 'fired'") == 2
    assert {table: seen[table].seq for table in ("_plan", "_schedule", "_slot")} == {
        "_plan": 0, "_schedule": 0, "_slot": 0,
    }  # fmt: skip


def test_slots_that_wait_do_not_keep_others_from_their_turn(db):
    db.execute(HOLD)
    db.execute("update pgsched._plan set due_at = now() where schedule = 's9999'")

    assert one(db, "select t.decided from pgsched.tick(1) as t") == 1
    seen = scans_of(db, lambda: db.execute("select pgsched.tick(1)"))
    assert (seen["_plan"].seq, seen["_schedule"].seq) == (0, 0)


def test_late_slots_that_are_not_all_planned_yet_keep_nobody_from_its_turn(db):
    db.execute("update pgsched._plan set due_at = now() - interval '1 hour' where schedule < 's2'")
    db.execute(
        "update pgsched._schedule set planned_until = now() - interval '1 hour' where name < 's2'"
    )
    db.execute("update pgsched._plan set due_at = now() where schedule = 's9999'")

    assert one(db, "select t.decided from pgsched.tick(1) as t") == 1
    assert one(db, "select t.next_due_at > now() from pgsched.tick(1) as t") is True


def test_planners_and_changes_read_what_they_concern(db):
    def all_of_it():
        db.execute("select pgsched.unplanned(10)")
        db.execute("update pgsched.schedule set cron = '0 * * * *', every = null where name = 's7'")
        db.execute("select pgsched.pause_schedule('s7'), pgsched.trigger_schedule('s7')")
        [no] = db.execute("select plan_no from pgsched._schedule where name = 's7'").fetchone()
        db.execute(
            "select pgsched.plan('{s7}', array[%s]::bigint[], array[now()], array[now()], '{NULL}',"
            " '{s7}', array[now() + interval '1 hour'], array[now() + interval '1 hour'],"
            " '{f}', '{[]}')",
            (no,),
        )
        db.execute("select * from pgsched.schedule where name = 's7'")

    seen = scans_of(db, all_of_it)
    assert (seen["_plan"].seq, seen["_schedule"].seq) == (0, 0)
