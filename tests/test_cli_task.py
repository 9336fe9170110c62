"""The commands `pgsched task`."""

from __future__ import annotations

import pytest


@pytest.fixture
def dsn(shared_dsn):
    """A database that is shared: nothing here changes its schema."""
    return shared_dsn


OK, FAILED, USAGE, NOT_FOUND = 0, 1, 2, 4


@pytest.fixture
def mail(db):
    """The name of a task that code has declared."""
    db.execute("select pgsched.declare_task('mail', priority => 3, description => 'Send it')")
    return "mail"


def test_what_is_set_holds_and_shows_as_the_operator_s(pgsched, mail):
    done = pgsched(
        "task", "set", mail, "--priority", "7", "--timeout", "1m30s", "--retry",
        '{"kind": "fixed"}', "--category", "post", "--labels", '{"team": "a"}', "--queue", "slow",
        "--max-attempts", "2", "--isolation", "process", "--description", "",
    )  # fmt: skip
    assert (done.code, done.out) == (OK, "task mail has version 2\n")

    policy = pgsched("task", "show", mail, "-o", "json").json
    assert (policy["priority"], policy["timeout_s"], policy["description"]) == (7, 90.0, None)
    assert (policy["labels"], policy["isolation"]) == ({"team": "a"}, "process")
    shown = {
        line.split()[0]: line.split()[-1] for line in pgsched("task", "show", mail).out.splitlines()
    }
    assert (shown["priority"], shown["transactional"]) == ("operator", "code")


def test_no_timeout_is_a_value(pgsched, mail, db):
    db.execute("select pgsched.declare_task('mail', timeout_s => 5)")
    pgsched("task", "set", mail, "--timeout", "none")

    assert pgsched("task", "show", mail, "-o", "json").json["overrides"] == {"timeout_s": None}


def test_history_tells_what_changed(pgsched, mail):
    pgsched("task", "set", mail, "--priority", "7")
    pgsched("task", "reset", mail)

    versions = pgsched("task", "history", mail, "-o", "json").json
    assert [each["version"] for each in versions] == [3, 2, 1]
    assert [each["changes"] for each in versions[:2]] == [{"priority": 3}, {"priority": 7}]
    assert "priority" in pgsched("task", "history", mail).out


def test_single_fields_are_reset(pgsched, mail):
    pgsched("task", "set", mail, "--priority", "7", "--queue", "slow")

    assert pgsched("task", "reset", mail, "queue").out == "task mail has version 3\n"
    assert pgsched("task", "show", mail, "-o", "json").json["overrides"] == {"priority": 7}


def test_a_disabled_task_says_so_wherever_it_is_listed(pgsched, mail):
    assert pgsched("task", "disable", mail).out == "task mail has version 2\n"
    pgsched("task", "pause", mail)

    assert "mail (paused, disabled)" in pgsched("task", "list").out
    assert "disabled: pgsched task enable mail" in pgsched("task", "resume", mail).out
    pgsched("task", "enable", mail)
    assert pgsched("task", "list", "-o", "json").json[0]["enabled"] is True


def test_wrong_words_are_refused_by_name(pgsched, mail):
    nothing = pgsched("task", "set", mail)
    assert (nothing.code, "nothing is to be set" in nothing.err) == (USAGE, True)
    number = pgsched("task", "set", mail, "--priority", "500")
    assert (number.code, "from -100 to 100" in number.err) == (USAGE, True)
    stale = pgsched("task", "set", mail, "--priority", "1", "--version", "9")
    assert (stale.code, "PS026" in stale.err) == (FAILED, True)
    for command in ("show", "set --priority 1", "reset", "enable"):
        verb, *rest = command.split()
        assert pgsched("task", verb, "male", *rest).code == NOT_FOUND
