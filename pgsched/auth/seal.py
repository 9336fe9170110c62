"""
What is kept for one who asked, so that nobody else can read it: whoever has the database, neither.

What closes it is derived (HKDF-SHA256) from the key or token that the one who asked has shown, of
which no more than a hash is ever kept, and from the Idempotency-Key of what was asked.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode

from .extra import needed_for

with needed_for("answers that are kept sealed"):
    from cryptography.fernet import Fernet, InvalidToken
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Seal:
    """`name`: by which it can be found again, and which tells nothing of either."""

    def __init__(self, secret: str, key: str) -> None:
        made = _derived(secret, key)
        self.name = made[:32]
        self._fernet = Fernet(urlsafe_b64encode(made[32:]))

    def closed(self, content: bytes) -> str:
        """Encrypted and authenticated."""
        return self._fernet.encrypt(content).decode()

    def opened(self, closed: str) -> bytes:
        """What was closed. Raises SealedByAnother."""
        try:
            return self._fernet.decrypt(closed)
        except InvalidToken:
            raise SealedByAnother from None


class SealedByAnother(ValueError):
    """Another key or token, or another Idempotency-Key, has closed it."""


def _derived(secret: str, key: str) -> bytes:
    hkdf = HKDF(SHA256(), 64, salt=key.encode(), info=b"pgsched seal")
    return hkdf.derive(secret.encode("utf-8", "surrogatepass"))
