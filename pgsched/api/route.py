"""
A route is data: from it come the app, the checks of what is asked, and the OpenAPI document.

A handler is an `async def` whose parameters say what it takes: `ask`, then what the path has by
their names, `query` (a model) and `body` (a model); what it returns is the answer's model.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    TypeAlias,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import BaseModel, FailFast, Field, TypeAdapter
from starlette.responses import Response
from typing_extensions import TypedDict

from pgsched.auth import Scope
from pgsched.errors import PgschedError

from .problems import Fields
from .shapes import Encoded

Handler = Callable[..., Awaitable[Any]]
JSON, NDJSON, STREAM = "application/json", "application/x-ndjson", "text/event-stream"
ARRAY_MAX = 5000
Repeat: TypeAlias = Literal["kept", "sealed", "known", "harmless", "ending"]
"""
By its Idempotency-Key a POST is carried out once, and its answer kept; or kept sealed, since answer
or body has a secret. Known: its handler knows it again by what it shows. Or nothing is kept, since
to repeat it is harmless; ending: and the access token that it came with, which the first has ended,
is good for that.
"""
VERSIONED = {
    "jobs": "job",
    "tasks": "task",
    "schedules": "schedule",
    "calendars": "calendar",
    "subscriptions": "subscription",
    "hooks": "hook",
    "endpoints": "endpoint",
}
"""What has an ETag, by where it stands in a path, and as `calls.expect` calls it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one path. `scope`: what a caller's credentials must allow; None: anybody."""

    method: str
    path: str
    tag: str
    run: Handler
    scope: Scope | None
    status: int
    summary: str
    about: str
    parts: dict[str, TypeAdapter[Any]]
    query: TypeAdapter[Any] | None
    body: TypeAdapter[Any] | None
    array: TypeAdapter[Any] | None
    lines: TypeAdapter[Any] | None
    media: dict[str, TypeAdapter[Any]]
    answer: TypeAdapter[Any] | None
    fields: Fields
    refusals: tuple[type[PgschedError], ...]
    body_bytes_max: int | None
    time_s: float | None
    repeat: Repeat
    text: str | None

    @property
    def heeds_version(self) -> bool:
        """
        Whether If-Match is read. Not of a DELETE of what has no versions, a revocation: nothing
        stands in its way; nor of what systems send that know nothing of our versions.
        """
        return self.method in ("POST", "PUT", "PATCH") and self.scope is not None

    @property
    def heeds_query(self) -> bool:
        """Whether an unknown query is refused: not of probes and webhooks, whose senders add it."""
        foreign = self.path.startswith(("/v1/hooks/", "/v1/callbacks/")) and self.scope is None
        return not (foreign or self.path.startswith(("/health/", "/metrics")))

    @property
    def of(self) -> str | None:
        """What an action changes that has a version: `/v1/jobs/{id}/cancel`, a job; None: none."""
        things, _, rest = self.path.removeprefix("/v1/").partition("/{")
        return VERSIONED.get(things) if self.method == "POST" and "}/" in rest else None


@dataclass(frozen=True)
class Routes:
    """The routes of one kind of thing, in the order in which they are read."""

    tag: str
    about: str
    all: list[Route] = field(default_factory=list[Route])

    def add(
        self,
        method: str,
        path: str,
        *,
        scope: Scope | None,
        status: int = 200,
        array_of: type | None = None,
        lines_of: type[BaseModel] | None = None,
        media: dict[str, Any] | None = None,
        refusals: tuple[type[PgschedError], ...] = (),
        body_bytes_max: int | None = None,
        time_s: float | None = None,
        repeat: Repeat = "kept",
        text: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """
        Make a handler the route of a path.

        `array_of`: what `body` is, or 1 to 5000 of them in an array; the handler gets it checked
        but as it came, as `Rows`. `lines_of`: what each line of a body of NDJSON is; the handler
        gets them, checked, as `lines`. `media`: what a body may be, by media type, where there are
        several; the handler gets it as it came, as `raw`. `refusals`: errors of its own.
        `body_bytes_max` and `time_s`: in place of those of the settings. `repeat`: what
        becomes of a POST's Idempotency-Key. `text`: the media type of an answer that is no JSON; of
        `STREAM` the handler makes the response itself.
        """

        def added(run: Handler) -> Handler:
            self.all.append(
                Route(
                    method=method,
                    path=path,
                    tag=self.tag,
                    run=run,
                    scope=scope,
                    status=status,
                    lines=_adapter(lines_of and Annotated[list[_fields_of(lines_of)], FailFast()]),
                    media={kind: TypeAdapter(of) for kind, of in (media or {}).items()},
                    refusals=refusals,
                    body_bytes_max=body_bytes_max,
                    time_s=time_s,
                    repeat=repeat,
                    text=text,
                    **_taken(run, path, array_of, lines_of, *(media or {}).values()),
                )
            )
            return run

        return added


_COUNT = Field(min_length=1, max_length=ARRAY_MAX)


def _taken(run: Handler, path: str, body: type | None, *others: Any) -> dict[str, Any]:
    """What a handler says that it does, takes and gives."""
    summary, _, about = inspect.cleandoc(run.__doc__ or "").partition("\n")
    types = get_type_hints(run, include_extras=True)
    answer = types["return"]
    if isinstance(answer, type) and issubclass(answer, Response):
        answer = str
    if get_origin(answer) is Encoded:
        [answer] = get_args(answer)
    return {
        "summary": summary.rstrip("."),
        "about": about.strip(),
        "parts": {name: TypeAdapter[Any](types[name]) for name in _names(path)},
        "query": _adapter(types.get("query")),
        "body": _adapter(body or types.get("body")),
        "array": _adapter(body and Annotated[list[body], _COUNT]),
        "answer": None if answer is type(None) else _adapter(answer),
        "fields": _fields(path, types.get("query"), types.get("body"), body, *others),
    }


def _fields(path: str, query: Any, *bodies: Any) -> Fields:
    """What may be in a request, and where; what is in a body goes first."""
    return {name: f"path/{name}" for name in _names(path)} | {
        name: f"{where}/{name}"
        for where, model in [("query", query), *(("body", each) for each in bodies)]
        for name in getattr(model, "model_fields", ())
    }


def _adapter(kind: Any) -> TypeAdapter[Any] | None:
    return None if kind is None else TypeAdapter(kind)


def _fields_of(model: type[BaseModel]) -> Any:
    """
    A model's fields as a TypedDict, for what is checked and then passed on as it came: without the
    models and their defaults, 1.8 us a line instead of 2.9. Validators of the whole are left out.
    """
    kinds: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        kind: Any = Annotated[info.annotation, *(info.metadata or [None])]
        kinds[name] = kind if info.is_required() else NotRequired[kind]
    make: Any = TypedDict  # a type checker takes names that stand there alone
    made = make(model.__name__, kinds)
    made.__pydantic_config__ = model.model_config
    return made


def _names(path: str) -> list[str]:
    """The parameters of a path: `/v1/jobs/{id}` has `id`."""
    return [piece.partition("}")[0].partition(":")[0] for piece in path.split("{")[1:]]
