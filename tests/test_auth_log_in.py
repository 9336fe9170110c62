"""From a password, a refresh token or a key to a principal, through a database."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher

from pgsched import calls
from pgsched.auth import keys, log_in, passwords, tokens
from pgsched.db import run
from pgsched.errors import NotAuthenticated, TooManyAttempts

PASSWORD = "correct horse battery"


@pytest.fixture
def cheap(monkeypatch) -> None:
    """Hashes that cost nothing."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    passwords._nobody.cache_clear()


@pytest.fixture
def ask(db) -> log_in.Ask:
    async def one(call):
        return run(db, call)

    return one


@pytest.fixture
def ann(db, cheap) -> int:
    return run(db, calls.create_user("ann", "user", "ops", passwords.hash_now(PASSWORD)))


def test_from_password_to_token_to_principal_and_on(db, ask, ann):
    async def story():
        opened = await log_in.log_in(ask, "Ann", PASSWORD, "192.0.2.1")
        known, lifetime_s = await ask(calls.secrets())
        secrets = [tokens.Secret(*each) for each in known]
        access = tokens.make_access_token(
            secrets[0], opened.user.user_id, opened.user.version, lifetime_s=lifetime_s
        )
        who = await log_in.authenticate(ask, access, secrets)
        assert (who.user_id, who.name, who.role, who.team) == (ann, "ann", "user", "ops")
        assert (who.scopes, who.queues) == ({"read", "write"}, None)

        again = await log_in.refresh(ask, opened.refresh_token)
        assert await ask(calls.log_out(keys.digest(again.refresh_token)))
        with pytest.raises(NotAuthenticated, match="refresh token is not valid"):
            await log_in.refresh(ask, again.refresh_token)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("name", "password"), [("ann", "wrong horse battery"), ("eve", PASSWORD), ("a\0", PASSWORD)]
)
def test_a_failed_log_in_does_not_say_why(ask, ann, name, password):
    with pytest.raises(NotAuthenticated, match=r"^name or password is wrong$"):
        asyncio.run(log_in.log_in(ask, name, password, None))


def test_after_too_many_it_is_said_how_long_to_wait(db, ask, ann):
    db.execute("update pgsched._setting set value = 1 where name = 'log_in_account_max'")
    with pytest.raises(NotAuthenticated):
        asyncio.run(log_in.log_in(ask, "ann", "wrong horse battery", None))

    with pytest.raises(TooManyAttempts, match="too many log-ins have failed") as caught:
        asyncio.run(log_in.log_in(ask, "ann", PASSWORD, None))
    assert 0 < caught.value.retry_after_s <= 900


def test_a_weak_hash_is_replaced_at_log_in(db, ask, ann, monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(2, 16, 1))
    asyncio.run(log_in.log_in(ask, "ann", PASSWORD, None))

    [(stored, version)] = db.execute("select password_hash, version from pgsched._user").fetchall()
    assert ("m=16,t=2" in stored, version) == (True, 1)


def test_a_key_names_its_user(db, ask, ann):
    made = keys.make_key()
    run(
        db,
        calls.make_api_key(
            "ann",
            "ci",
            hash=made.hash,
            shown=made.shown,
            scopes=["read"],
            queues=None,
            expires_at=None,
        ),
    )

    who = asyncio.run(log_in.authenticate(ask, made.key, []))
    assert (who.user_id, who.scopes) == (ann, {"read"})
    for other in (keys.make_key().key, "pgs_x"):
        with pytest.raises(NotAuthenticated, match="not known") as caught:
            asyncio.run(log_in.authenticate(ask, other, []))
        assert other not in str(caught.value)
