"""Errors as answers: RFC 9457, with a stable code, and the field at fault."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Self, TypeAlias

import orjson
import psycopg
from psycopg import errors as pg
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from pgsched.errors import (
    Busy,
    InternalError,
    InvalidValue,
    MalformedRequest,
    MethodNotAllowed,
    PgschedError,
    RequestTimeout,
    RouteNotFound,
    TooManyAttempts,
)

log = logging.getLogger("pgsched.api")
MEDIA = "application/problem+json"
RETRY_S = 1
_BEGINS = re.compile(r"(?:the |an? )?([a-z][a-z_.]*(?:, [a-z_]+)*)")
_OF_KEY = "[key]"  # which pydantic puts behind a key that is refused: no piece of a pointer
_FAULTS_MAX = 1000  # more are counted: each takes a microsecond and a kilobyte to tell


class FieldsRefused(InvalidValue):
    """Several fields may be wrong at once; each is named."""

    def __init__(self, faults: list[dict[str, str]], *, hint: str | None = None) -> None:
        super().__init__("the request is not valid", detail=_first(faults), hint=hint)
        self.faults = faults

    @classmethod
    def at(cls, place: str, error: InvalidValue) -> Self:
        """What was refused beyond the request's types, with the place of the field at fault."""
        made = cls([{"at": place, "message": _told(error)}], hint=error.hint)
        made.message, made.detail = error.message, error.detail
        return made


Fields: TypeAlias = Mapping[str, str]
"""What a request may have, by name, and where: `task` at `body/task`."""


def place_in(fields: Fields, asked: Collection[str], error: InvalidValue) -> str | None:
    """
    Where the field is that an error names, or begins with; None: it is none of these. Of several,
    that which was asked for.
    """
    found = _BEGINS.match(error.message)
    named = [error.field] if error.field else found[1].split(", ") if found else []
    for field in sorted(named, key=lambda each: each not in asked):
        name, *rest = re.split(r"[./]", field)
        place = fields.get(name) or fields.get(f"{name}_s")
        if place:
            return "/".join((place, *rest))
    return None


@contextmanager
def about(field: str) -> Generator[None]:
    """Name the field whose value is refused in here."""
    try:
        yield
    except FieldsRefused:
        raise
    except InvalidValue as error:
        raise FieldsRefused([{"at": field, "message": _told(error)}], hint=error.hint) from None


def _told(error: PgschedError) -> str:
    return f"{error.message}: {error.detail}" if error.detail else error.message


def _first(faults: list[dict[str, str]]) -> str:
    return f"{faults[0]['at']}: {faults[0]['message']}"


def refused(where: str, error: ValidationError, first: int = 0) -> FieldsRefused:
    """What pydantic found, each fault with its JSON Pointer; `first` is the number of item 0."""
    if error.error_count() > _FAULTS_MAX:
        return FieldsRefused([{"at": where, "message": f"{error.error_count()} things are wrong"}])
    faults: list[dict[str, str]] = []
    for each in error.errors(include_url=False, include_context=False, include_input=False)[:20]:
        loc = each["loc"]
        if first and isinstance(loc[0], int):
            loc = (loc[0] + first, *loc[1:])
        path = "".join(f"/{escaped(part)}" for part in loc if part != _OF_KEY)
        message = each["msg"].removeprefix("Value error, ")
        faults.append({"at": f"{where}{path}", "message": message})
    return FieldsRefused(faults)


def escaped(part: object) -> str:
    """A piece of a JSON Pointer."""
    return str(part).replace("~", "~0").replace("/", "~1")


async def on_error(request: Request, error: Exception) -> Response:
    """The answer for any error. What is our own defect is logged, and told without its insides."""
    told = answer(request, named(request, error))
    if isinstance(error, HTTPException):
        told.headers.update(error.headers or {})  # Allow
    return told


def named(request: Request, error: Exception) -> PgschedError:
    """The named error for what came up."""
    if isinstance(error, PgschedError):
        return error
    if isinstance(error, HTTPException):
        return _of_http(request, error)
    if isinstance(error, TimeoutError):
        return RequestTimeout("the request took too long; nothing of it was kept")
    if isinstance(error, pg.QueryCanceled | pg.LockNotAvailable):
        return RequestTimeout("the database took too long; nothing of it was kept")
    if isinstance(error, pg.InsufficientPrivilege):
        log.error("the API's role lacks a right: %s", error, extra=_extra(request))
        return InternalError("the API's role in Postgres lacks a right", hint="see grant_admin()")
    if isinstance(error, pg.DataError | pg.IntegrityError | pg.ProgramLimitExceeded):
        return InvalidValue(error.diag.message_primary or "the database refuses a value")
    if isinstance(error, pg.OperationalError):
        log.warning("the database: %s", _line(error), extra=_extra(request))
        return Busy("the database cannot be reached", hint="ask again later")
    log.error("%s", type(error).__name__, exc_info=error, extra=_extra(request))
    return InternalError("something went wrong here", hint="the log says more, by request_id")


def _of_http(request: Request, error: HTTPException) -> PgschedError:
    if error.status_code == 404:
        return RouteNotFound("there is nothing at this path", hint="see /v1/openapi.json")
    if error.status_code == 405:
        return MethodNotAllowed(f"{request.method} is none of the methods of this path")
    return MalformedRequest(error.detail)


def _line(error: psycopg.Error) -> str:
    return " ".join(str(error).split())


def _extra(request: Request) -> dict[str, Any]:
    return {"request_id": request.scope.get("pgsched.request_id")}


def answer(request: Request, error: PgschedError) -> Response:
    """The problem document of an error."""
    content: dict[str, Any] = {
        "type": f"urn:pgsched:problem:{error.code}",
        "title": re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _public(type(error)).__name__).capitalize(),
        "status": error.status,
        "code": error.code,
        "detail": _told(error),
        "hint": error.hint,
        "errors": error.faults if isinstance(error, FieldsRefused) else None,
        "request_id": request.scope.get("pgsched.request_id", ""),
    }
    headers = {"cache-control": "no-store"}
    if error.status in (425, 429, 503):
        wait_s = error.retry_after_s if isinstance(error, TooManyAttempts) else RETRY_S
        headers["retry-after"] = str(wait_s)
    if error.status == 401:
        headers["www-authenticate"] = 'Bearer realm="pgsched"'
    if error.status == 408:
        headers["connection"] = "close"  # the rest of the body is not waited for
    kept = {name: value for name, value in content.items() if value is not None}
    return Response(orjson.dumps(kept), error.status, headers, MEDIA)


def _public(cls: type[PgschedError]) -> type[PgschedError]:
    """The class that the table of errors has."""
    return cls if "code" in vars(cls) else cls.__mro__[1]
