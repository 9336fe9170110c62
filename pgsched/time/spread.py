"""Splay and jitter: small delays that every worker works out alike."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta


def splay(name: str, most_s: float) -> timedelta:
    """0..*most_s* seconds, always the same for a schedule's name; whole milliseconds."""
    return _delay(name, most_s)


def jitter(name: str, nominal: datetime, most_s: float) -> timedelta:
    """0..*most_s* seconds, always the same for one occasion of a schedule; whole milliseconds."""
    # Most schedules have none, and writing the time takes longer than all the rest.
    if not most_s:
        return timedelta()
    return _delay(f"{name}\0{nominal.astimezone(UTC):%Y%m%dT%H%M%S}", most_s)


def _delay(key: str, most_s: float) -> timedelta:
    # A lone surrogate is no reason to fail: names are not ours to judge here.
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return timedelta(milliseconds=int.from_bytes(digest) % (int(most_s * 1000) + 1))
