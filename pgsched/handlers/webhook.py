"""http.webhook: one HTTP request, to addresses that were checked."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import re
import ssl
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from ..context import Context, Discard, Retry
from ..jsontext import clean
from .address import Resolve, checked, resolve
from .offer import offer, require_range
from .permits import Network, permits

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_MOVED = (301, 302, 303, 307, 308)
BUSY = (429, 503)
_WAIT_S_MAX = 86_400.0
_TIMEOUT = httpx.Timeout(None, connect=10)  # for each address; timeout_s is for all of it
_OURS = re.compile(
    r"host|content-length|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect"
    r"|accept-encoding|webhook-id|proxy-.*"
)
_NAME, _VALUE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"), re.compile(r"[\t\x20-\x7e]*")
# What goes to another origin, too: the rest may be a secret of the first.
_CARRIED = ("accept", "accept-language", "content-type", "user-agent", "webhook-id")
_TOLD = (
    "content-type", "content-length", "content-encoding", "date", "etag", "last-modified",
    "location", "retry-after", "server", "x-request-id",
)  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """What is sent, and to where. Raises Discard for what is no URL of ours."""

    method: str
    url: httpx.URL
    headers: dict[str, str] = field(default_factory=dict[str, str])
    content: bytes | None = None

    def __post_init__(self) -> None:
        if self.url.scheme not in ("http", "https") or not self.url.host:
            raise Discard(f"url must begin with http:// or https:// and name a host: {self.where}")
        if self.port > 65_535:
            raise Discard(f"url must name a port 1..65535: {self.where}")
        if self.url.userinfo:
            raise Discard("url must hold no user and password: use a header")

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port."""
        return self.url.scheme, self.url.host, self.port

    @property
    def port(self) -> int:
        """As in the URL, or its scheme's own."""
        return self.url.port or (443 if self.url.scheme == "https" else 80)

    @property
    def where(self) -> str:
        """The URL as an error may tell it: without what may be a secret."""
        return str(self.url.copy_with(query=None, fragment=None, username=None, password=None))


@offer("http.webhook", timeout_s=360)
async def webhook(
    ctx: Context,
    url: str,
    method: str = "POST",
    headers: dict[str, str] | None = None,
    body: Any = None,
    timeout_s: float = 30,
    expected: list[int] | None = None,
    redirects: int = 0,
    bytes_max: int = 65_536,
) -> dict[str, Any]:
    """
    Send one HTTP request, and keep what is answered: status, some headers, the body up to a limit.

    url: http or https; its host may have public addresses only, unless the worker allows others.
    method: GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS. headers: an object of texts. body: a
    text is sent as it is, anything else as JSON. timeout_s: 0.1..300, for all of it. expected:
    statuses that are a success [200..299]; any other fails the run, which is tried again by the
    policy, after Retry-After where 429 or 503 says so; 410 ends it dead. redirects: how many to
    follow, 0..10. bytes_max: how much of the answer's body is kept, 0..131072. The header
    `webhook-id` is the same at each attempt: receivers can tell by it what they have had.
    """
    require_range("timeout_s", timeout_s, 0.1, 300)
    require_range("redirects", redirects, 0, 10)
    require_range("bytes_max", bytes_max, 0, 131_072)
    sent = _read(url, method, headers or {}, body, f"job_{ctx.id}")
    try:
        async with asyncio.timeout(timeout_s):
            answer = await deliver(sent, permits().networks, redirects, bytes_max)
    except TimeoutError:
        raise TimeoutError(f"{sent.where} did not answer within {timeout_s:g} s") from None
    return _judge(answer, sent, expected)


def _read(url: str, method: str, headers: dict[str, str], body: Any, id: str) -> Sent:
    """The request of a job's args. Raises Discard."""
    if method not in _METHODS:
        raise Discard(f"method must be one of {', '.join(_METHODS)}, got {method!r}")
    kept: dict[str, str] = {}
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or _OURS.fullmatch(name.lower()):
            raise Discard(f"header {name!r} may not be given")
        if not isinstance(value, str) or not _VALUE.fullmatch(value):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise Discard(f"header {name!r} must be one line of ASCII text")
        kept[name.lower()] = value
    content = None
    if body is not None:
        text = body if isinstance(body, str) else json.dumps(body)
        content = text.encode()
        kind = "text/plain; charset=utf-8" if isinstance(body, str) else "application/json"
        kept.setdefault("content-type", kind)
    kept.setdefault("user-agent", "pgsched")
    kept.setdefault("accept", "*/*")
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise Discard(f"url is not valid: {error}") from None
    return Sent(method, parsed, kept | {"webhook-id": id}, content)


def _judge(answer: dict[str, Any], sent: Sent, expected: Sequence[int] | None) -> dict[str, Any]:
    """The answer, if its status is a success. Raises Retry or Discard."""
    status: int = answer["status"]
    if status in expected if expected else 200 <= status <= 299:
        return answer
    said = f"{sent.where} answered {status}: {answer['body'][:500]}"
    if status == 410:
        raise Discard(said)
    raise Retry(said, after=retry_after_s(answer["headers"]) if status in BUSY else None)


def retry_after_s(headers: dict[str, str]) -> float | None:
    """Seconds of Retry-After, at most a day; a date counts from the answer's own."""
    text = headers.get("retry-after", "")
    if re.fullmatch(r"[0-9]{1,9}", text):
        return min(float(text), _WAIT_S_MAX)
    try:
        until, now = _moment(text), _moment(headers.get("date", ""))
    except (ValueError, OverflowError):
        return None
    return min(max((until - now).total_seconds(), 0.0), _WAIT_S_MAX)


def _moment(text: str) -> datetime:
    read = parsedate_to_datetime(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


async def deliver(
    sent: Sent,
    allowed: Sequence[Network],
    redirects: int = 0,
    bytes_max: int = 65_536,
    ask: Resolve = resolve,
) -> dict[str, Any]:
    """
    Send a request, and follow so many redirects, each to addresses checked anew.

    Raises Discard for an address that is not allowed; httpx.HTTPError, OSError.
    """
    for left in range(redirects, -1, -1):
        async with _answer(sent, allowed, ask) as response:
            target = response.headers.get("location")
            if not left or response.status_code not in _MOVED or not target:
                return await _keep(response, sent, bytes_max)
        sent = _moved(sent, target, response.status_code)
    raise AssertionError("the last hop returns")


@asynccontextmanager
async def _answer(
    sent: Sent, allowed: Sequence[Network], ask: Resolve
) -> AsyncGenerator[httpx.Response]:
    """
    The response of a host's first address that takes a connection.

    What is connected to is the very address that was checked: the name stands in Host and in TLS
    alone, so that a name which has another address a moment later leads nowhere else. Each has a
    client of its own: connections and cookies are kept by address, and one may have many names.
    """
    host = sent.url.raw_host.decode("ascii")
    named = {"host": sent.url.netloc.decode("ascii"), "accept-encoding": "identity"}
    addresses = await checked(host, sent.port, allowed, ask)
    for address in addresses:
        async with httpx.AsyncClient(
            trust_env=False, verify=_trusted(), timeout=_TIMEOUT
        ) as client:
            request = client.build_request(
                sent.method,
                sent.url.copy_with(host=address, fragment=None),
                headers={**sent.headers, **named},
                content=sent.content,
                extensions={"sni_hostname": host},
            )
            try:
                response = await client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                if address == addresses[-1]:
                    said = str(error) or "no connection"
                    raise httpx.ConnectError(f"{sent.where}: {said}") from None
                continue
            async with contextlib.aclosing(response):
                yield response
            return


async def _keep(response: httpx.Response, sent: Sent, bytes_max: int) -> dict[str, Any]:
    """What is kept of a response; no more of its body is read than that."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > bytes_max:
            break
    # What is encoded though it was not asked for is not decoded: a few bytes may become gigabytes.
    kept = b"" if encoding_of(response.headers) else body[:bytes_max]
    return {
        "status": response.status_code,
        "url": sent.where,
        "headers": {n: clean(response.headers[n]) for n in _TOLD if n in response.headers},
        "body": clean(kept.decode("utf-8", "replace")),
        "truncated": len(body) > len(kept),
    }


def encoding_of(headers: Mapping[str, str]) -> str | None:
    """How a body is encoded; None: it is as it is."""
    told = headers.get("content-encoding", "").lower()
    return None if told in ("", "identity") else told


def _moved(sent: Sent, location: str, status: int) -> Sent:
    """Where a redirect leads, as browsers go there. Raises Discard."""
    try:
        url = sent.url.join(location)
    except httpx.InvalidURL as error:
        raise Discard(f"{sent.where} leads to what is no URL: {error}") from None
    target = replace(sent, url=url)
    posted = sent.method == "POST" and status in (301, 302)
    if posted or (status == 303 and sent.method != "HEAD"):
        headers = {n: v for n, v in sent.headers.items() if n != "content-type"}
        target = replace(target, method="GET", content=None, headers=headers)
    if target.origin != sent.origin:
        headers = {n: v for n, v in target.headers.items() if n in _CARRIED}
        target = replace(target, headers=headers)
    return target


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Those of SSL_CERT_FILE, else certifi's; reading them takes 20 ms."""
    return httpx.create_ssl_context()
