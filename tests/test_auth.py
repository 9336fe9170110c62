"""Passwords, access tokens, API keys, and the ways from them to a principal."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import sys

import jwt
import pytest
from argon2 import PasswordHasher

from pgsched.auth import OPERATOR, Principal, keys, passwords, tokens
from pgsched.errors import Forbidden, InvalidValue, NotAuthenticated, TooManyAttempts

PASSWORD = "correct horse battery"
SECRET, OTHER = tokens.Secret(7, b"s" * 64), tokens.Secret(6, b"o" * 64)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def cheap(monkeypatch) -> None:
    """Hashes that cost nothing: where the test is about something else."""
    monkeypatch.setattr(passwords, "_hasher", CHEAP)
    passwords._nobody.cache_clear()


# --- passwords ---------------------------------------------------------------------------------


def test_the_right_password_alone_is_right():
    """argon2id, with the library's parameters and a salt of its own each time."""
    stored = passwords.hash_now(PASSWORD)

    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.verify_now(PASSWORD, stored) == (True, None)
    assert passwords.verify_now(PASSWORD + ".", stored) == (False, None)
    assert asyncio.run(passwords.verify_password(PASSWORD, stored)).right
    assert asyncio.run(passwords.hash_password(PASSWORD)) != stored


def test_a_password_may_be_typed_in_either_form_of_its_characters(cheap):
    stored = passwords.hash_now("Zürich Zürich")

    assert passwords.verify_now("Zu\u0308rich Zu\u0308rich", stored).right


@pytest.mark.parametrize(
    "password", ["", "x" * 11, "y" * 1001, "nul\0nul\0nul\0nul", "\ud800" * 20]
)
def test_what_is_no_password_is_refused_untold(password, cheap):
    with pytest.raises(InvalidValue, match="the password") as caught:
        passwords.hash_now(password)
    assert not password or password not in str(caught.value)
    assert passwords.verify_now(password, CHEAP.hash("")).right is False


def test_the_refusal_says_what_is_allowed():
    with pytest.raises(InvalidValue, match=r"must have 12 to 1000 characters\. it has 5"):
        passwords.require_password("short")


@pytest.mark.parametrize("password", [PASSWORD, "short"])
def test_a_user_that_there_is_not_costs_a_comparison_too(monkeypatch, password):
    passwords._nobody()
    compared: list[str] = []

    class Counting:
        def verify(self, stored: str, given: str) -> bool:
            compared.append(stored)
            return CHEAP.verify(CHEAP.hash("x"), given)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    assert passwords.verify_now(password, None) == (False, None)
    assert len(compared) == 1


def test_a_hash_of_smaller_parameters_is_made_anew(cheap, monkeypatch):
    stored = passwords.hash_now(PASSWORD)
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(2, 16, 1))

    right, new = passwords.verify_now(PASSWORD, stored)

    assert right
    assert new
    assert "m=16,t=2" in new
    assert passwords.verify_now(PASSWORD, new) == (True, None)


def test_what_is_no_hash_is_never_right():
    assert passwords.verify_now(PASSWORD, "plain").right is False


# --- access tokens -----------------------------------------------------------------------------


def encode(secret: tokens.Secret = SECRET, algorithm: str = "HS256", **changes: object) -> str:
    """A token as ours, but for *changes*; None leaves a claim out."""
    good = tokens.make_access_token(SECRET, 42, 3, lifetime_s=900)
    claims = jwt.decode(good, options={"verify_signature": False}) | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, secret.value, algorithm, headers={"kid": str(secret.id)})


def test_a_token_tells_user_and_version_whichever_known_secret_signed_it():
    for secret in (SECRET, OTHER):
        token = tokens.make_access_token(secret, 42, 3, lifetime_s=900)
        assert tokens.read_access_token(token, [SECRET, OTHER]) == (42, 3)
    with pytest.raises(NotAuthenticated, match="not valid"):
        tokens.read_access_token(encode(OTHER), [SECRET])


@pytest.mark.parametrize("claim", ["aud", "iss", "exp", "iat", "sub", "ver", "jti"])
def test_every_claim_is_required(claim):
    with pytest.raises(NotAuthenticated, match="not valid"):
        tokens.read_access_token(encode(**{claim: None}), [SECRET])


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "other"},
        {"iss": "other"},
        {"iat": 4_000_000_000},
        {"exp": "soon"},
        {"sub": "4²"},
        {"sub": "root"},
        {"ver": "3"},
        {"ver": True},
    ],
)
def test_wrong_claims_are_refused(changes):
    with pytest.raises(NotAuthenticated, match="not valid"):
        tokens.read_access_token(encode(**changes), [SECRET])


def test_an_old_token_says_so():
    with pytest.raises(NotAuthenticated, match=r"has expired\. Hint: refresh it"):
        tokens.read_access_token(encode(exp=1_000_000_000), [SECRET])


def unsigned() -> str:
    _, body, _ = encode().split(".")
    named = json.dumps({"alg": "none", "kid": "7"}).encode()
    return f"{base64.urlsafe_b64encode(named).decode().rstrip('=')}.{body}."


@pytest.mark.parametrize(
    "token",
    [
        unsigned(),
        encode(algorithm="HS512"),
        encode(tokens.Secret(7, b"x" * 64)),
        encode(tokens.Secret(99, SECRET.value)),
        encode()[:-4],
        "",
        "a.b.c",
        "é" * 20,
        "a" * 100_000,
    ],
    ids=lambda token: token[:20],
)
def test_what_we_have_not_signed_is_refused_and_not_repeated(token):
    with pytest.raises(NotAuthenticated, match="not valid") as caught:
        tokens.read_access_token(token, [SECRET])
    assert not token or token not in str(caught.value)


# --- keys and principals -----------------------------------------------------------------------


def test_a_key_is_told_from_what_only_looks_like_one():
    made = keys.make_key()

    assert keys.is_key(made.key)
    assert made.key.startswith(made.shown)
    assert len(made.shown) == 10
    assert made.hash == hashlib.sha256(made.key.encode()).digest()
    changed = made.key[:20] + ("A" if made.key[20] != "A" else "B") + made.key[21:]
    for text in (changed, made.key[:-1], made.key + "A", "", "pgs_", "ü" * len(made.key)):
        assert not keys.is_key(text)


def test_a_scope_stands_for_itself_alone():
    writer = Principal(user_id=1, name="w", role="user", scopes=frozenset(("write",)))
    mail = Principal(
        user_id=1,
        name="w",
        role="admin",
        scopes=frozenset(("worker",)),
        queues=frozenset(("mail",)),
    )

    assert (writer.may("write"), writer.may("read"), writer.may_work_on("mail")) == (1, 0, 0)
    assert (mail.may_work_on("mail"), mail.may_work_on("other")) == (True, False)
    assert OPERATOR.may("admin")
    assert OPERATOR.may_work_on("any")


def test_without_the_extra_it_is_said_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "pgsched.auth.passwords")
    monkeypatch.setitem(sys.modules, "argon2", None)

    with pytest.raises(InvalidValue, match=r"passwords need packages.*pip install 'pgsched\[api\]"):
        __import__("pgsched.auth.passwords")


def test_statuses_are_those_of_http():
    assert [each.status for each in (NotAuthenticated, Forbidden, TooManyAttempts)] == [
        401,
        403,
        429,
    ]
