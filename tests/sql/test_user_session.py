"""_refresh(), _log_out(), _principal_of_user(), rotate_secret(): what follows a log-in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sql.actors import one, wait_until_blocked
from tests.sql.keeper import run_step
from tests.sql.refusals import refused
from tests.sql.users import create, log_in, refresh, sha


@pytest.fixture
def ann(db, clock) -> int:
    """A user who has logged in, with the refresh token t1."""
    clock.advance(0)
    created = create(db, "ann", password_hash="h")
    log_in(db, "ann", token=b"t1")
    return created


def test_each_refresh_takes_another_token(db, ann, clock):
    for n in range(1, 5):
        clock.advance(900)
        row = refresh(db, b"t%d" % n, b"t%d" % (n + 1))
        assert row
        assert (row["user_id"], row["name"], row["version"]) == (ann, "ann", 1)
        assert (row["expires_at"] - clock.now).days == 30


def test_a_token_that_comes_again_ends_the_log_in(db, ann, clock):
    """It was stolen, or the thief has come first: nobody can say, so both are out."""
    refresh(db, b"t1", b"t2")
    clock.advance(11)

    assert refresh(db, b"t1", b"stolen") is None
    assert refresh(db, b"t2", b"t3") is None


def test_a_retry_within_seconds_is_harmless(db, ann, clock):
    refresh(db, b"t1", b"lost")
    clock.advance(9)

    assert refresh(db, b"t1", b"t2")
    clock.advance(60)
    assert refresh(db, b"t2", b"t3")


def test_a_retry_makes_the_time_for_another_no_longer(db, ann, clock):
    refresh(db, b"t1", b"t2")
    clock.advance(9)
    refresh(db, b"t1", b"t3")
    clock.advance(9)

    assert refresh(db, b"t1", b"t4") is None


def test_a_request_that_comes_again_gets_what_it_got_until_that_is_used(db, ann, clock):
    """However late; after that, it is a thief's, as is any other request with the old token."""
    first = refresh(db, b"t1", b"t2", b"request")
    clock.advance(86_400)

    again = refresh(db, b"t1", b"t3", b"request")
    assert (first["sealed"], again) == (None, first | {"sealed": "sealed t2"})
    assert one(db, "select count(*) from pgsched._refresh_token") == 2
    assert refresh(db, b"t2", b"t4")
    clock.advance(11)
    assert refresh(db, b"t1", b"t5", b"request") is None
    assert refresh(db, b"t4", b"t6") is None


def test_another_request_with_a_replaced_token_ends_the_log_in(db, ann, clock):
    refresh(db, b"t1", b"t2", b"request")
    clock.advance(11)

    assert refresh(db, b"t1", b"t3", b"another") is None
    assert refresh(db, b"t1", b"t3", b"request") is None


def test_a_request_of_another_log_in_gets_nothing_of_it(db, ann, clock):
    log_in(db, "ann", token=b"other")
    refresh(db, b"t1", b"t2", b"request")

    assert refresh(db, b"other", b"t3", b"request")["sealed"] is None


def test_two_of_one_request_at_once_get_the_same(db, connect, dsn, ann):
    late = connect(dsn)
    with ThreadPoolExecutor(1) as pool:
        with db.transaction():
            refresh(db, b"t1", b"t2", b"request")
            second = pool.submit(refresh, late, b"t1", b"t3", b"request")
            wait_until_blocked(connect(dsn), late)

        assert second.result()["sealed"] == "sealed t2"


def test_two_refreshes_of_one_token_at_once_both_go_on(db, connect, dsn, ann):
    """The second waits for the first, and is a retry."""
    late = connect(dsn)
    with ThreadPoolExecutor(1) as pool:
        with db.transaction():
            refresh(db, b"t1", b"t2")
            second = pool.submit(refresh, late, b"t1", b"t3")
            wait_until_blocked(connect(dsn), late)

        assert second.result()
    assert [bool(refresh(db, token, b"of" + token)) for token in (b"t2", b"t3")] == [True, True]


def test_a_refresh_that_meets_a_log_out_is_refused(db, connect, dsn, ann):
    """Else its new token would outlive the log-out."""
    late = connect(dsn)
    with ThreadPoolExecutor(1) as pool:
        with db.transaction():
            assert one(db, "select pgsched._log_out(%s)", sha(b"t1")) is True
            second = pool.submit(refresh, late, b"t1", b"t2")
            wait_until_blocked(connect(dsn), late)

        assert second.result() is None


def test_a_log_out_ends_this_log_in_alone(db, ann):
    log_in(db, "ann", token=b"other")
    refresh(db, b"t1", b"t2")

    assert one(db, "select pgsched._log_out(%s)", sha(b"t1")) is True
    assert one(db, "select pgsched._log_out(%s)", sha(b"t2")) is False
    assert refresh(db, b"t2", b"t3") is None
    assert refresh(db, b"other", b"more")


def test_a_log_in_ends_when_it_is_not_refreshed_for_long(db, ann, clock):
    clock.advance(30 * 86400 + 1)

    assert refresh(db, b"t1", b"t2") is None
    assert refresh(db, b"unknown", b"t2") is None
    assert "1 sessions" in run_step(db, "users")
    assert one(db, "select count(*) from pgsched._refresh_token") == 0


def test_an_access_token_is_good_for_one_version_of_its_user(db, ann):
    principal = "select * from pgsched._principal_of_user(%s, %s)"
    row = db.execute(principal, (ann, 1)).fetchone()
    assert row == (ann, "ann", "user", None, ["read", "write"], None)

    db.execute("""select pgsched.change_user('ann', '{"role": "viewer"}')""")
    with refused("PS060", "its user was changed"):
        db.execute(principal, (ann, 1))
    assert db.execute(principal, (ann, 2)).fetchone() == (
        *(ann, "ann", "viewer", None),
        ["read"],
        None,
    )
    db.execute("""select pgsched.change_user('ann', '{"disabled": true}')""")
    with refused("PS060", "its user was changed"):
        db.execute(principal, (ann, 3))


def test_a_new_secret_lets_the_one_before_live_as_long_as_its_tokens(db, clock):
    clock.advance(0)
    secrets = "select value from pgsched._secrets()"
    [(old,), *_] = db.execute(secrets).fetchall()

    db.execute("select pgsched.rotate_secret()")

    (new,), (second,), *_ = db.execute(secrets).fetchall()
    assert (second, new != old, len(new)) == (old, True, 32)
    clock.advance(1021)
    assert db.execute(secrets).fetchall() == [(new,)]
    assert run_step(db, "users").endswith("secrets")
    assert one(db, "select count(*) from pgsched._secret") == 1
