"""The two thin functions that send: one for threads, one for asyncio."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from typing import TypeVar

try:
    import httpx
except ImportError as error:
    raise ImportError("pgsched.remote takes httpx: pip install 'pgsched[client]'") from error

from ..errors import InvalidValue
from .base import Answer, Request, Steps
from .exchange import Conversation, Exchange, Lost, Pause, Sending

T = TypeVar("T")

# These come before a byte was sent.
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# Those that wait for jobs must not keep others from asking.
_LIMITS = httpx.Limits(max_connections=None)


class Http:
    """Connections to one API, opened at need, and the ways to run requests on them."""

    def __init__(self, url: str, exchange: Exchange, tls: ssl.SSLContext | None) -> None:
        if not url.startswith(("http://", "https://")):
            raise InvalidValue("url must begin with http:// or https://", detail=f"got {url!r}")
        self.url = url.rstrip("/")
        self._exchange = exchange
        # Nothing is verified where there is no TLS, and to read who is trusted takes 20 ms.
        self._tls = tls or url.startswith("https")
        self._opening = threading.Lock()
        self._client: httpx.Client | None = None
        self._async_client: httpx.AsyncClient | None = None

    def close(self) -> None:
        """Close the connections for threads."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def aclose(self) -> None:
        """Close all connections."""
        self.close()
        if self._async_client is not None:
            await self._async_client.aclose()
            self._async_client = None

    def run(self, request: Request[T]) -> T:
        """Carry out any request of this package. Raises PgschedError."""
        return self._converse(self._exchange.of(request))

    async def run_async(self, request: Request[T]) -> T:
        """As `run`, for asyncio."""
        return await self._converse_async(self._exchange.of(request))

    def run_steps(self, steps: Steps[T]) -> T:
        """Carry out requests one after the other."""
        return self._converse(self._exchange.of_all(steps))

    async def run_steps_async(self, steps: Steps[T]) -> T:
        """As `run_steps`, for asyncio."""
        return await self._converse_async(self._exchange.of_all(steps))

    def _converse(self, conversation: Conversation[T]) -> T:
        came = None
        try:
            while True:
                step = conversation.send(came)
                came = time.sleep(step.seconds) if isinstance(step, Pause) else self._send(step)
        except StopIteration as done:
            return done.value

    async def _converse_async(self, conversation: Conversation[T]) -> T:
        came = None
        try:
            while True:
                step = conversation.send(came)
                if isinstance(step, Pause):
                    came = await asyncio.sleep(step.seconds)
                else:
                    came = await self._send_async(step)
        except StopIteration as done:
            return done.value

    def _send(self, sending: Sending) -> Answer | Lost:
        with self._opening:
            if self._client is None:
                self._client = httpx.Client(verify=self._tls, limits=_LIMITS)
            client = self._client
        try:
            return answer_of(client.send(self._built(client, sending)))
        except httpx.RequestError as error:
            return _lost(error)

    async def _send_async(self, sending: Sending) -> Answer | Lost:
        if self._async_client is None:
            self._async_client = httpx.AsyncClient(verify=self._tls, limits=_LIMITS)
        client = self._async_client
        try:
            return answer_of(await client.send(self._built(client, sending)))
        except httpx.RequestError as error:
            return _lost(error)

    def _built(self, client: httpx.Client | httpx.AsyncClient, sending: Sending) -> httpx.Request:
        return client.build_request(
            sending.method,
            self.url + sending.path,
            params=sending.query or None,
            headers=dict(sending.headers),
            content=sending.content,
            timeout=sending.timeout_s,
        )


def answer_of(response: httpx.Response) -> Answer:
    """As data."""
    return Answer(response.status_code, response.headers, response.content)


def _lost(error: httpx.RequestError) -> Lost:
    return Lost(not isinstance(error, _UNSENT), str(error) or type(error).__name__)
