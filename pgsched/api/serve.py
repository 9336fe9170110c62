"""From route to endpoint: who asks, what is asked, once only, in time, and the answer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from weakref import WeakValueDictionary

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError
from starlette.requests import Request
from starlette.responses import Response

from pgsched import calls
from pgsched.calls import Call
from pgsched.errors import (
    BodyTooLarge,
    BodyTooSlow,
    ConditionRequired,
    InvalidValue,
    MalformedRequest,
    MediaTypeUnknown,
    VersionChanged,
)

from .around import header
from .ask import Ask
from .bodies import Lines, Rows, read_body, read_json, read_rows
from .database import Database
from .door import Door
from .gathering import Gathering
from .hub import Hub
from .problems import FieldsRefused, escaped, place_in, refused
from .route import JSON, NDJSON, Route
from .sealed import Sealed
from .shapes import Asked, Encoded, shallow
from .streams import Streams

_NO_QUERY = TypeAdapter(Asked)
_READING = "pgsched.reading"  # in a request's scope: its body is on its way


@dataclass(frozen=True, slots=True)
class Serving:
    """What all endpoints share."""

    database: Database
    door: Door
    hub: Hub
    body_bytes_max: int
    time_s: float
    streams: Streams
    gathering: Gathering
    keys: WeakValueDictionary[tuple[str, str], asyncio.Lock] = field(
        default_factory=WeakValueDictionary[tuple[str, str], asyncio.Lock]
    )
    """Of requests with an Idempotency-Key: those with one wait here, and not on connections."""


Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(route: Route) -> Endpoint:
    """What answers a route's requests."""

    async def answered(request: Request) -> Response:
        now: Serving = request.app.state.serving
        limit_s = route.time_s or now.time_s
        try:
            async with asyncio.timeout(limit_s):
                return await _answered(route, now, request)
        except TimeoutError:
            if request.scope.get(_READING):
                raise BodyTooSlow(f"the body took longer than {limit_s:g} s") from None
            raise

    return answered


async def _answered(route: Route, now: Serving, request: Request) -> Response:
    again = route.repeat == "ending" and header(request.scope, b"idempotency-key") is not None
    who = await now.door.admit(request, route.scope, outdated=again)
    ask = Ask(
        *(request, who, route.scope),
        *(now.door, now.database, now.hub, now.streams, now.gathering),
    )
    given = {
        name: _checked(adapter, request.path_params[name], f"path/{name}")
        for name, adapter in route.parts.items()
    }
    if route.query is not None:
        given["query"] = _checked(route.query, _query(request), "query")
    elif request.scope["query_string"] and route.heeds_query:
        _checked(_NO_QUERY, _query(request), "query")
    raw = b""
    if route.method in ("POST", "PUT", "PATCH"):
        raw = await _read(request, route.body_bytes_max or now.body_bytes_max)
    if route.body is not None:
        require_media(request, JSON)
        given["body"] = _body(route, route.body, raw)
    elif route.lines is not None:
        require_media(request, NDJSON)
        given["lines"] = Lines(raw, route.lines)
    elif route.media:
        given["raw"] = raw
    elif raw:
        raise InvalidValue("this path takes no body")
    try:
        return await _once(route, now, ask, raw, given)
    except InvalidValue as error:
        raise _at_field(route, given, error) from error


def _at_field(route: Route, given: dict[str, Any], error: InvalidValue) -> InvalidValue:
    """The error with the place of the field at fault, if it is known; not in which of many."""
    body = given.get("body")
    asked = getattr(body, "model_fields_set", ())
    place = None if isinstance(error, FieldsRefused) else place_in(route.fields, asked, error)
    if place is None:
        return error
    many = route.lines is not None or (isinstance(body, Rows) and body.many)
    return FieldsRefused.at("body" if many else place, error)


def _body(route: Route, one: TypeAdapter[Any], raw: bytes) -> Any:
    if route.array is not None:
        return read_rows(one, route.array, raw)
    # What is not kept may have anything: passwords, and results, of which each is its job's error.
    return (read_body if route.repeat == "kept" else read_json)(one, raw)


def _checked(adapter: TypeAdapter[Any], value: Any, where: str) -> Any:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise refused(where, error) from None


def _query(request: Request) -> dict[str, str]:
    asked = request.query_params.multi_items()
    once = dict(asked)
    if len(asked) != len(once):
        [twice, *_] = [name for name in once if len(request.query_params.getlist(name)) > 1]
        raise FieldsRefused([{"at": f"query/{escaped(twice)}", "message": "is there twice"}])
    return once


async def _read(request: Request, most: int) -> bytes:
    """The body, unless it is packed or too large; what is declared too large is not even begun."""
    packed = header(request.scope, b"content-encoding") or "identity"
    if packed.lower() != "identity":
        raise MediaTypeUnknown("a packed body is not read here", detail=f"got {packed}")
    length = header(request.scope, b"content-length") or "0"
    if length.isdigit() and int(length) > most:
        raise BodyTooLarge(f"the body must not exceed {most} bytes", detail=f"got {length}")
    # A list of pieces of one byte would take 40 times as much, a bytearray twice at the end.
    body, more = BytesIO(), True
    request.scope[_READING] = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise MalformedRequest("the body ended before its end")
        body.write(message.get("body", b""))
        more = message.get("more_body", False)
        if body.tell() > most:
            raise BodyTooLarge(f"the body must not exceed {most} bytes")
    request.scope[_READING] = False
    return body.getvalue()


def require_media(request: Request, media: str) -> None:
    """Raise MediaTypeUnknown unless the body is said to be of this type."""
    given = (header(request.scope, b"content-type") or "").partition(";")[0].strip().lower()
    if given != media:
        raise MediaTypeUnknown(f"the body must be {media}", detail=f"got {given or 'none'}")


async def _once(
    route: Route, now: Serving, ask: Ask, raw: bytes, given: dict[str, Any]
) -> Response:
    """
    Run the handler; where there is an Idempotency-Key, once for all requests with it; where there
    is an If-Match, on what is still as that says.

    What it changes and what it answers are kept in one transaction: whoever repeats a request whose
    answer was lost gets that answer. An error keeps nothing.
    """
    key = ask.key if route.method == "POST" and route.repeat != "harmless" else None
    expected = _expected(route, ask, given)
    if key is None or route.repeat in ("known", "ending"):
        if expected is None:
            return _response(route, ask, await route.run(ask, **given))
        async with ask.transaction():
            await ask.run(expected)
            return _response(route, ask, await route.run(ask, **given))
    sealed = Sealed(ask, key, raw) if route.repeat == "sealed" else None
    digest = _digest(route, ask.request, b"" if sealed else raw)
    actor = ask.who.actor
    turn = now.keys.setdefault((actor, key), asyncio.Lock())
    async with turn, ask.transaction(calls.begin_request(actor, key, digest)) as within:
        [kept] = within.found
        if kept is not None:
            status, headers, content = kept
            return _replayed(status, headers, sealed.opened(content) if sealed else content)
        if expected is not None:
            await ask.run(expected)
        response = _response(route, ask, await route.run(ask, **given))
        content = bytes(response.body).decode()
        told = sealed.closed(content) if sealed else content
        within.last = (calls.keep_answer(actor, key, response.status_code, ask.headers, told),)
        return response


def _expected(route: Route, ask: Ask, given: dict[str, Any]) -> Call[None] | None:
    """
    What refuses an action on a thing that is not as If-Match says; None without one, and where the
    handler sees to it. Raises VersionChanged where there is nothing that has an ETag.
    """
    if not route.heeds_version or ConditionRequired in route.refusals:
        return None
    if header(ask.request.scope, b"if-match") is None:
        return None
    if route.of is None:
        raise VersionChanged("this has no versions", hint="leave out If-Match")
    return calls.expect(route.of, str(given[next(iter(route.parts))]), ask.expected())


def _digest(route: Route, request: Request, raw: bytes) -> bytes:
    """Of all that a request says; where its body may be of several types, so do some headers."""
    said = [
        each
        for each in sorted(request.headers.items())
        if route.media and (each[0] == "content-type" or each[0].startswith("ce-"))
    ]
    to = f"{route.method} {route.path} {request.path_params} {said}\n"
    digest = hashlib.sha256(to.encode())
    digest.update(raw)
    return digest.digest()


def _replayed(status: int, headers: dict[str, str], content: str) -> Response:
    return Response(content, status, {**headers, "idempotent-replayed": "true"}, JSON)


def _response(route: Route, ask: Ask, value: Any) -> Response:
    if isinstance(value, Response):
        return value
    if route.text is not None:
        return Response(value, route.status, ask.headers, route.text)
    if route.answer is None:
        return Response(None, 204, ask.headers)
    if isinstance(value, Encoded):
        return Response(value.content, route.status, ask.headers, JSON)
    try:
        content = route.answer.dump_json(value)
    except PydanticSerializationError:  # pydantic ends at 255 levels, Postgres at some 6,000
        content = route.answer.dump_json(shallow(value, 200))
    return Response(content, route.status, ask.headers, JSON)
