"""Signatures as Standard Webhooks has them: HMAC-SHA256 of id, time and body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from ..errors import InvalidValue

PREFIX = "whsec_"


def sign(secrets: Sequence[str], id: str, timestamp: int, body: bytes) -> str:
    """
    The header `webhook-signature`: one signature by each secret, a space between them.

    `timestamp`: seconds since 1970, as in `webhook-timestamp`. Raises InvalidValue for a secret
    that is not `whsec_` and base64.
    """
    signed = f"{id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_mac(_key(secret), signed)}" for secret in secrets)


def _mac(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _key(secret: str) -> bytes:
    try:
        if not secret.startswith(PREFIX):
            raise ValueError
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (ValueError, binascii.Error):
        raise InvalidValue(f"a secret must be {PREFIX} and base64") from None
