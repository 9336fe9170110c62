"""pgsched.setting and change_setting(): what holds for the whole database."""

from __future__ import annotations

import pytest

from tests.sql.actors import one
from tests.sql.refusals import refused


@pytest.fixture
def dsn(shared_dsn):
    """A database that is shared: nothing here changes its schema."""
    return shared_dsn


def test_a_setting_holds_as_soon_as_it_is_changed(db):
    db.execute("select pgsched.change_setting('args_bytes_max', 1024)")

    with refused("PS010", "args must not exceed 1024 bytes"):
        db.execute("select pgsched.enqueue('t', jsonb_build_object('x', repeat('y', 2000)))")
    shown = "select value, by_default, least, most from pgsched.setting"
    found = db.execute(f"{shown} where name = 'args_bytes_max'").fetchall()
    assert found == [(1024, 1048576, 1024, 268435455)]


@pytest.mark.parametrize("value", [0, 3651, None])
def test_a_value_that_is_not_allowed_is_refused(db, value):
    with refused("PS010", "retention_days must be from 1 to 3650"):
        db.execute("select pgsched.change_setting('retention_days', %s)", [value])
    assert one(db, "select value from pgsched.setting where name = 'retention_days'") == 30


def test_an_unknown_setting_is_refused(db):
    with refused("PS010", "there is no setting 'nope'"):
        db.execute("select pgsched.change_setting('nope', 1)")


def test_admins_alone_change_settings(db):
    with db.transaction():
        db.execute("set local pgsched.actor = 'nobody'")
        with refused("PS028", "the user may not do this"), db.transaction():
            db.execute("select pgsched.change_setting('sign_up', 1)")
