"""
Answers with a secret, or to a body with one, as they are kept for whoever repeats the request.

Nobody who reads the database learns of them: they are closed by the key or token that was shown.
What is kept of the body is in there, too: of a digest beside it a short password could be guessed.
"""

from __future__ import annotations

import hashlib
import secrets

from pgsched.auth import OPERATOR
from pgsched.auth.seal import Seal, SealedByAnother
from pgsched.errors import KeyReused, ShownOnce

from .ask import Ask
from .door import bearer_of


class Sealed:
    """The seal of one request."""

    def __init__(self, ask: Ask, key: str, raw: bytes) -> None:
        # An operator shows nothing that nobody else has, so what it is told is lost to all.
        shown = None if ask.who is OPERATOR else bearer_of(ask.request)
        self._seal = Seal(shown or secrets.token_urlsafe(32), key)
        self._asked = hashlib.sha256(raw).digest()

    def closed(self, content: str) -> str:
        """What is kept of an answer."""
        return self._seal.closed(self._asked + content.encode())

    def opened(self, kept: str) -> str:
        """The answer. Raises ShownOnce to who shows something else, KeyReused for another body."""
        try:
            found = self._seal.opened(kept)
        except SealedByAnother:
            raise ShownOnce(
                "the request was carried out, and answered with another key or token",
                hint="a secret is shown once: if it is lost, rotate it, or remove what has it and"
                " make it anew",
            ) from None
        asked, content = found[: len(self._asked)], found[len(self._asked) :]
        if asked != self._asked:
            raise KeyReused(
                "the Idempotency-Key came before, with another request",
                hint="a new request needs a key of its own",
            )
        return content.decode()
