"""From route to endpoint: who asks, what is asked, once only, in time, and the answer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from pgsched import calls
from pgsched.errors import BodyTooLarge, InvalidValue, MalformedRequest, MediaTypeUnknown

from .ask import Ask
from .database import Database
from .door import Door
from .hub import Hub
from .problems import refused
from .route import JSON, NDJSON, Route


@dataclass(frozen=True, slots=True)
class Serving:
    """What all endpoints share."""

    database: Database
    door: Door
    hub: Hub
    body_bytes_max: int
    time_s: float


Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(route: Route, serving: Callable[[], Serving]) -> Endpoint:
    """What answers a route's requests."""

    async def answered(request: Request) -> Response:
        now = serving()
        async with asyncio.timeout(route.time_s or now.time_s):
            who = await now.door.admit(request, route.scope)
            ask = Ask(request, who, now.door, now.database, now.hub)
            given = {
                name: _checked(adapter, request.path_params[name], f"path/{name}")
                for name, adapter in route.parts.items()
            }
            if route.query is not None:
                given["query"] = _checked(route.query, _query(request), "query")
            elif request.url.query and route.method != "GET":
                raise InvalidValue("this path takes no query")
            raw = b""
            if route.method in ("POST", "PUT", "PATCH"):
                raw = await _read(request, route.body_bytes_max or now.body_bytes_max)
            if route.body is not None:
                _require_media(request, JSON)
                given["body"] = _read_json(route.body, raw)
            elif route.lines is not None:
                _require_media(request, NDJSON)
                given["lines"] = _read_lines(route.lines, raw)
            elif raw:
                raise InvalidValue("this path takes no body")
            return await _once(route, ask, raw, given)

    return answered


def _checked(adapter: TypeAdapter[Any], value: Any, where: str) -> Any:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise refused(where, error) from None


def _query(request: Request) -> dict[str, str]:
    asked = request.query_params.multi_items()
    if len(asked) != len(dict(asked)):
        raise InvalidValue("the query names something twice")
    return dict(asked)


async def _read(request: Request, most: int) -> bytes:
    """The body, unless it is too large; what is declared too large is not even begun."""
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > most:
        raise BodyTooLarge(f"the body must not exceed {most} bytes", detail=f"got {length}")
    pieces: list[bytes] = []
    size = 0
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > most:
                raise BodyTooLarge(f"the body must not exceed {most} bytes")
            pieces.append(piece)
    except ClientDisconnect:
        raise MalformedRequest("the body ended before its end") from None
    return b"".join(pieces)


def _require_media(request: Request, media: str) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != media:
        raise MediaTypeUnknown(f"the body must be {media}", detail=f"got {given or 'none'}")


def _read_json(adapter: TypeAdapter[Any], raw: bytes) -> Any:
    try:
        return adapter.validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] == "json_invalid":
            told = first["msg"].removeprefix("Invalid JSON: ")
            raise MalformedRequest("the body is not JSON", detail=told) from None
        raise refused("body", error) from None


def _read_lines(adapter: TypeAdapter[Any], raw: bytes) -> list[bytes]:
    """The lines that are not empty, each of them checked."""
    lines = [line for line in raw.split(b"\n") if line and not line.isspace()]
    if len(_read_json(adapter, b"[" + b",".join(lines) + b"]")) != len(lines):
        raise MalformedRequest("each line must be one JSON object")
    return lines


async def _once(route: Route, ask: Ask, raw: bytes, given: dict[str, Any]) -> Response:
    """
    Run the handler; where there is an Idempotency-Key, once for all requests with it.

    What it changes and what it answers are kept in one transaction: whoever repeats a request whose
    answer was lost gets that answer. An error keeps nothing.
    """
    key = ask.request.headers.get("idempotency-key")
    if key is None or route.method != "POST" or not route.once:
        return _response(route, ask, await route.run(ask, **given))
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise InvalidValue("Idempotency-Key must have 1 to 200 printable characters")
    digest = hashlib.sha256(f"{route.method} {ask.request.url.path}\n".encode() + raw).digest()
    async with ask.transaction():
        kept = await ask.run(calls.begin_request(ask.who.actor, key, digest))
        if kept is not None:
            status, headers, content = kept
            return _replayed(status, headers, content)
        response = _response(route, ask, await route.run(ask, **given))
        content = bytes(response.body).decode()
        await ask.run(
            calls.keep_answer(ask.who.actor, key, response.status_code, ask.headers, content)
        )
        return response


def _replayed(status: int, headers: dict[str, str], content: str) -> Response:
    return Response(content, status, {**headers, "idempotent-replayed": "true"}, JSON)


def _response(route: Route, ask: Ask, value: Any) -> Response:
    if route.text is not None:
        return Response(value, route.status, ask.headers, route.text)
    if route.answer is None:
        return Response(None, 204, ask.headers)
    return Response(route.answer.dump_json(value), ask.status or route.status, ask.headers, JSON)
