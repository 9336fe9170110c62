"""Partitions: made ahead and split into hours, while work goes on."""

from __future__ import annotations

import os
from datetime import timedelta

import psycopg
import pytest

from pgsched import schema
from tests.sql.actors import enqueue, one, state
from tests.sql.keeper import (
    PARENTS,
    finish_all,
    jobs_in,
    partitions,
    put_jobs,
    run_out,
    run_step,
    server_day,
    set_setting,
)

DAY = timedelta(days=1)
AHEAD = 7  # of the template; see tests/conftest.py


@pytest.fixture
def dsn(copy, template):
    """A database of its own: these tests drop partitions."""
    with copy(template) as made:
        yield made


def assert_whole(conn, parent):
    """No gap and no overlap between the partitions."""
    found = partitions(conn, parent)
    assert [end for _, _, end in found[:-1]] == [start for _, start, _ in found[1:]]


# --- ahead -------------------------------------------------------------------------------------


@pytest.mark.parametrize("parent", [*PARENTS, "_event", "_event_job"])
def test_a_fresh_installation_has_a_partition_for_each_day_ahead(db, today, parent):
    """They begin yesterday, since a clock may be set back, and at midnight UTC."""
    found = partitions(db, parent)

    assert [(start, end) for _, start, end in found] == [
        (today + n * DAY, today + (n + 1) * DAY) for n in range(-1, AHEAD + 1)
    ]
    assert [name for name, _, _ in found] == [f"{parent}_{start:%Y%m%d}" for _, start, _ in found]


def test_days_are_made_as_time_goes_on_ten_partitions_a_step(db, clock, today):
    clock.set(today + 5 * DAY)

    done = run_out(db, "partitions")

    assert done == [*["made 10 partitions"] * 2, "made 5 partitions", "all partitions are there"]
    for parent in PARENTS:
        assert partitions(db, parent)[-1][2] == today + (AHEAD + 6) * DAY
        assert_whole(db, parent)


def test_days_do_not_depend_on_the_time_zone_of_the_session(db, clock, today):
    clock.set(today + 2 * DAY)
    db.execute("set timezone = 'Pacific/Auckland'")

    run_out(db, "partitions")

    assert [name for name, _, _ in partitions(db, "_job")[-2:]] == [
        f"_job_{today + n * DAY:%Y%m%d}" for n in (AHEAD + 1, AHEAD + 2)
    ]
    assert_whole(db, "_job")


def test_when_partitions_have_run_out_enqueue_says_so_and_upkeep_makes_new_ones(db, today):
    for parent in PARENTS:
        for name, _, _ in partitions(db, parent):
            db.execute(f"drop table pgsched.{name}")

    with pytest.raises(psycopg.errors.CheckViolation, match='no partition of relation "_job"'):
        enqueue(db)
    run_out(db, "partitions")
    job_id = enqueue(db)

    assert finish_all(db) == [job_id]
    assert partitions(db, "_job")[-1][2] == today + (AHEAD + 1) * DAY


def test_enqueue_claim_and_finish_go_on_while_a_partition_is_attached(db, other_db, clock, today):
    """other_db has a statement_timeout of 1 s, which any wait would hit."""
    clock.set(today + DAY)
    with db.transaction():
        assert run_step(db, "partitions") == "made 5 partitions"
        job_id = enqueue(other_db)
        done = finish_all(other_db)

    assert done == [job_id]


def test_a_partition_is_attached_while_producers_and_readers_have_transactions_open(
    db, other_db, clock, today
):
    clock.set(today + DAY)
    with other_db.transaction():
        enqueue(other_db)
        for parent in PARENTS:
            other_db.execute(f"select count(*) from pgsched.{parent}")
        done = run_step(db, "partitions")

    assert done == "made 5 partitions"


# --- hours -------------------------------------------------------------------------------------


def test_with_partition_hours_1_only_the_next_two_days_are_split(db, today):
    set_setting(db, "partition_hours", 1)

    run_out(db, "partitions")

    for parent in PARENTS:
        found = partitions(db, parent)
        widths = {start: end - start for _, start, end in found}
        assert widths[today] == widths[today + 3 * DAY] == DAY
        hours = [name for name, start, end in found if end - start == timedelta(hours=1)]
        assert len(hours) == 48
        assert hours[13] == f"{parent}_{today + DAY:%Y%m%d}_13"
        assert_whole(db, parent)


def test_jobs_of_a_split_day_run_as_ever(db, today):
    set_setting(db, "partition_hours", 1)
    run_out(db, "partitions")
    moment = today + DAY + timedelta(hours=13, minutes=59)

    ids = put_jobs(db, moment, 3)

    assert one(db, f"select count(*) from pgsched._job_{moment:%Y%m%d_%H}") == 3
    assert sorted(finish_all(db)) == ids


def test_a_day_that_holds_rows_is_not_split(db, today):
    set_setting(db, "partition_hours", 1)
    [job_id] = put_jobs(db, today + DAY, 1)

    done = run_out(db, "partitions")

    name = f"_job_{today + DAY:%Y%m%d}"
    assert done.count(f"left {name} whole: it holds rows") == 1
    assert name in [found for found, _, _ in partitions(db, "_job")]
    assert len(partitions(db, "_job")) == AHEAD + 2 + 23
    assert state(db, job_id) == "ready"


def test_a_split_that_does_not_get_its_lock_gives_up_and_leaves_nothing_behind(db, other_db):
    set_setting(db, "partition_hours", 1)
    before = one(db, "select count(*) from pg_class")
    with other_db.transaction():
        enqueue(other_db)
        done = run_step(db, "partitions")

    assert done.startswith("gave up after 50 ms")
    assert one(db, "select count(*) from pg_class") == before


def test_an_ordinary_role_that_owns_the_schema_can_do_every_step(admin, connect, empty_dsn, clock):
    """Migrating; making, splitting, rebuilding and dropping partitions; summarizing."""
    role = f"pgsched_test_keeper_{os.getpid()}"
    admin.execute(f"create role {role}")
    conn = connect(empty_dsn)
    try:
        conn.execute(f"create schema pgsched authorization {role}")
        conn.execute(f"set session authorization {role}")
        schema.migrate(conn)
        today = server_day(conn)
        set_setting(conn, "partition_hours", 1)
        enqueue(conn)
        finish_all(conn)
        alive = enqueue(conn)
        clock.set(today + 40 * DAY)

        steps = [name for (name,) in conn.execute("select step from pgsched._upkeep").fetchall()]
        done = {step: run_out(conn, step) for step in steps}

        errors = conn.execute("select step, error from pgsched._upkeep where error is not null")
        assert errors.fetchall() == []
        assert f"split _log_{today + 42 * DAY:%Y%m%d}" in done["partitions"]
        assert f"dropped _run_{today - DAY:%Y%m%d}" in done["retention"]
        assert jobs_in(conn, "_job") == {alive}
    finally:
        conn.execute("reset session authorization")
        conn.execute(f"drop owned by {role}")
        admin.execute(f"drop role {role}")
