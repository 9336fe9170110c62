"""The commands show what code declares, and what an operator has changed of it."""

from __future__ import annotations

import pytest

from pgsched import calls
from pgsched import db as database
from pgsched.models import Declaration


@pytest.fixture
def dsn(shared_dsn):
    """A database that is shared: nothing here changes its schema."""
    return shared_dsn


OK, NOT_FOUND = 0, 4


def declare(db):
    columns = {"cron": "0 6 * * *", "args": {"n": 1}}
    call = calls.declare_schedule(Declaration("schedule", "digest", "mail", columns))
    database.run(db, call)
    columns = {"event_type": "order.*"}
    call = calls.declare_subscription(Declaration("subscription", "digest", "mail", columns))
    database.run(db, call)


def listed(pgsched, what):
    return {row["name"]: row["overridden"] for row in pgsched(what, "list", "-o", "json").json}


def test_schedules_say_what_code_declares_and_what_was_changed(pgsched, db):
    declare(db)
    pgsched("schedule", "add", "other", "mail", "--every", "1 hour")
    assert listed(pgsched, "schedule") == {"digest": [], "other": None}
    pgsched("schedule", "change", "digest", "--cron", "0 7 * * *", "--timezone", "Asia/Tokyo")
    pgsched("schedule", "pause", "digest")

    assert listed(pgsched, "schedule")["digest"] == ["cron", "paused", "timezone"]
    shown = pgsched("schedule", "show", "digest")
    assert (shown.code, "no slot is planned yet" in shown.out) == (OK, True)
    assert "by code" in shown.out
    assert pgsched("schedule", "show", "digest", "-o", "json").json == []
    pgsched("schedule", "remove", "digest")
    assert pgsched("schedule", "show", "digest").code == NOT_FOUND
    assert pgsched("schedule", "restore", "digest").out == "digest is as code declares it\n"
    assert listed(pgsched, "schedule")["digest"] == []
    [removed] = pgsched("schedule", "history", "digest", "--limit", "2", "-o", "json").json[1:]
    assert removed["changes"] == {"removed": True}
    before = str(removed["version"] - 1)
    back = pgsched("schedule", "restore", "digest", "--version", before)
    assert back.out == f"digest is as it was at version {before}\n"
    assert listed(pgsched, "schedule")["digest"] == ["cron", "paused", "timezone"]
    refused = pgsched("schedule", "restore", "other")
    assert (refused.code, "no code declares" in refused.err) == (NOT_FOUND, True)


def test_subscriptions_say_so_too(pgsched, db):
    declare(db)
    pgsched("subscription", "add", "other", "--on", "*", "--task", "mail")
    pgsched("subscription", "disable", "digest")

    assert listed(pgsched, "subscription") == {"digest": ["enabled"], "other": None}
    assert "declared" in pgsched("subscription", "list").out
    assert pgsched("subscription", "restore", "digest").code == OK
    assert listed(pgsched, "subscription")["digest"] == []
