"""clock(), new_id(), id_at() and id_time()."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.sql.actors import enqueue_n, one


def test_the_clock_is_the_databases_unless_a_test_sets_it(db, clock):
    [before, told, after] = db.execute(
        "select clock_timestamp(), pgsched.clock(), clock_timestamp()"
    ).fetchone()
    assert before <= told <= after

    clock.set(datetime(2020, 1, 2, tzinfo=UTC))
    assert one(db, "select pgsched.clock()") == clock.now
    db.execute("set pgsched.test_now = ''")
    assert one(db, "select pgsched.clock()") >= after


def test_ids_rise_with_time_and_stay_below_2_to_the_53(db):
    found = db.execute("select pgsched.new_id() from generate_series(1, 5000)").fetchall()
    made = [row[0] for row in found]

    assert made == sorted(set(made))
    assert made[-1] < 2**53


def test_an_id_tells_the_second_it_was_made_in(db):
    [at, before, after] = db.execute(
        "select pgsched.id_time(pgsched.new_id()), date_trunc('second', clock_timestamp()),"
        " clock_timestamp()"
    ).fetchone()

    assert before <= at <= after


@pytest.mark.parametrize("at", ["2020-01-01T00:00:00", "2026-06-30T12:34:56"])
def test_a_time_gives_the_lowest_id_of_its_second(db, at):
    low = one(db, "select pgsched.id_at(%s)", f"{at}+00:00")

    assert one(db, "select pgsched.id_time(%s)", low) == datetime.fromisoformat(f"{at}+00:00")
    assert one(db, "select pgsched.id_at(%s)", f"{at}.999999+00:00") == low
    assert low % 2**20 == 0


def test_ids_stay_unique_when_the_sequence_begins_again(db):
    db.execute("select setval('pgsched._id_seq', 1048570)")

    assert len(set(enqueue_n(db, 20))) == 20
