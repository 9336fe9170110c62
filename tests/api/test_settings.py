"""Settings over HTTP, and the secret that signs access tokens."""

from __future__ import annotations

import pytest

from pgsched.auth.passwords import hash_now
from tests.api.conftest import problem
from tests.sql.actors import one
from tests.worker.processes import eventually

PASSWORD = "a few words to remember"
HASH = hash_now(PASSWORD)


def test_each_setting_is_shown_with_what_it_is_for_and_what_is_allowed(api, db):
    shown = {each["name"]: each for each in api.get("/v1/settings").json()["items"]}

    names = "select array_agg(name order by name) from pgsched.setting"
    assert list(shown) == one(db, names)
    assert shown["sign_up"] == {
        "name": "sign_up",
        "value": 0,
        "by_default": 0,
        "least": 0,
        "most": 1,
        "about": "Whether anybody may make a user of role user for himself.",
    }


def test_a_setting_is_changed_at_once(api, db):
    told = api.put("/v1/settings/retention_days", json={"value": 90})

    assert (told.status_code, told.json()["value"], told.json()["by_default"]) == (200, 90, 30)
    assert one(db, "select pgsched._setting('retention_days')") == 90


@pytest.mark.parametrize("value", [0, 3651, 2**63, True, "9", None, 1.5])
def test_a_value_that_is_not_allowed_is_refused(api, db, value):
    told = problem(api.put("/v1/settings/retention_days", json={"value": value}), 422, "PS010")

    assert told["errors"][0]["at"] == "body/value"
    assert one(db, "select pgsched._setting('retention_days')") == 30


def test_an_unknown_setting_is_refused(api):
    told = problem(api.put("/v1/settings/nope", json={"value": 1}), 422, "PS010")

    assert told["errors"] == [{"at": "path/name", "message": "there is no setting 'nope'"}]


def test_how_long_tokens_last_is_changed_at_once(guarded, db):
    """Though each process of the API knows it for a minute."""
    one(db, "select pgsched.create_user('root', 'admin', null, %s)", HASH)

    def lifetime():
        said = {"name": "root", "password": PASSWORD}
        return guarded.post("/v1/auth/login", json=said).json()["expires_in"]

    for seconds in (900, 60):
        one(db, "select pgsched.change_setting('access_token_s', %s)", seconds)
        eventually(lambda seconds=seconds: lifetime() == seconds, within_s=10)


def test_tokens_of_a_secret_that_was_rotated_stay_good_until_they_expire(guarded, db):
    """And the next ones are signed by the new one."""
    one(db, "select pgsched.create_user('root', 'admin', null, %s)", HASH)

    def tokens():
        said = {"name": "root", "password": PASSWORD}
        made = guarded.post("/v1/auth/login", json=said).json()["access_token"]
        return {"authorization": f"Bearer {made}"}

    def secrets():
        return one(db, "select count(*) from pgsched._secret")

    before, old = secrets(), tokens()
    assert guarded.post("/v1/auth/rotate-secret", headers=old).status_code == 204
    assert secrets() == before + 1
    new = tokens()
    for each in (old, new):
        assert guarded.get("/v1/auth/me", headers=each).status_code == 200
    db.execute("delete from pgsched._secret where id < (select max(id) from pgsched._secret)")
    db.execute("select pgsched._notify('pgsched_user', '')")
    while guarded.get("/v1/auth/me", headers=old).status_code == 200:
        pass
    problem(guarded.get("/v1/auth/me", headers=old), 401, "PS060")
    assert guarded.get("/v1/auth/me", headers=tokens()).status_code == 200
