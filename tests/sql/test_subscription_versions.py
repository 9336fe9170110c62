"""subscribe() and unsubscribe() with the version that is expected."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.sql.actors import wait_until_blocked
from tests.sql.events import subscribe
from tests.sql.refusals import refused


def rows(db):
    """Task and version of each."""
    return db.execute("select task, version from pgsched.subscription order by name").fetchall()


def test_a_change_may_say_which_version_it_is_of(db):
    assert subscribe(db, expected=0) == 1
    assert subscribe(db, task="u", expected=1) == 2

    for wrong in (0, 1, 3):
        with refused("PS026", "subscription s was changed by somebody else"):
            subscribe(db, task="v", expected=wrong)
    with refused("PS004", "subscription ghost does not exist"):
        subscribe(db, "ghost", expected=1)
    assert rows(db) == [("u", 2)]


def test_an_end_may_say_which_version_it_is_of(db):
    subscribe(db)

    with refused("PS026", "changed by somebody else"):
        db.execute("select pgsched.unsubscribe('s', 2)")
    db.execute("select pgsched.unsubscribe('s', 1)")

    assert rows(db) == []
    with refused("PS004", "does not exist"):
        db.execute("select pgsched.unsubscribe('s', 1)")


def test_of_two_who_make_the_same_subscription_one_does(db, other_db, connect, dsn):
    """The second waits for the first, and is told then."""
    other = connect(dsn, timeout_s=10)
    with ThreadPoolExecutor(1) as pool:
        with db.transaction():
            subscribe(db, expected=0)
            second = pool.submit(subscribe, other, task="u", expected=0)
            wait_until_blocked(other_db, other)
        error = second.exception()

    assert error.sqlstate == "PS026"
    assert rows(db) == [("t", 1)]
