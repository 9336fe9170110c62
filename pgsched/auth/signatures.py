"""
Whether a webhook comes from who has a hook's secret: by HMAC, over its body as it came.

Styles: `hmac` (of the body, in a header of one's choice), `github` (the same, in GitHub's),
`standard_webhooks` and `stripe`, which also sign when it was sent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from ..calls.hooks import HookSecrets
from ..errors import InvalidValue, SignatureRefused

_GITHUB = ("x-hub-signature-256", "sha256=", "hex")
_SIGNATURES_MAX = 16
_WHSEC = "whsec_"


class _Signed(NamedTuple):
    """What was signed, by what signatures, and when; None: the style signs no time."""

    content: bytes
    signatures: list[bytes]
    at: str | None = None


def make_secret(style: str) -> str:
    """A new secret for a hook. Raises InvalidValue for a style whose sender makes it."""
    if style == "stripe":
        raise InvalidValue("the secret of a hook of Stripe's is made by Stripe", hint="give it")
    if style == "standard_webhooks":
        return _WHSEC + base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(32)


def verify(hook: HookSecrets | None, headers: Mapping[str, str], body: bytes) -> bytes:
    """
    The signature of a delivery, which is good. `headers` are found in lower case.

    Raises SignatureRefused, also for a hook that there is not: that is told, and takes, the same.
    Only who has the secret is told that the time is at fault.
    """
    known = hook or _NONE
    signed = _signed(known, headers, body)
    good: bytes | None = None
    for secret in known.secrets:
        key = _key(known.style, secret)
        expected = hmac.digest(key, signed.content, known.algorithm or "sha256")
        for each in signed.signatures:
            if hmac.compare_digest(expected, each):
                good = each
    if hook is None or good is None:
        raise SignatureRefused("there is no such hook, or the signature is not by its secret")
    if signed.at is not None and not _is_recent(signed.at, hook):
        raise SignatureRefused(
            "the delivery was signed too long ago, or ahead of time",
            detail=f"at {signed.at}, while it is {hook.now_s:.0f}",
            hint="are both clocks right? See tolerance_s of the hook",
        )
    return good


_NONE = HookSecrets(
    "hmac", [secrets.token_hex()], None, "x-signature", "", "sha256", "hex", [], True, 0
)


def _signed(hook: HookSecrets, headers: Mapping[str, str], body: bytes) -> _Signed:
    if hook.style == "standard_webhooks":
        at = headers.get("webhook-timestamp", "")
        content = f"{headers.get('webhook-id', '')}.{at}.".encode("latin-1", "replace") + body
        marks = headers.get("webhook-signature", "").split(" ")
        return _Signed(content, _read_all("base64", marks, "v1,"), at)
    if hook.style == "stripe":
        parts = [part.strip() for part in headers.get("stripe-signature", "").split(",")]
        at = next((part[2:] for part in parts if part.startswith("t=")), "")
        content = f"{at}.".encode("latin-1", "replace") + body
        return _Signed(content, _read_all("hex", parts, "v1="), at)
    header, prefix, encoding = _GITHUB
    if hook.style == "hmac":
        header, prefix, encoding = hook.header or "", hook.prefix or "", hook.encoding or ""
    return _Signed(body, _read_all(encoding, [headers.get(header, "")], prefix))


def _read_all(encoding: str, texts: list[str], prefix: str) -> list[bytes]:
    """The signatures that begin with a prefix and are well formed, some at most."""
    found: list[bytes] = []
    for text in texts[:_SIGNATURES_MAX]:
        if text.startswith(prefix):
            try:
                found.append(_READ[encoding](text[len(prefix) :]))
            except ValueError:
                continue
    return found


def _unbase64(text: str) -> bytes:
    """With or without its padding."""
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


_READ = {"hex": bytes.fromhex, "base64": _unbase64}


def _key(style: str, secret: str) -> bytes:
    """What is signed with: of Standard Webhooks the bytes in base64, else the text itself."""
    if style != "standard_webhooks":
        return secret.encode()
    return _unbase64(secret.removeprefix(_WHSEC))


def _is_recent(at: str, hook: HookSecrets) -> bool:
    """Whether a time (seconds since 1970) is as near to the present as the hook wants."""
    if not (at.isascii() and at.isdigit() and len(at) <= 12):
        return False
    return abs(hook.now_s - int(at)) <= (hook.tolerance_s or 0)


def delivery_id(
    style: str, headers: Mapping[str, str], body: Any, raw: bytes, signature: bytes
) -> str:
    """What tells a delivery from others, and is the same when it is sent again."""
    if style == "standard_webhooks":
        told = headers.get("webhook-id")
    elif style == "github":
        told = headers.get("x-github-delivery")
    else:
        told = cast(Any, body).get("id") if style == "stripe" and isinstance(body, dict) else None
    if isinstance(told, str) and told:
        return told
    return hashlib.sha256(raw + signature).hexdigest()
