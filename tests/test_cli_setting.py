"""The commands `pgsched setting`."""

from __future__ import annotations

import pytest

from tests.sql.actors import one

VALUE = "select value from pgsched.setting where name = 'retention_days'"


@pytest.fixture
def dsn(shared_dsn):
    """A database that is shared: nothing here changes its schema."""
    return shared_dsn


def test_settings_are_listed_and_set(pgsched, db):
    assert pgsched("setting", "set", "retention_days", "90").out == "retention_days is 90\n"

    assert one(db, VALUE) == 90
    assert "Days for which finished jobs" in pgsched("setting", "list").out
    [shown] = [
        each
        for each in pgsched("setting", "list", "-o", "json").json
        if each["name"] == "retention_days"
    ]
    assert (shown["value"], shown["by_default"]) == (90, 30)
    assert (shown["least"], shown["most"]) == (1, 3650)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("retention_days", "0"), "must be from 1 to 3650"),
        (("nope", "1"), "there is no setting 'nope'"),
        (("retention_days", "many"), "valid integer"),
    ],
)
def test_what_is_not_valid_is_refused(pgsched, db, argv, said):
    answer = pgsched("setting", "set", *argv)

    assert (answer.code, said in answer.err) == (2, True), answer.err
    assert one(db, VALUE) == 30
