"""How a worker lies down on the list of sleepers, and is sure that nobody missed it."""

from __future__ import annotations

import asyncio

import pytest

from pgsched import calls
from pgsched import db as database
from pgsched.sleeper import Sleeper
from tests.sql.actors import Worker, enqueue
from tests.worker.processes import eventually

POLL_S = 60.0


@pytest.fixture
def sleeper(db):
    """One that is registered on `db`."""
    return Sleeper(str(Worker(db).id))


def lie_down(sleeper, db):
    async def run(call):
        return database.run(db, call)

    return asyncio.run(sleeper.lie_down(run, ["default"], POLL_S))


def test_it_looks_by_itself_until_no_transaction_can_have_missed_it(db, other_db, sleeper):
    """After moments that grow; then once more at the whole, and from then on seldom."""
    with other_db.transaction():
        database.run(other_db, calls.new_xid())  # as of one that enqueues
        within_s = [lie_down(sleeper, db)[1] for _ in range(3)]

    assert within_s == [0.002, 0.004, 0.008]
    eventually(lambda: lie_down(sleeper, db) is None)  # of other databases, too
    assert lie_down(sleeper, db)[1] == POLL_S


def test_after_an_error_it_makes_sure_again(db, sleeper):
    """The answer may have been lost, not the registration."""
    eventually(lambda: lie_down(sleeper, db) is None)

    sleeper.doubt()

    assert not sleeper.listed
    assert lie_down(sleeper, db)[1] == 0.002


def test_only_claims_that_were_all_full_for_a_second_make_it_busy(sleeper):
    full = [sleeper.is_busy(10, 10), sleeper.full_since is not None]
    sleeper.full_since -= 1.1

    assert (full, sleeper.is_busy(10, 10)) == ([False, True], True)
    assert [sleeper.is_busy(0, 0), sleeper.is_busy(10, 10)] == [False, False]


def test_it_looks_ever_more_seldom_for_what_is_due_and_cannot_be_had(db, other_db, sleeper):
    """Somebody's transaction may hold it for long; until a claim brings something again."""
    job = enqueue(db)
    with other_db.transaction(force_rollback=True):
        other_db.execute("select from pgsched._ready where id = %s for update", [job])
        due_s = [round(lie_down(sleeper, db)[0], 3) for _ in range(9)]
    eventually(lambda: lie_down(sleeper, db) is None)
    sleeper.is_busy(1, 1)

    assert due_s == [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.1, 0.1]
    assert lie_down(sleeper, db)[0] == 0.001
