"""The commands `pgsched user` and `pgsched key`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from pgsched.auth import keys, passwords
from tests.sql.users import begin, principal_of_key, user


@pytest.fixture
def dsn(shared_dsn):
    """A database that is shared: nothing here changes its schema."""
    return shared_dsn


OK, FAILED, USAGE, NOT_FOUND = 0, 1, 2, 4
PASSWORD = "correct horse battery"


@pytest.fixture
def typed(monkeypatch):
    """Puts a text on stdin."""

    def put(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return put


@pytest.fixture
def prompted(monkeypatch):
    """Lets somebody at a terminal answer the prompts."""

    def answer(*answers: str) -> list[str]:
        asked: list[str] = []
        left = list(answers)

        def getpass(prompt: str) -> str:
            asked.append(prompt)
            return left.pop(0)

        monkeypatch.setattr("getpass.getpass", getpass)
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        return asked

    return answer


def test_an_admin_is_made_with_a_password_from_stdin(pgsched, db, typed):
    typed(PASSWORD + "\n")
    done = pgsched("user", "create", "ann", "--admin", "--team", "ops", "--password-stdin")

    assert (done.code, done.out) == (OK, "admin ann can come\n")
    assert (user(db, "ann")["role"], user(db, "ann")["team"]) == ("admin", "ops")
    assert passwords.verify_now(PASSWORD, begin(db, "ann")["password_hash"]).right


def test_a_password_is_asked_twice(pgsched, db, prompted):
    asked = prompted(PASSWORD, PASSWORD)
    assert pgsched("user", "create", "bob").code == OK
    assert asked == ["Password of bob: ", "Again: "]
    assert passwords.verify_now(PASSWORD, begin(db, "bob")["password_hash"]).right

    prompted(PASSWORD, PASSWORD + "x")
    other = pgsched("user", "password", "bob")
    assert (other.code, "two passwords" in other.err) == (USAGE, True)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ([], "no terminal to ask on. Hint: use --password-stdin"),
        (["--password-stdin"], "12 to 1000 characters"),
        (["--password-stdin", "--no-password"], "exclude each other"),
        (["--no-password", "--admin", "--role", "user"], "say two things"),
        (["--no-password", "--role", "root"], "role must be admin, user or viewer"),
        (["--password", PASSWORD], "No such option"),
    ],
)
def test_what_makes_no_user_is_refused_and_no_password_repeated(pgsched, typed, given, what):
    typed("too short\n")
    done = pgsched("user", "create", "ann", *given)

    assert (done.code, what in done.err) == (USAGE, True), done.err
    assert "too short" not in done.err
    assert PASSWORD not in done.err


def test_a_user_is_changed_and_shown(pgsched, db):
    pgsched("user", "create", "ann", "--no-password")
    assert pgsched("user", "set", "ann", "--role", "viewer", "--team", "ops").code == OK
    assert pgsched("user", "set", "ann", "--team", "").out == "user ann has version 3\n"
    assert pgsched("user", "disable", "ann").out == "user ann has version 4\n"

    seen = pgsched("user", "show", "ann", "-o", "json").json
    assert (seen["role"], seen["team"], seen["disabled"]) == ("viewer", None, True)
    assert (seen["has_password"], seen["keys"]) == (False, [])
    assert pgsched("user", "enable", "ann", "--version", "4").code == OK
    assert [each["name"] for each in pgsched("user", "list", "-o", "json").json] == ["ann"]
    assert "it has no key" in pgsched("user", "show", "ann").out


def test_wrong_words_are_refused_by_name(pgsched):
    assert "pgsched user create NAME" in pgsched("user", "list").out
    pgsched("user", "create", "ann", "--no-password")

    assert "PS029" in pgsched("user", "create", "ann", "--no-password").err
    assert "nothing is to be set" in pgsched("user", "set", "ann").err
    assert "PS026" in pgsched("user", "disable", "ann", "--version", "7").err
    for command in ("show", "disable", "enable"):
        assert pgsched("user", command, "eve").code == NOT_FOUND
    assert pgsched("key", "revoke", "1").code == NOT_FOUND


def test_a_new_password_is_set(pgsched, db, typed):
    pgsched("user", "create", "ann", "--no-password")
    typed(PASSWORD)
    assert pgsched("user", "password", "ann", "--password-stdin").code == OK

    assert passwords.verify_now(PASSWORD, begin(db, "ann")["password_hash"]).right


def test_a_key_is_shown_once(pgsched, db):
    pgsched("user", "create", "ann", "--no-password", "--admin")
    made = pgsched(
        "key", "create", "--user", "ann", "--name", "mail workers",
        "--scopes", "worker,read", "--queues", "mail, slow", "--expires", "90d",
    )  # fmt: skip

    key = made.out.strip()
    assert keys.is_key(key)
    row = principal_of_key(db, key.encode())
    assert (row["scopes"], row["queues"]) == (["read", "worker"], ["mail", "slow"])
    for again in (pgsched("key", "list"), pgsched("user", "show", "ann")):
        assert (key[:10] in again.out, key in again.out) == (True, False)
    [seen] = pgsched("key", "list", "--user", "ann", "-o", "json").json
    assert pgsched("key", "revoke", seen["id"]).code == OK
    assert pgsched("key", "list", "-o", "json").json[0]["works"] is False


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (["--scopes", "root"], USAGE),
        (["--scopes", "read,"], USAGE),
        (["--expires", "tomorrow"], USAGE),
        (["--expires", "99999999w"], USAGE),
        (["--expires", "0s"], USAGE),
        (["--user", "eve"], NOT_FOUND),
    ],
)
def test_what_is_no_key_is_refused(pgsched, given, code):
    pgsched("user", "create", "ann", "--no-password", "--admin")
    done = pgsched("key", "create", "--user", "ann", "--name", "k", *given)

    assert (done.code, done.out) == (code, ""), done.err


def test_the_cli_starts_without_the_extra():
    """Only `user create` and `user password` need it."""
    package = Path(passwords.__file__).parents[1]
    wanting = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "import argon2" in (text := path.read_text())
        or "from argon2" in text
        or "import jwt" in text
    ]

    assert sorted(wanting) == ["auth/passwords.py", "auth/tokens.py"]


def test_access_tokens_are_signed_by_a_new_secret(pgsched, db):
    assert pgsched("user", "rotate-secret").out == "access tokens are signed by a new secret\n"

    secrets = db.execute("select expires_at is null from pgsched._secret order by id").fetchall()
    assert secrets[-2:] == [(False,), (True,)]
