"""
Tokens by which an endpoint ends a job that it went on with: `pgc_`, who it is, 32 random bytes.

Good for one job, and for as long as the endpoint renews its lease on that; stored as SHA-256.
"""

from __future__ import annotations

import re
import secrets
import uuid
from typing import NamedTuple

from ..errors import NotAuthenticated
from .keys import digest

_FORM = re.compile(r"pgc_([0-9a-f]{32})_[A-Za-z0-9_-]{43}")


class CallbackToken(NamedTuple):
    """The token, the worker that its holder acts as, and what is stored of it."""

    token: str
    worker: str
    hash: bytes


def make_token() -> CallbackToken:
    """A new token, for a worker that is not registered yet."""
    worker = uuid.uuid4()
    token = f"pgc_{worker.hex}_{secrets.token_urlsafe(32)}"
    return CallbackToken(token, str(worker), digest(token))


def read_token(authorization: str) -> CallbackToken:
    """The token of an `Authorization` header. Raises NotAuthenticated, without repeating it."""
    kind, _, token = authorization.partition(" ")
    found = _FORM.fullmatch(token)
    if kind.lower() != "bearer" or found is None:
        raise NotAuthenticated(
            "whoever calls back must show the token that came with the job",
            hint="Authorization: Bearer and what was in the header pgsched-token",
        )
    return CallbackToken(token, str(uuid.UUID(found[1])), digest(token))
