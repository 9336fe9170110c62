"""
Passwords: argon2id with the library's parameters.

Each call takes some 50 ms of processor time and 64 MB, so the async ones run in a thread, and only
a few at once: whoever floods the log-in makes it slow, but takes no memory.
"""

from __future__ import annotations

import asyncio
import functools
import os
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from ..errors import InvalidValue
from .extra import needed_for

with needed_for("passwords"):
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

LENGTH = range(12, 1001)
"""How many characters a password may have."""

_hasher = PasswordHasher()
_threads = ThreadPoolExecutor(
    max_workers=min(4, os.cpu_count() or 1), thread_name_prefix="pgsched passwords"
)


class Verified(NamedTuple):
    """Whether the password was right; and if so, its new hash where parameters have grown."""

    right: bool
    new_hash: str | None = None


def require_password(password: str) -> str:
    """*password* in the one form of its characters. Raises InvalidValue, which does not tell it."""
    if "\0" in password or not _is_text(password):
        raise InvalidValue("the password has characters that are none")
    plain = unicodedata.normalize("NFC", password)
    if len(plain) not in LENGTH:
        raise InvalidValue(
            f"the password must have {LENGTH[0]} to {LENGTH[-1]} characters",
            detail=f"it has {len(plain)}",
            hint="a few words are easier to remember than signs",
        )
    return plain


def hash_now(password: str) -> str:
    """The hash of a password that is allowed, in argon2's own encoding. Raises InvalidValue."""
    return _hasher.hash(require_password(password))


def verify_now(password: str, stored: str | None) -> Verified:
    """
    Compare a password with the hash that is stored.

    None, for a user that there is not, takes as long and is never right.
    """
    try:
        plain = require_password(password)
    except InvalidValue:  # a longer one would cost more, and a shorter one was never set
        plain, stored = "", None
    nobody = _nobody()  # made at the first call, whoever that is of
    try:
        _hasher.verify(stored or nobody, plain)
    except (VerificationError, InvalidHashError):
        return Verified(False)
    if stored is None:
        return Verified(False)
    grown = _hasher.check_needs_rehash(stored)
    return Verified(True, _hasher.hash(plain) if grown else None)


async def hash_password(password: str) -> str:
    """As `hash_now`, for asyncio. Raises InvalidValue."""
    plain = require_password(password)
    return await asyncio.get_running_loop().run_in_executor(_threads, hash_now, plain)


async def verify_password(password: str, stored: str | None) -> Verified:
    """As `verify_now`, for asyncio."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, verify_now, password, stored)


@functools.cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))


def _is_text(value: str) -> bool:
    """Without half a surrogate pair, which JSON can bring and UTF-8 cannot say."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
