"""The commands `pgsched hook`."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

import pytest

from tests.sql.actors import one

OK, USAGE, NOT_FOUND = 0, 2, 4
SECRET = "sixteen or more of these"


@pytest.fixture
def dsn(shared_dsn):
    """A database that is shared: nothing here changes its schema."""
    return shared_dsn


def secrets(db, name="h"):
    return one(db, "select secrets from pgsched._hook_secrets(%s)", name)


def test_a_secret_is_made_printed_once_and_rotated(pgsched, db):
    first = pgsched("hook", "add", "h", "--style", "github").out.strip()
    second = pgsched("hook", "rotate", "h", "-o", "json").json["secret"]

    assert secrets(db) == [second, first]
    shown = pgsched("hook", "list", "-o", "json").out + pgsched("hook", "show", "h").out
    assert (first in shown, second in shown) == (False, False)
    assert pgsched("hook", "rotate", "h", "--finish").out == "hook h has version 3\n"
    assert secrets(db) == [second]


def test_a_secret_is_read_from_a_file_or_stdin_and_not_repeated(pgsched, db, tmp_path, monkeypatch):
    (tmp_path / "secret").write_text(SECRET + "\nmore\n")
    done = pgsched("hook", "add", "h", "--style", "stripe", "--secret-file", tmp_path / "secret")
    monkeypatch.setattr("sys.stdin", io.StringIO("another secret of Stripe's\n"))
    again = pgsched("hook", "rotate", "h", "--secret-file", "-")

    assert (done.code, SECRET in done.out, again.code) == (OK, False, OK)
    assert secrets(db) == ["another secret of Stripe's", SECRET]


def test_a_hook_is_set_shown_and_removed(pgsched):
    pgsched(
        "hook", "add", "h", "--style", "hmac", "--event-type", "told", "--header", "x-hmac",
        "--prefix", "v=", "--algorithm", "sha1", "--encoding", "base64", "--keep", "X-Topic",
    )  # fmt: skip

    assert pgsched("hook", "set", "h", "--source", "shop", "--disabled").code == OK
    seen = pgsched("hook", "show", "h", "-o", "json").json
    assert (
        seen.items()
        >= {
            "style": "hmac",
            "event_type": "told",
            "header": "x-hmac",
            "prefix": "v=",
            "algorithm": "sha1",
            "encoding": "base64",
            "headers": ["content-type", "x-topic"],
            "source": "shop",
            "disabled": True,
            "version": 2,
            "secrets": 1,
        }.items()
    )
    assert "x-hmac" not in pgsched("hook", "list").out
    assert pgsched("hook", "set", "h", "--enabled", "--version", 2).code == OK
    assert pgsched("hook", "remove", "h").out == "h is removed\n"
    assert "pgsched hook add" in pgsched("hook", "list").out
    for command in (["show"], ["remove"], ["rotate"], ["rotate", "--finish"], ["set", "--enabled"]):
        assert pgsched("hook", command[0], "h", *command[1:]).code == NOT_FOUND


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (["--style", "gitlab"], "style must be hmac"),
        (["--style", "stripe"], "made by Stripe"),
        (["--style", "hmac"], "event_type must not be null"),
        (["--style", "hmac", "--secret", SECRET], "No such option"),
        (["--style", "github", "--secret-file", "/nonesuch"], "cannot be read"),
        (["--style", "github", "--event-type", "a b"], "type must be words"),
        (["--style", "github", "--tolerance", "5m"], "where a time is signed, else null"),
        (["--style", "stripe", "--tolerance", "soon"], "not a length of time"),
    ],
)
def test_what_is_no_hook_is_refused(pgsched, given, what):
    done = pgsched("hook", "add", "h", *given)

    assert (done.code, what in done.err) == (USAGE, True), done.err
    assert SECRET not in done.err


def test_what_makes_no_sense_is_refused(pgsched):
    pgsched("hook", "add", "h", "--style", "github")

    assert "nothing is to be set" in pgsched("hook", "set", "h").err
    assert (
        "exclude each other" in pgsched("hook", "rotate", "h", "--finish", "--secret-file", "-").err
    )
    assert "PS035" in pgsched("hook", "add", "h", "--style", "github").err
    assert "PS026" in pgsched("hook", "set", "h", "--disabled", "--version", 7).err


COMMANDS = re.findall(
    r"^pgsched (hook add .*)$",
    (Path(__file__).parents[1] / "docs" / "events-in.md").read_text("utf-8"),
    flags=re.M,
)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_page_make_hooks(pgsched, monkeypatch, command):
    monkeypatch.setattr("sys.stdin", io.StringIO(SECRET))

    done = pgsched(*shlex.split(command))
    assert (done.code, done.err) == (OK, "")


def test_each_style_is_on_the_page():
    assert {shlex.split(each)[4] for each in COMMANDS} == {
        "github",
        "stripe",
        "standard_webhooks",
        "hmac",
    }
