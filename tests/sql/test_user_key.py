"""make_api_key(), revoke_api_key(), _principal_of_key(): what programs come with."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sql.actors import one
from tests.sql.refusals import refused
from tests.sql.users import create, make_key, principal_of_key


@pytest.fixture(autouse=True)
def users(db, clock) -> None:
    clock.advance(0)
    for role in ("admin", "user", "viewer"):
        create(db, role, role=role, team="ops")


def test_a_key_is_its_user_with_less_scopes(db):
    make_key(db, "admin", b"k", ["worker", "read"], queues=["mail"])

    row = principal_of_key(db, b"k")
    assert (row["name"], row["role"], row["team"]) == ("admin", "admin", "ops")
    assert (row["scopes"], row["queues"]) == (["read", "worker"], ["mail"])


def test_the_view_shows_no_hash(db):
    key = make_key(db, "user", b"k", ["read"])
    principal_of_key(db, b"k")

    cursor = db.execute("select * from pgsched.api_key")
    [row] = cursor.fetchall()
    assert (row[0], row[3], row[-1]) == (key, "pgs_abc", True)
    assert "hash" not in {column.name for column in cursor.description}


@pytest.mark.parametrize(
    ("owner", "scopes", "code", "message"),
    [
        ("viewer", ["write"], "PS010", "cannot have more scopes than its role"),
        ("user", ["read", "worker"], "PS010", "cannot have more scopes than its role"),
        ("admin", ["root"], "23514", "scopes must be some of read, write, admin, worker"),
        ("admin", [], "23514", "scopes must be some of"),
        ("eve", ["read"], "PS006", "user 'eve' does not exist"),
    ],
)
def test_what_is_no_key_is_refused(db, owner, scopes, code, message):
    with refused(code, message):
        make_key(db, owner, b"k", scopes)


def test_queues_name_some_or_are_left_out(db, clock):
    for queues in ([], [None]):
        with refused("23514", "queues must name some"):
            make_key(db, "admin", b"k", ["worker"], queues=queues)
    with refused("PS010", "expires_at must be in the future"):
        make_key(db, "admin", b"k", ["worker"], expires_at=clock.now)


def test_a_key_ends(db, clock):
    """By its time, with its user, or when it is revoked; and there must be one."""
    key = make_key(db, "user", b"old", ["read"], expires_at=clock.now + timedelta(days=1))
    make_key(db, "viewer", b"off", ["read"])
    make_key(db, "user", b"gone", ["read"])
    clock.advance(86400)
    db.execute("""select pgsched.change_user('viewer', '{"disabled": true}')""")
    db.execute("select pgsched.revoke_api_key(%s)", (key + 2,))

    for key_text, message in {
        b"old": "has expired",
        b"off": "user of the API key is disabled",
        b"gone": "was revoked",
        b"none": "is not known",
    }.items():
        with refused("PS060", message):
            principal_of_key(db, key_text)
    assert db.execute("select works from pgsched.api_key").fetchall() == [(False,)] * 3
    with refused("PS007", "API key 0 does not exist"):
        db.execute("select pgsched.revoke_api_key(0)")


def test_a_key_loses_what_its_user_loses(db):
    make_key(db, "admin", b"k", ["admin", "read", "worker", "write"])

    db.execute("""select pgsched.change_user('admin', '{"role": "viewer"}')""")

    assert principal_of_key(db, b"k")["scopes"] == ["read"]


def test_its_use_is_noted_once_a_minute_and_waits_for_nobody(db, other_db, clock):
    key = make_key(db, "user", b"k", ["read"])
    used = "select last_used_at from pgsched.api_key"
    with other_db.transaction():
        other_db.execute("select from pgsched._api_key where id = %s for update", (key,))
        principal_of_key(db, b"k")
    assert one(db, used) is None

    principal_of_key(db, b"k")
    first = clock.now
    clock.advance(59)
    principal_of_key(db, b"k")
    assert one(db, used) == first
    clock.advance(2)
    with db.transaction():
        db.execute("set transaction read only")
        principal_of_key(db, b"k")
    assert one(db, used) == first
    principal_of_key(db, b"k")
    assert one(db, used) == clock.now
