"""create_user(), change_user(), set_password(), sign_up(): who may come by the HTTP API."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from tests.sql.actors import one, wait_until_blocked
from tests.sql.refusals import refused
from tests.sql.users import Connection, begin, create, end, log_in, refresh, user


def change(conn: Connection, name: str, version: int | None = None, /, **changes: Any) -> int:
    return one(conn, "select pgsched.change_user(%s, %s, %s)", name, Jsonb(changes), version)


def test_a_user_is_seen_but_never_its_hash(db):
    create(db, "ann", role="admin", team="ops", password_hash="$argon2id$secret")

    seen = db.execute("select * from pgsched.user").fetchall()
    assert (seen[0][1:6], len(seen)) == (("ann", "admin", "ops", False, True), 1)
    assert "secret" not in str(seen)


@pytest.mark.parametrize(
    ("columns", "code", "message"),
    [
        ({"name": "Ann"}, "23514", "no upper case"),
        ({"name": "a b"}, "23514", "no spaces"),
        ({"name": ""}, "23514", "1 to 200 characters"),
        ({"name": "x", "role": "root"}, "23514", "role must be admin, user or viewer"),
        ({"name": "x", "team": ""}, "23514", "team must have 1 to 200 characters"),
        ({"name": "bob"}, "PS029", "user 'bob' exists already"),
    ],
)
def test_what_is_no_user_is_refused(db, columns, code, message):
    create(db, "bob")

    with refused(code, message):
        create(db, **columns)


def test_a_role_that_is_none_is_refused_without_the_row(db):
    """Which has the hash of the password, and Postgres would tell and log it."""
    create(db, "ann", password_hash="$argon2id$secret")

    with refused("23514", "role must be admin, user or viewer") as told:
        change(db, "ann", role="root")
    assert "secret" not in str(told.value)
    with refused("23514", "role must be admin, user or viewer") as told:
        create(db, "bob", role=None, password_hash="$argon2id$secret")
    assert "secret" not in str(told.value)


def test_a_change_makes_a_version_and_none_makes_none(db):
    create(db, "ann")

    assert change(db, "ann", role="viewer", team="ops") == 2
    assert change(db, "ann", 2, role="viewer") == 2
    assert change(db, "ann", 2, team=None) == 3
    assert (user(db, "ann")["role"], user(db, "ann")["team"]) == ("viewer", None)


def test_a_stale_version_changes_nothing(db):
    create(db, "ann")
    change(db, "ann", role="viewer")

    with refused("PS026", "user 'ann' is at version 2 by now, not 1"):
        change(db, "ann", 1, role="admin")
    with refused("PS026", "at version 2 by now, not 1"):
        db.execute("select pgsched.set_password('ann', 'x', 1)")
    assert user(db, "ann")["role"] == "viewer"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "eve", "password_hash": "x"}, "no name, password_hash that could be changed"),
        ({"role": None}, "must not be null"),
        ({"disabled": None}, "must not be null"),
    ],
)
def test_other_columns_are_not_changed(db, changes, message):
    create(db, "ann")

    with refused("PS010", message):
        change(db, "ann", **changes)


def test_an_unknown_user_is_named(db):
    for call in ("change_user('eve', '{}')", "set_password('eve', 'x')"):
        with refused("PS006", "user 'eve' does not exist"):
            db.execute(f"select pgsched.{call}")


def test_who_is_disabled_is_logged_out(db):
    create(db, "ann", password_hash="h")
    create(db, "bob", password_hash="h")
    log_in(db, "ann", token=b"a")
    log_in(db, "bob", token=b"b")

    change(db, "ann", disabled=True)

    assert refresh(db, b"a", b"a2") is None
    assert refresh(db, b"b", b"b2") is not None
    assert log_in(db, "ann", token=b"c") is None


def test_a_new_password_ends_every_log_in(db):
    create(db, "ann", password_hash="h")
    log_in(db, "ann", token=b"a")
    log_in(db, "ann", token=b"b")

    db.execute("select pgsched.set_password('ann', 'other')")

    assert [refresh(db, token, b"n") for token in (b"a", b"b")] == [None, None]
    assert user(db, "ann")["version"] == 2


def test_a_log_in_that_meets_a_new_password_fails(db, connect, dsn):
    """Its hash was read before: the session must not outlive the old password."""
    create(db, "ann", password_hash="h")
    begun, late = begin(db, "ann"), connect(dsn)
    with ThreadPoolExecutor(1) as pool:
        with db.transaction():
            db.execute("select pgsched.set_password('ann', 'other')")
            ended = pool.submit(end, late, begun, b"t")
            wait_until_blocked(connect(dsn), late)

        with refused("PS060", "the user was changed meanwhile"):
            ended.result()


def test_sign_up_is_closed_until_it_is_opened(db):
    with refused("PS028", "sign-up is closed"):
        db.execute("select pgsched.sign_up('eve', 'h')")
    with db.transaction(force_rollback=True):
        db.execute("update pgsched._setting set value = 1 where name = 'sign_up'")
        db.execute("select pgsched.sign_up('eve', 'h')")
        assert (user(db, "eve")["role"], user(db, "eve")["team"]) == ("user", None)
        with refused("PS010", "password_hash must not be null"):
            db.execute("select pgsched.sign_up('bob', null)")
