"""
API keys: `pgs_`, 32 random bytes, and a checksum by which a scanner of leaks can tell one.

256 random bits cannot be guessed, so a plain SHA-256 is stored, by which a key is also found:
whoever could measure how long that takes would learn something of the hash, and nothing of the key.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from typing import NamedTuple
from zlib import crc32

PREFIX = "pgs_"
_RANDOM, _CHECK = 43, 6  # characters
_LENGTH = len(PREFIX) + _RANDOM + _CHECK
_SHOWN = len(PREFIX) + 6


class NewKey(NamedTuple):
    """A key, which is shown once, and what is stored of it."""

    key: str
    hash: bytes
    shown: str


def make_key() -> NewKey:
    """A new key."""
    random = PREFIX + secrets.token_urlsafe(32)
    key = random + _check(random)
    return NewKey(key, digest(key), key[:_SHOWN])


def is_key(text: str) -> bool:
    """Whether *text* is formed like a key: else no database need be asked."""
    if len(text) != _LENGTH or not text.isascii() or not text.startswith(PREFIX):
        return False
    return secrets.compare_digest(_check(text[:-_CHECK]), text[-_CHECK:])


def digest(token: str) -> bytes:
    """What is stored of a key or a refresh token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _check(text: str) -> str:
    return urlsafe_b64encode(crc32(text.encode()).to_bytes(4, "big")).decode().rstrip("=")
