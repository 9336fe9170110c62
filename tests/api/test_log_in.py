"""Log in, refresh, log out; keys; and what shows nothing of either."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pgsched.api.log_in import _address
from tests.api.conftest import CHEAP, problem
from tests.sql.actors import one

PASSWORD = "a few words to remember"
HASH = CHEAP.hash(PASSWORD)


@pytest.fixture
def user(db):
    """Make a user; returns its name."""

    def made(name, role="user", team=None):
        one(db, "select pgsched.create_user(%s, %s, %s, %s)", name, role, team, HASH)
        return name

    return made


@pytest.fixture
def log_in(guarded):
    """Tokens of a user."""

    def done(name, password=PASSWORD):
        return guarded.post("/v1/auth/login", json={"name": name, "password": password})

    return done


def bearer(token):
    return {"authorization": f"Bearer {token}"}


def test_whoever_shows_nothing_is_asked_to(guarded):
    told = guarded.get("/v1/jobs")

    problem(told, 401, "PS060")
    assert told.headers["www-authenticate"] == 'Bearer realm="pgsched"'


@pytest.mark.parametrize(
    "shown", ["Basic YTpi", "Bearer", "Bearer x", "Bearer pgs_x", "Bearer a.b.c"]
)
def test_what_is_no_key_and_no_token_is_refused(guarded, shown):
    problem(guarded.get("/v1/jobs", headers={"authorization": shown}), 401, "PS060")


def test_a_log_in_gives_tokens_that_say_who_one_is(guarded, user, log_in):
    tokens = log_in(user("ada")).json()

    me = guarded.get("/v1/auth/me", headers=bearer(tokens["access_token"])).json()
    assert (me["name"], me["role"], me["scopes"]) == ("ada", "user", ["read", "write"])
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)


def test_a_wrong_password_and_an_unknown_user_are_told_alike(guarded, user, log_in):
    told = [
        problem(log_in(name, "not the one it is"), 401, "PS060")["detail"]
        for name in (user("ada"), "eve")
    ]

    assert told[0] == told[1]


@pytest.mark.parametrize("told", ["unknown", "fe80::1%eth0", "10.0.0.9:4711"])
def test_a_proxy_may_tell_an_address_that_is_none(guarded, user, told):
    body = {"name": user("ada"), "password": PASSWORD}
    answer = guarded.post("/v1/auth/login", json=body, headers={"x-forwarded-for": told})
    assert answer.status_code == 200, answer.text


def test_who_comes_by_ipv4_through_a_socket_for_both_has_an_address_of_its_own(guarded, user, db):
    """Else one who fails too often kept all others out: they were of one /64."""
    db.execute("update pgsched._setting set value = 1 where name = 'log_in_address_max'")

    def log_in(name, address, password):
        said = {"name": name, "password": password}
        told = {"x-forwarded-for": f"::ffff:{address}"}
        return guarded.post("/v1/auth/login", json=said, headers=told)

    problem(log_in("eve", "192.0.2.1", "not the one it is"), 401, "PS060")
    problem(log_in("eve", "192.0.2.1", "not the one it is"), 429, "PS061")
    assert log_in(user("ada"), "192.0.2.2", PASSWORD).status_code == 200


def test_who_fails_too_often_has_to_wait(guarded, user, log_in, db):
    db.execute("update pgsched._setting set value = 2 where name = 'log_in_account_max'")
    for _ in range(2):
        problem(log_in(user_name := "ada", "not the one it is"), 401, "PS060")

    answer = log_in(user_name)
    problem(answer, 429, "PS061")
    assert int(answer.headers["retry-after"]) > 800


def test_a_refresh_token_gets_the_next_pair_and_ends_with_the_log_in(guarded, user, log_in):
    first = log_in(user("ada")).json()["refresh_token"]

    second = guarded.post("/v1/auth/refresh", json={"refresh_token": first}).json()
    assert guarded.get("/v1/auth/me", headers=bearer(second["access_token"])).status_code == 200
    ended = guarded.post("/v1/auth/logout", json={"refresh_token": second["refresh_token"]})
    assert ended.status_code == 204
    again = guarded.post("/v1/auth/refresh", json={"refresh_token": second["refresh_token"]})
    problem(again, 401, "PS060")


def test_a_key_works_until_it_is_revoked(guarded, user, log_in):
    """Though the API remembers who came with it."""
    mine = bearer(log_in(user("ada")).json()["access_token"])
    made = guarded.post("/v1/keys", json={"name": "ci", "scopes": ["read"]}, headers=mine).json()
    key = bearer(made["key"])
    assert guarded.get("/v1/jobs", headers=key).status_code == 200
    problem(guarded.post("/v1/jobs", json={"task": "t"}, headers=key), 403, "PS028")

    assert guarded.delete(f"/v1/keys/{made['id']}", headers=mine).status_code == 204

    while guarded.get("/v1/jobs", headers=key).status_code == 200:
        pass
    problem(guarded.get("/v1/jobs", headers=key), 401, "PS060")


def test_nobody_makes_a_key_that_may_more_than_he(guarded, user, log_in):
    mine = bearer(log_in(user("ada")).json()["access_token"])
    user("bob")

    def asked(**body):
        return guarded.post("/v1/keys", json={"name": "k", **body}, headers=mine)

    problem(asked(scopes=["admin"]), 403, "PS028")
    problem(asked(scopes=["read"], user="bob"), 403, "PS028")


def test_who_finds_a_key_gets_no_other_by_it_and_ends_none(guarded, user, log_in):
    mine = bearer(log_in(user("ada")).json()["access_token"])
    body = {"name": "ci", "scopes": ["read", "write"], "expires_at": "2100-01-01T00:00:00Z"}
    made = guarded.post("/v1/keys", json=body, headers=mine).json()

    found = bearer(made["key"])
    problem(guarded.post("/v1/keys", json=body | {"expires_at": None}, headers=found), 403, "PS028")
    problem(guarded.delete(f"/v1/keys/{made['id']}", headers=found), 403, "PS028")
    assert guarded.get("/v1/jobs", headers=found).status_code == 200


def test_keys_of_others_are_not_there(guarded, user, log_in):
    ada = bearer(log_in(user("ada")).json()["access_token"])
    bob = bearer(log_in(user("bob")).json()["access_token"])
    made = guarded.post("/v1/keys", json={"name": "k", "scopes": ["read"]}, headers=ada).json()

    assert guarded.get("/v1/keys", headers=bob).json()["items"] == []
    problem(guarded.delete(f"/v1/keys/{made['id']}", headers=bob), 404, "PS007")


def test_an_admin_makes_and_changes_users(guarded, user, log_in):
    root = bearer(log_in(user("root", "admin")).json()["access_token"])
    said = {"name": "ada", "role": "viewer", "password": PASSWORD}

    made = guarded.post("/v1/users", json=said, headers=root)
    problem(guarded.post("/v1/users", json=said, headers=root), 409, "PS029")
    assert log_in("ada").status_code == 200
    change = {"json": {"disabled": True}}
    problem(guarded.patch("/v1/users/ada", **change, headers=root), 428, "PS075")
    stale = root | {"if-match": '"9"'}
    problem(guarded.patch("/v1/users/ada", **change, headers=stale), 412, "PS026")
    fresh = root | {"if-match": made.headers["etag"]}
    changed = guarded.patch("/v1/users/ada", **change, headers=fresh)
    assert (changed.status_code, changed.json()["disabled"]) == (200, True)
    problem(log_in("ada"), 401, "PS060")


def test_only_admins_see_users(guarded, user, log_in):
    mine = bearer(log_in(user("ada")).json()["access_token"])

    problem(guarded.get("/v1/users", headers=mine), 403, "PS028")


def test_signing_up_is_closed_until_it_is_opened(guarded, db, log_in):
    said = {"name": "ada", "password": PASSWORD}

    problem(guarded.post("/v1/auth/signup", json=said), 403, "PS028")
    db.execute("update pgsched._setting set value = 1 where name = 'sign_up'")
    assert guarded.post("/v1/auth/signup", json=said).status_code == 201
    assert log_in("ada").status_code == 200


def test_who_signs_up_too_often_has_to_wait_and_what_is_kept_tells_no_password(guarded, db):
    """No digest of it either, by which a short one could be guessed."""
    db.execute("update pgsched._setting set value = 1 where name = 'sign_up'")
    db.execute("update pgsched._setting set value = 2 where name = 'log_in_address_max'")

    def signed_up(name):
        said = {"name": name, "password": PASSWORD}
        return guarded.post("/v1/auth/signup", json=said, headers={"idempotency-key": name})

    assert [signed_up(name).status_code for name in ("ada", "bob")] == [201, 201]
    answer = signed_up("eve")
    problem(answer, 429, "PS061")
    assert int(answer.headers["retry-after"]) > 800
    assert one(db, "select count(*) from pgsched._request") == 0


def test_a_new_password_ends_what_the_old_one_opened(guarded, user, log_in):
    tokens = log_in(user("ada")).json()
    mine = bearer(tokens["access_token"])
    said = {"password": PASSWORD, "new_password": "quite another few words"}

    wrong = said | {"password": "not the one it is"}
    problem(guarded.post("/v1/auth/password", json=wrong, headers=mine), 401, "PS060")
    assert guarded.post("/v1/auth/password", json=said, headers=mine).status_code == 204
    old = guarded.post("/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    problem(old, 401, "PS060")
    assert log_in("ada", said["new_password"]).status_code == 200


def test_who_fails_too_often_to_change_a_password_has_none_hashed(
    guarded, user, log_in, db, monkeypatch
):
    """Each takes as long as a log-in, of which no more than a few may be tried."""
    mine = bearer(log_in(user("ada")).json()["access_token"])
    db.execute("update pgsched._setting set value = 1 where name = 'log_in_account_max'")
    hashed = []
    monkeypatch.setattr("pgsched.api.log_in.hash_password", hashed.append)
    said = {"password": "not the one it is", "new_password": "quite another few words"}

    problem(guarded.post("/v1/auth/password", json=said, headers=mine), 401, "PS060")
    problem(guarded.post("/v1/auth/password", json=said, headers=mine), 429, "PS061")
    assert hashed == []


def test_no_answer_and_no_log_repeats_a_password(guarded, user, log_in, caplog):
    short = guarded.post("/v1/auth/signup", json={"name": "eve", "password": "s3cret"})
    log_in("eve", "another-s3cret")

    assert "s3cret" not in short.text + caplog.text


@pytest.mark.parametrize(
    "headers", [{"host": "pgsched.example"}, {"origin": "https://evil.example"}]
)
def test_without_log_in_pages_of_others_reach_nothing(api, headers):
    """A browser sends Origin; a name that points to loopback shows in Host."""
    problem(api.get("/v1/jobs", headers=headers), 403, "PS028")


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("192.0.2.7:4711", "192.0.2.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[::ffff:192.0.2.7]:4711", "192.0.2.7"),
        ("unknown:4711", None),
    ],
)
def test_a_port_is_no_part_of_an_address(told, address):
    """Uvicorn 0.54 takes it off, 0.40 leaves what X-Forwarded-For says as it is."""
    asked = SimpleNamespace(request=SimpleNamespace(client=SimpleNamespace(host=told)))

    assert _address(asked) == address
