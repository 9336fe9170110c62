"""Requests with a secret in answer or body: done once for a key, and nobody else learns of it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx
import pytest

from pgsched.api.app import ALL
from pgsched.auth.keys import make_key
from pgsched.auth.passwords import hash_now
from pgsched.auth.seal import Seal
from tests.api.conftest import kept, problem
from tests.sql.actors import one

PASSWORD = "a few words to remember"
HASH = hash_now(PASSWORD)
ROUTES = [route for group in ALL for route in group.all if route.method == "POST"]
HOOK = {"name": "h", "style": "hmac", "event_type": "order.paid"}
ENDPOINT = {"name": "e", "url": "https://a.example", "headers": {"authorization": "s3cret-header"}}
MADE = {
    "/v1/users": {"name": "bob", "password": "bob's few words"},
    "/v1/keys": {"name": "ci", "scopes": ["read"]},
    "/v1/hooks": HOOK,
    "/v1/hooks/r/rotate": {},
    "/v1/endpoints": ENDPOINT,
    "/v1/endpoints/r/rotate": None,
}
COUNTS = {
    "/v1/users": "select count(*) from pgsched._user where name = 'bob'",
    "/v1/keys": "select count(*) from pgsched._api_key where name = 'ci'",
    "/v1/hooks": "select count(*) from pgsched._hook_secret where hook = 'h'",
    "/v1/hooks/r/rotate": "select count(*) - 1 from pgsched._hook_secret where hook = 'r'",
    "/v1/endpoints": "select count(*) from pgsched._endpoint where name = 'e'",
    "/v1/endpoints/r/rotate": "select version - 1 from pgsched._endpoint where name = 'r'",
}


@pytest.fixture
def root(db) -> Callable[[], dict[str, str]]:
    """Headers of an admin, each time by another key."""
    one(db, "select pgsched.create_user('root', 'admin', null, %s)", HASH)
    one(
        db,
        "select pgsched.create_hook('r', 'hmac', 'a secret to rotate', '{\"event_type\": \"a\"}')",
    )
    one(db, "select pgsched.add_endpoint('r', 'https://a.example')")

    def headers():
        key = make_key()
        one(
            db,
            "select pgsched.make_api_key('root', 'k', %s, %s, '{read,write,admin}')",
            key.hash,
            key.shown,
        )
        return {"authorization": f"Bearer {key.key}"}

    return headers


def sent(api: httpx.Client, path: str, headers: dict[str, str], key: str = "k") -> httpx.Response:
    body = {} if MADE.get(path) is None else {"json": MADE[path]}
    return api.post(path, headers={**headers, "idempotency-key": key}, **body)


def test_these_are_the_routes_whose_answers_are_sealed_and_those_that_keep_none():
    """Who adds one with a secret in it says so here."""
    of = {
        how: {each.path for each in ROUTES if each.repeat == how}
        for how in ("sealed", "known", "harmless")
    }

    assert of["known"] == {"/v1/auth/signup", "/v1/auth/refresh"}
    assert of["sealed"] == {path.replace("/r/", "/{name}/") for path in MADE}
    assert of["harmless"] == {
        *(f"/v1/auth/{of}" for of in ("login", "logout")),
        *(f"/v1/workers/{{id}}/{of}" for of in ("claim", "finish", "heartbeat")),
        *(f"/v1/callbacks/{{id}}/{of}" for of in ("heartbeat", "finish")),
        "/v1/hooks/{name}",
    }


@pytest.mark.parametrize("path", MADE)
def test_who_lost_the_answer_gets_it_again_with_its_secret(guarded, db, root, path):
    """By the same key; and in the database nobody finds it, nor what was sent."""
    mine = root()
    first, again = (sent(guarded, path, mine) for _ in range(2))

    assert first.status_code in (200, 201), first.text
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    for name in ("location", "etag", "cache-control"):
        assert again.headers.get(name) == first.headers.get(name)
    assert one(db, COUNTS[path]) == 1
    found = kept(db)
    secrets = [str(first.json().get(name)) for name in ("secret", "key")]
    for secret in (*secrets, "bob's few words", "s3cret-header", mine["authorization"][7:]):
        assert secret not in found
        assert secret.encode().hex() not in found


@pytest.mark.parametrize("path", MADE)
def test_the_answer_is_told_to_no_other_key(guarded, db, root, path):
    """Not even of the same user; and what was sent cannot be tried out."""
    sent(guarded, path, root())

    told = problem(sent(guarded, path, root()), 409, "PS083")
    assert "rotate it" in told["hint"]
    assert one(db, COUNTS[path]) == 1


def test_nothing_that_is_kept_tells_whether_a_guess_at_the_body_is_right(guarded, db, root):
    """A digest would: of a password that is short, every one can be tried."""
    mine = root()
    for key, password in (("k1", "bob's few words"), ("k2", "bea's few words")):
        body = {"name": key, "password": password}
        guarded.post("/v1/users", json=body, headers={**mine, "idempotency-key": key})

    assert one(db, "select count(*) from pgsched._request") == 2
    assert one(db, "select count(distinct digest) from pgsched._request") == 1


def test_another_body_under_the_same_key_is_a_mistake(guarded, db, root):
    mine = {**root(), "idempotency-key": "k"}
    guarded.post("/v1/keys", json=MADE["/v1/keys"], headers=mine)

    other = guarded.post("/v1/keys", json={"name": "x", "scopes": ["read"]}, headers=mine)
    problem(other, 422, "PS076")
    problem(guarded.post("/v1/hooks", json=HOOK, headers=mine), 422, "PS076")


def test_another_user_and_a_stranger_learn_nothing_of_a_key_that_they_guess(guarded, db, root):
    sent(guarded, "/v1/keys", root())
    one(db, "select pgsched.create_user('eve', 'admin')")
    key = make_key()
    one(db, "select pgsched.make_api_key('eve', 'k', %s, %s, '{admin,read}')", key.hash, key.shown)

    hers = sent(guarded, "/v1/keys", {"authorization": f"Bearer {key.key}"})
    assert (hers.status_code, "idempotent-replayed" in hers.headers) == (201, False)
    for shown in ({}, {"authorization": "Bearer pgs_x"}):
        problem(sent(guarded, "/v1/keys", shown), 401, "PS060")


def test_a_key_that_was_revoked_reads_nothing_any_more(guarded, db, root):
    mine = root()
    sent(guarded, "/v1/keys", mine)
    db.execute("update pgsched._api_key set revoked_at = now() where name = 'k'")

    while sent(guarded, "/v1/keys", mine).status_code == 201:
        pass
    problem(sent(guarded, "/v1/keys", mine), 401, "PS060")


def test_two_at_once_are_one(guarded, db, root):
    mine, answers = root(), []
    url = str(guarded.base_url)

    def ask():
        with httpx.Client(base_url=url, timeout=30) as client:
            answers.append(sent(client, "/v1/keys", mine).json()["key"])

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 2
    assert len(set(answers)) == 1
    assert one(db, COUNTS["/v1/keys"]) == 1


def test_where_nobody_is_asked_who_he_is_a_secret_is_told_once_and_to_nobody_again(api, db):
    """There is nothing that its one reader has and others have not."""
    first = sent(api, "/v1/hooks", {"authorization": "Bearer guess"})

    assert first.json()["secret"]
    problem(sent(api, "/v1/hooks", {"authorization": "Bearer guess"}), 409, "PS083")
    row = one(db, "select content from pgsched._request")
    with pytest.raises(ValueError):
        Seal("guess", "k").opened(row)


def test_what_is_refused_keeps_nothing(guarded, db, root):
    mine = {**root(), "idempotency-key": "k"}
    body = {"name": "ci", "scopes": ["worker", "admin"], "user": "nobody here"}
    problem(guarded.post("/v1/keys", json=body, headers=mine), 403, "PS028")

    assert one(db, "select count(*) from pgsched._request") == 0
    assert sent(guarded, "/v1/keys", mine).status_code == 201
