"""The line to an API: requests, what the answers mean, and how long to rest after errors."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from typing import Any

import httpx
import orjson

from ...errors import BodyTooLarge, Forbidden, NotAuthenticated, RouteNotFound
from ...jsontext import load_object
from ...remote.exchange import is_told, problem, retry_after_s
from ...remote.http import answer_of

log = logging.getLogger("pgsched.worker")
_TIMEOUT_S = 30.0
_CONNECT_S = 5.0
_AGAIN = (408, 425, 429)
# What it means where something in between has answered; all else it may say is no word of the API.
# The first three end a worker that has not met the API yet: its URL or key are wrong.
_UNMET = {401: NotAuthenticated, 403: Forbidden, 404: RouteNotFound}
_UNTOLD = {413: BodyTooLarge}
_REST_FIRST_S, _REST_MAX_S, _AFTER_MAX_S = 0.2, 10.0, 300.0
logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells of each request


class Unanswered(OSError):
    """
    The API could not be reached, or could not do it now: ask again, in `after_s` seconds at least.

    `code` is that of its problem; None: nobody answered, or something in between.
    """

    def __init__(self, told: str, *, code: str | None = None, after_s: float = 0.0) -> None:
        super().__init__(told)
        self.code, self.after_s = code, after_s


class Rest:
    """For how long to rest: at random up to a time that doubles with each error in a row."""

    def __init__(self) -> None:
        self._most_s = 0.0

    def after(self, error: Unanswered) -> float:
        """Seconds, no less than the API asked for."""
        self._most_s = min(max(self._most_s * 2, _REST_FIRST_S), _REST_MAX_S)
        return max(self._most_s * random.random(), error.after_s)

    def over(self) -> None:
        """It went well."""
        self._most_s = 0.0


class Line:
    """Asks an API, in asyncio. Raises Unanswered, and what its problems mean: PgschedError."""

    def __init__(self, api: str, token: str | None) -> None:
        headers = {"accept-encoding": "identity"}  # to zip what is short costs more than it saves
        if token:
            headers["authorization"] = f"Bearer {token}"
        limits = httpx.Limits(max_connections=None)
        self._client = httpx.AsyncClient(base_url=api, headers=headers, limits=limits)
        self._met = False  # whether it was the API that answered, once

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        has: str,
        wait_s: float = 0.0,
        headers: dict[str, str] | None = None,
        read: Callable[[str], Any] = load_object,
    ) -> Any:
        """
        The answer to one request, as Python has it, by `read`; one without `has` is none of the
        API's. `wait_s`: that it may wait of itself.
        """
        timeout = httpx.Timeout(_TIMEOUT_S + wait_s, connect=_CONNECT_S)
        try:
            response = await self._client.request(
                method, path, **_body(body, headers), timeout=timeout
            )
        except httpx.HTTPError as error:
            told = str(error) or type(error).__name__
            raise Unanswered(f"the API cannot be reached: {told}") from None
        if not response.is_success:
            raise self._refusal(response)
        try:
            content = read(response.text)
            content[has]
        except (ValueError, LookupError, TypeError, AttributeError):
            raise Unanswered("the answer is none of the API's") from None
        self._met = True
        return content

    def _refusal(self, response: httpx.Response) -> Exception:
        answer = answer_of(response)
        error, told = problem(answer), is_told(answer)
        self._met |= told
        if answer.status in _AGAIN or answer.status >= 500:
            after_s = min(retry_after_s(answer), _AFTER_MAX_S)
            return Unanswered(str(error), code=error.code if told else None, after_s=after_s)
        if told:
            return error
        means = (_UNTOLD if self._met else _UNMET | _UNTOLD).get(answer.status)
        if means is None:
            return Unanswered(str(error))
        return means(error.message, detail=error.detail, hint=error.hint)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()


def _body(body: Any, headers: dict[str, str] | None) -> dict[str, Any]:
    if body is None:
        return {"headers": headers}
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return {"content": content, "headers": {"content-type": "application/json", **(headers or {})}}
