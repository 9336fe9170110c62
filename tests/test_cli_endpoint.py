"""The commands `endpoint ...` and `queue backlog`."""

from __future__ import annotations

import pytest

from tests.sql.actors import enqueue, one


@pytest.fixture
def dsn(shared_dsn):
    """DSN of the shared database, with nothing in its tables."""
    return shared_dsn


@pytest.fixture
def secret(pgsched):
    """That of the endpoint e, which gets the jobs of t."""
    url = "https://jobs.example/hook"
    made = pgsched("endpoint", "add", "e", url, "--task", "t", "--header", "x-key=hush")
    assert made.code == 0, made.err
    return made.out.strip()


def test_an_endpoint_is_added_shown_and_removed(pgsched, db, secret):
    assert secret.startswith("whsec_")
    assert "https://jobs.example/hook" in pgsched("endpoint", "list").out
    shown = pgsched("endpoint", "show", "e").json
    assert (shown["tasks"], shown["header_names"], shown["lease_s"]) == (["t"], ["x-key"], 300)
    assert pgsched("endpoint", "remove", "e").code == 0
    assert pgsched("endpoint", "show", "e").code == 4


def test_an_endpoint_is_changed_rotated_paused_and_resumed(pgsched, db, secret):
    changed = pgsched(
        "endpoint", "set", "e", "--concurrency", 3, "--timeout", "1m", "--lease", "10m"
    )
    assert changed.out == "endpoint e has version 2\n"
    assert pgsched("endpoint", "rotate", "e").out.strip() != secret
    assert pgsched("endpoint", "pause", "e").code == 0
    paused = pgsched("endpoint", "show", "e").json
    assert pgsched("endpoint", "resume", "e").code == 0

    assert (paused["paused"], paused["concurrency"], paused["timeout_s"]) == (True, 3, 60)
    assert pgsched("endpoint", "set", "e").code == 2


def test_a_task_is_sent_to_an_endpoint_and_back(pgsched, db, secret):
    pgsched("task", "set", "t", "--endpoint", "")
    before = one(db, "select endpoint from pgsched.task")
    pgsched("task", "set", "t", "--endpoint", "e")

    assert (before, one(db, "select endpoint from pgsched.task")) == (None, "e")


def test_a_backlog_is_a_number(pgsched, db):
    enqueue(db)

    assert pgsched("queue", "backlog", "default").out == "1\n"
    assert pgsched("queue", "backlog", "default", "--running", "-o", "jsonl").json == {
        "queue": "default",
        "backlog": 1,
    }
