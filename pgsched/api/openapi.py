"""The OpenAPI 3.1 document: made of the routes, and of the same types that check what is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Path

from pgsched.errors import (
    BodyTooLarge,
    BodyTooSlow,
    Busy,
    ConditionRequired,
    Forbidden,
    InternalError,
    InvalidValue,
    KeyReused,
    MalformedRequest,
    MediaTypeUnknown,
    NotAuthenticated,
    PgschedError,
    RequestTimeout,
    ShownOnce,
    VersionChanged,
)

from .problems import MEDIA
from .route import JSON, NDJSON, Repeat, Route, Routes
from .shapes import Problem

Schema = dict[str, Any]
_REF = "#/components/schemas/{model}"
_TEXT: Schema = {"type": "string"}
_ALWAYS = (InvalidValue, Busy, RequestTimeout, InternalError)
_REPEATED: dict[Repeat, str] = {
    "kept": "Carry out once, however often this is sent with the same key.",
    "sealed": "Carry out once, however often this is sent with the same key. The answer is told"
    " again to who shows the same API key or access token.",
    "known": "Carry out once: who shows the same name and password, or token, is told the same.",
    "harmless": "Nothing is kept by it: to send this again does no harm.",
    "ending": "Carry out once, also if it is sent again by the access token that it has ended.",
}
_OF_BODIES = (MalformedRequest, BodyTooLarge, BodyTooSlow, MediaTypeUnknown)


def document(groups: Sequence[Routes]) -> Schema:
    """The whole document."""
    schemas = _Schemas([route for group in groups for route in group.all])
    paths: dict[str, Schema] = {}
    for group in groups:
        for route in group.all:
            paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "pgsched",
            "version": "1",
            "summary": "A job scheduler that needs nothing but Postgres.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "tags": [{"name": group.tag, "description": group.about} for group in groups],
        "paths": paths,
        "components": {
            "schemas": schemas.all,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An access token of POST /v1/auth/login, or an API key.",
                }
            },
        },
    }


def paths(made: Schema) -> list[Path]:
    """Where the document is read."""
    content = orjson.dumps(made)

    async def read(_: Request) -> Response:
        return Response(content, media_type=JSON)

    return [Path("/v1/openapi.json", read, methods=["GET"])]


class _Schemas:
    """The JSON Schemas of all types, those with a name by reference."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.all: Schema = {}
        self._of: dict[tuple[int, JsonSchemaMode], Schema] = {}
        asked: list[tuple[int, JsonSchemaMode, TypeAdapter[Any]]] = []
        for route in routes:
            bodies = (route.body, route.array, *route.media.values())
            for adapter in (*bodies, route.query, *route.parts.values()):
                if adapter is not None:
                    asked.append((id(adapter), "validation", adapter))
            if route.answer is not None:
                asked.append((id(route.answer), "serialization", route.answer))
        self._problem = TypeAdapter[Any](Problem)
        asked.append((id(self._problem), "serialization", self._problem))
        made, definitions = TypeAdapter.json_schemas(asked, ref_template=_REF)
        self._of = {(key, mode): schema for (key, mode), schema in made.items()}
        self.all = definitions.get("$defs", {})

    def asked(self, adapter: TypeAdapter[Any]) -> Schema:
        """Of what is asked."""
        return self._of[id(adapter), "validation"]

    def answered(self, adapter: TypeAdapter[Any]) -> Schema:
        """Of what is answered."""
        return self._of[id(adapter), "serialization"]

    @property
    def problem(self) -> Schema:
        """Of errors."""
        return self.answered(self._problem)

    def fields(self, adapter: TypeAdapter[Any]) -> tuple[dict[str, Schema], set[str]]:
        """The fields of a model, and which of them are needed."""
        schema = self.asked(adapter)
        if "$ref" in schema:
            schema = self.all[schema["$ref"].rpartition("/")[2]]
        return schema["properties"], set(schema.get("required", ()))


def _operation(route: Route, schemas: _Schemas) -> Schema:
    made: Schema = {
        "tags": [route.tag],
        "operationId": route.run.__name__,
        "summary": route.summary,
        "parameters": _parameters(route, schemas),
        "responses": _responses(route, schemas),
    }
    if route.about:
        made["description"] = route.about
    if route.scope is not None:
        made["security"] = [{"bearer": []}]
    if route.body is not None:
        schema = schemas.asked(route.body)
        if route.array is not None:
            schema = {"anyOf": [schema, schemas.asked(route.array)]}
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    elif route.lines is not None:
        # of a line; OpenAPI 3.1 has no word for a sequence
        made["requestBody"] = {"required": True, "content": {NDJSON: {"schema": _TEXT}}}
    elif route.media:
        content = {kind: {"schema": schemas.asked(of)} for kind, of in route.media.items()}
        made["requestBody"] = {"required": True, "content": content}
    return made


def _parameters(route: Route, schemas: _Schemas) -> list[Schema]:
    made: list[Schema] = [
        {"name": name, "in": "path", "required": True, "schema": schemas.asked(adapter)}
        for name, adapter in route.parts.items()
    ]
    if route.query is not None:
        fields, needed = schemas.fields(route.query)
        for name, schema in fields.items():
            made.append({"name": name, "in": "query", "required": name in needed, "schema": schema})
    if route.method == "POST":
        made.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": _REPEATED[route.repeat],
                "schema": {**_TEXT, "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
            }
        )
    if route.heeds_version or ConditionRequired in route.refusals:
        made.append({"name": "If-Match", "in": "header", **_matched(route)})
    return made


def _matched(route: Route) -> Schema:
    """What an If-Match is of, and how it looks."""
    schema: Schema = {**_TEXT, "pattern": '^"[0-9]{1,9}"$'}
    if ConditionRequired not in route.refusals and route.of is None:
        told = "To be left out: there is no ETag of this, and so none that matches."
        return {"description": told, "schema": schema}
    told = "The ETag of what is changed, as it was read."
    told += f" Left out: however the {route.of} is by now." if route.of else ""
    return {"description": told, "schema": {**schema, "examples": ['"1"']}}


def _responses(route: Route, schemas: _Schemas) -> Schema:
    if route.answer is None:
        made: Schema = {"204": {"description": "Done."}}
    else:
        content = {
            (route.text or JSON).partition(";")[0]: {"schema": schemas.answered(route.answer)}
        }
        made = {str(route.status): {"description": route.summary, "content": content}}
    refusals: list[type[PgschedError]] = [*route.refusals, *_ALWAYS]
    if route.scope is not None:
        refusals += (NotAuthenticated, Forbidden)
    if route.method in ("POST", "PUT", "PATCH"):
        refusals += _OF_BODIES
    if route.parts:
        refusals.append(MalformedRequest)
    if route.method == "POST" and route.repeat in ("kept", "sealed"):
        refusals.append(KeyReused)
    if route.method == "POST" and route.repeat == "sealed":
        refusals.append(ShownOnce)
    if route.heeds_version:
        refusals.append(VersionChanged)
    by_status: dict[int, list[type[PgschedError]]] = {}
    for each in dict.fromkeys(refusals):
        by_status.setdefault(each.status, []).append(each)
    for status, errors in sorted(by_status.items()):
        told = " ".join(f"{each.code}: {_first_line(each)}" for each in errors)
        made[str(status)] = {"description": told, "content": {MEDIA: {"schema": schemas.problem}}}
    return made


def _first_line(error: type[PgschedError]) -> str:
    return (error.__doc__ or "").strip().partition("\n")[0]
