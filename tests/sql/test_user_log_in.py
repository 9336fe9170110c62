"""_log_in_begin() and _log_in_end(): how often a password may be tried."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sql.actors import one, wait_until_blocked
from tests.sql.keeper import run_step
from tests.sql.refusals import refused
from tests.sql.users import Connection, begin, create, end, log_in


@pytest.fixture(autouse=True)
def ann(db, clock) -> None:
    create(db, "ann", password_hash="h")
    clock.advance(0)


def fail(conn: Connection, times: int, name: str = "ann", address: str = "192.0.2.1") -> list[int]:
    """What each is told to wait."""
    return [begin(conn, name, address)["wait_s"] for _ in range(times)]


def test_the_right_password_opens_a_session(db):
    begun = begin(db, "Ann")

    assert (begun["password_hash"], begun["version"], begun["wait_s"]) == ("h", 1, 0)
    opened = end(db, begun, b"t")
    assert opened
    assert (opened["name"], opened["role"], opened["version"]) == ("ann", "user", 1)
    assert one(db, "select count(*) from pgsched._log_in_attempt") == 0


def test_the_right_password_excuses_an_attempt_of_its_account_alone(db):
    create(db, "bob", password_hash="h")
    ours, others = begin(db, "ann")["attempt"], begin(db, "bob")["attempt"]
    for excused in (ours, others):
        begun = begin(db, "ann")
        one(
            db,
            "select user_id from pgsched._log_in_end(%s, 1, sha256(%s), p_excused => %s)",
            *(begun["attempt"], str(excused).encode(), excused),
        )

    assert one(db, "select array_agg(id) from pgsched._log_in_attempt") == [others]


def test_an_attempt_ends_once(db):
    begun = begin(db, "ann")
    end(db, begun, b"t")

    with refused("PS060", "the log-in has failed"):
        end(db, begun, b"u")


@pytest.mark.parametrize("name", ["eve", "off", "keys"])
def test_who_may_not_log_in_looks_alike(db, name):
    """Unknown, disabled, without password: counted as any, and no hash is told."""
    create(db, "keys")
    create(db, "off", password_hash="h")
    db.execute("""select pgsched.change_user('off', '{"disabled": true}')""")

    begun = begin(db, name)
    assert [begun[field] for field in ("user_id", "password_hash", "version")] == [None] * 3
    assert fail(db, 10, name) == [*[0] * 9, 900]


def test_an_account_waits_after_ten_failures_until_the_first_is_old(db, clock):
    fail(db, 1)
    clock.advance(300)
    fail(db, 9, address="192.0.2.2")

    assert fail(db, 2, address="192.0.2.3") == [600, 600]
    assert fail(db, 1, "bob") == [0]
    clock.advance(600)
    assert fail(db, 2) == [0, 300]


def test_an_address_waits_after_fifty(db):
    assert [*{begin(db, f"u{n}")["wait_s"] for n in range(50)}] == [0]

    assert fail(db, 1, "other") == [900]
    assert fail(db, 1, "other", "192.0.2.2") == [0]
    assert begin(db, "third", None)["wait_s"] == 0


def test_a_network_of_ipv6_is_one_address(db):
    db.execute("update pgsched._setting set value = 2 where name = 'log_in_address_max'")
    try:
        for n in (1, 2):
            begin(db, f"u{n}", f"2001:db8:0:1::{n}")

        assert begin(db, "u3", "2001:db8:0:1:ffff::3")["wait_s"] == 900
        assert begin(db, "u3", "2001:db8:0:2::3")["wait_s"] == 0
    finally:
        db.execute("update pgsched._setting set value = 50 where name = 'log_in_address_max'")


def test_success_takes_its_own_attempt_back_alone(db):
    fail(db, 9)
    assert log_in(db, "ann", token=b"t")

    assert fail(db, 2) == [0, 900]


@pytest.mark.parametrize(("name", "address"), [("ann", "192.0.2.9"), ("bob", "192.0.2.1")])
def test_many_at_once_are_counted_as_one_after_the_other(db, connect, dsn, name, address):
    """Of an account, or from an address: who looks waits for those that have not committed."""
    for n in range(40):
        begin(db, f"u{n}")
    fail(db, 9)
    late = connect(dsn)
    with ThreadPoolExecutor(1) as pool:
        with db.transaction():
            assert fail(db, 1) == [0]
            told = pool.submit(fail, late, 1, name, address)
            wait_until_blocked(connect(dsn), late)

        assert told.result() == [900]


def test_upkeep_forgets_failures_that_count_no_more(db, clock):
    fail(db, 3)
    clock.advance(450)
    fail(db, 1)
    clock.advance(451)

    assert run_step(db, "users").startswith("removed 3 failed log-ins, 0 sessions")
    assert one(db, "select count(*) from pgsched._log_in_attempt") == 1
