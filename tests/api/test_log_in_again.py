"""Log-ins, refreshes and passwords whose answers were lost: done once, and no thief gets in."""

from __future__ import annotations

import threading

import httpx
import pytest

from pgsched.auth.keys import make_key
from pgsched.auth.passwords import hash_now
from pgsched.remote import Client
from pgsched.remote.exchange import LogIn
from tests.api.conftest import kept, problem
from tests.api.flaky import flaky
from tests.sql.actors import one

PASSWORD = "a few words to remember"
HASH = hash_now(PASSWORD)


@pytest.fixture
def ada(db) -> None:
    """A user with a password."""
    one(db, "select pgsched.create_user('ada', 'user', null, %s)", HASH)


def tokens(api: httpx.Client) -> dict[str, str]:
    return api.post("/v1/auth/login", json={"name": "ada", "password": PASSWORD}).json()


def refreshed(api: httpx.Client, token: str, key: str | None = "k") -> httpx.Response:
    headers = {} if key is None else {"idempotency-key": key}
    return api.post("/v1/auth/refresh", json={"refresh_token": token}, headers=headers)


LATER = "update pgsched._refresh_token set replaced_at = replaced_at - interval '1 hour'"


def test_a_refresh_whose_answer_was_lost_is_no_theft(guarded, db, ada):
    """However late it comes again: the same refresh token, and an access token that works."""
    old = tokens(guarded)["refresh_token"]
    first = refreshed(guarded, old)
    db.execute(LATER)

    again = refreshed(guarded, old)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["refresh_token"] == first.json()["refresh_token"]
    mine = {"authorization": f"Bearer {again.json()['access_token']}"}
    assert guarded.get("/v1/auth/me", headers=mine).json()["name"] == "ada"
    assert refreshed(guarded, again.json()["refresh_token"], "k2").status_code == 200
    assert one(db, "select count(*) from pgsched._request") == 0
    found = kept(db)
    for each in (old, first.json()["refresh_token"], again.json()["access_token"]):
        assert each not in found
        assert each.encode().hex() not in found


@pytest.mark.parametrize("key", [None, "another"])
def test_a_refresh_token_that_comes_again_with_another_key_is_stolen(guarded, db, ada, key):
    """And that end of the log-in stays, though the request is refused."""
    old = tokens(guarded)["refresh_token"]
    new = refreshed(guarded, old).json()["refresh_token"]
    db.execute(LATER)

    problem(refreshed(guarded, old, key), 401, "PS060")
    problem(refreshed(guarded, new, "k2"), 401, "PS060")
    problem(refreshed(guarded, old), 401, "PS060")


def test_a_key_that_is_guessed_gets_no_refresh_token(guarded, ada):
    refreshed(guarded, tokens(guarded)["refresh_token"])

    problem(refreshed(guarded, "guess"), 401, "PS060")


def test_two_refreshes_at_once_with_one_key_get_the_same(guarded, ada):
    old, url, answers = tokens(guarded)["refresh_token"], str(guarded.base_url), []

    def ask():
        with httpx.Client(base_url=url, timeout=30) as client:
            answers.append(refreshed(client, old).json()["refresh_token"])

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 2
    assert len(set(answers)) == 1


@pytest.mark.parametrize("patient", [True, False])
def test_a_client_goes_on_after_the_answer_to_its_refresh_was_lost(guarded, db, ada, patient):
    """At once, or with the next thing it is asked, an hour later."""
    with flaky(str(guarded.base_url).rstrip("/")) as way:
        way.only = "/refresh"
        with Client(way.url, name="ada", password=PASSWORD, retry_s=30 if patient else 0) as client:
            client.enqueue("t")
            log_in = client._exchange.credentials
            assert isinstance(log_in, LogIn)
            log_in._access = "a.b.c"
            way.to_come = ["lose"]
            if not patient:
                with pytest.raises(Exception, match="cannot be reached"):
                    client.enqueue("t")
                db.execute(LATER)
            client.enqueue("t")

    assert one(db, "select count(*) from pgsched._session") == 1
    assert one(db, "select count(*) from pgsched.job") == 2
    assert one(db, "select count(*) from pgsched._refresh_token") == 2


def signed_up(api: httpx.Client, password: str, key: str | None = "k") -> httpx.Response:
    headers = {} if key is None else {"idempotency-key": key}
    said = {"name": "ada", "password": password}
    return api.post("/v1/auth/signup", json=said, headers=headers)


def test_who_signs_up_again_after_a_lost_answer_is_told_that_it_is_done(guarded, db):
    """By name and password, as for a log-in; nothing is kept by which a password could be tried."""
    db.execute("update pgsched._setting set value = 1 where name = 'sign_up'")
    first, again = (signed_up(guarded, PASSWORD) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    problem(signed_up(guarded, PASSWORD, None), 409, "PS029")
    assert one(db, "select count(*) from pgsched._user") == 1
    assert one(db, "select count(*) from pgsched._request") == 0


def test_a_stranger_who_guesses_the_key_of_a_sign_up_is_told_what_all_are(guarded, db):
    """That there is such a user; and guesses at its password are counted."""
    db.execute("update pgsched._setting set value = 1 where name = 'sign_up'")
    signed_up(guarded, PASSWORD)
    told = [
        problem(signed_up(guarded, "some other words", key), 409, "PS029") for key in (None, "k")
    ]

    assert told[0] | {"request_id": 0} == told[1] | {"request_id": 0}
    db.execute("update pgsched._setting set value = 4 where name = 'log_in_account_max'")
    problem(signed_up(guarded, "some other words"), 429, "PS061")


def test_a_change_of_password_that_comes_again_finds_it_done(guarded, db, ada):
    key = make_key()
    one(db, "select pgsched.make_api_key('ada', 'k', %s, %s, '{read}')", key.hash, key.shown)
    mine = {"authorization": f"Bearer {key.key}", "idempotency-key": "k"}
    said = {"password": PASSWORD, "new_password": "quite another few words"}
    first, again = (guarded.post("/v1/auth/password", json=said, headers=mine) for _ in range(2))

    assert (first.status_code, again.status_code) == (204, 204)
    assert again.headers["idempotent-replayed"] == "true"
    assert one(db, "select version from pgsched._user where name = 'ada'") == 2
    assert one(db, "select count(*) from pgsched._request") == 0
    wrong = said | {"new_password": "and yet another few"}
    problem(guarded.post("/v1/auth/password", json=wrong, headers=mine), 401, "PS060")


def test_so_does_who_came_by_the_access_token_that_it_ended(guarded, db, ada):
    """That is good for nothing else, nor without the passwords, nor without the key."""
    mine = {"authorization": f"Bearer {tokens(guarded)['access_token']}"}
    said = {"password": PASSWORD, "new_password": "quite another few words"}
    key = {"idempotency-key": "k"}

    def changed(body, headers):
        return guarded.post("/v1/auth/password", json=body, headers=headers)

    assert changed(said, mine | key).status_code == 204
    again = changed(said, mine | key)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (204, "true")
    while guarded.get("/v1/auth/me", headers=mine).is_success:
        pass  # until the process has heard of the change
    assert changed(said, mine | key).status_code == 204
    third = {"password": said["new_password"], "new_password": "and yet another few"}
    for refused in (
        changed(said, mine),
        changed(third, mine),
        changed(said | {"new_password": "and yet another few"}, mine | key),
        guarded.get("/v1/auth/me", headers=mine | key),
        changed(said, key),
        changed(said, {"authorization": "Bearer a.b.c", **key}),
    ):
        problem(refused, 401, "PS060")
    db.execute("update pgsched._user set disabled = true")
    problem(changed(said, mine | key), 401, "PS060")
    assert one(db, "select version from pgsched._user where name = 'ada'") == 2


@pytest.mark.parametrize("what", ["signup", "password"])
def test_two_of_these_at_once_are_one(guarded, db, what):
    db.execute("update pgsched._setting set value = 1 where name = 'sign_up'")
    headers = {"idempotency-key": "k"}
    body = {"name": "ada", "password": PASSWORD}
    if what == "password":
        one(db, "select pgsched.create_user('ada', 'user', null, %s)", HASH)
        headers["authorization"] = f"Bearer {tokens(guarded)['access_token']}"
        body = {"password": PASSWORD, "new_password": "quite another few words"}
    url, answers = str(guarded.base_url), []

    def ask():
        with httpx.Client(base_url=url, timeout=30) as client:
            answers.append(client.post(f"/v1/auth/{what}", json=body, headers=headers))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [each.status_code for each in answers] == [201 if what == "signup" else 204] * 2
    assert answers[0].content == answers[1].content
    version = one(db, "select version from pgsched._user where name = 'ada'")
    assert version == (1 if what == "signup" else 2)


def test_a_repeat_by_the_right_password_is_no_guess_at_it(guarded, db, ada):
    """Else a few of them kept its user from logging in; and it leaves no log-in open."""
    db.execute("update pgsched._setting set value = 1 where name = 'sign_up'")
    signed_up(guarded, PASSWORD)

    assert one(db, "select count(*) from pgsched._log_in_attempt") == 1  # as each sign-up is
    assert one(db, "select count(*) from pgsched._session where ended_at is null") == 0


def test_a_repeat_of_a_change_of_password_is_no_guess_at_the_old_one(guarded, db, ada):
    """But who knows neither guesses twice."""
    mine = {"authorization": f"Bearer {tokens(guarded)['access_token']}", "idempotency-key": "k"}
    said = {"password": PASSWORD, "new_password": "quite another few words"}
    for _ in range(3):
        assert guarded.post("/v1/auth/password", json=said, headers=mine).status_code == 204

    assert one(db, "select count(*) from pgsched._log_in_attempt") == 0
    assert one(db, "select count(*) from pgsched._session where ended_at is null") == 0
    wrong = said | {"new_password": "and yet another few"}
    problem(guarded.post("/v1/auth/password", json=wrong, headers=mine), 401, "PS060")
    assert one(db, "select count(*) from pgsched._log_in_attempt") == 2


def test_each_repeat_of_a_log_in_or_out_is_harmless(guarded, db, ada):
    headers = {"idempotency-key": "k"}
    said = {"name": "ada", "password": PASSWORD}
    for _ in range(2):
        opened = guarded.post("/v1/auth/login", json=said, headers=headers)
        assert opened.status_code == 200
    out = {"refresh_token": opened.json()["refresh_token"]}
    for _ in range(2):
        assert guarded.post("/v1/auth/logout", json=out, headers=headers).status_code == 204

    assert one(db, "select count(*) from pgsched._request") == 0
