"""
A route is data: from it come the app, the checks of what is asked, and the OpenAPI document.

A handler is an `async def` whose parameters say what it takes: `ask`, then what the path has by
their names, `query` (a model) and `body` (a model); what it returns is the answer's model.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, get_type_hints

from pydantic import TypeAdapter

from pgsched.errors import PgschedError

Handler = Callable[..., Awaitable[Any]]
Scope = Literal["read", "write", "admin", "worker"]
JSON, NDJSON = "application/json", "application/x-ndjson"


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
    lines: TypeAdapter[Any] | None
    answer: TypeAdapter[Any] | None
    refusals: tuple[type[PgschedError], ...]
    body_bytes_max: int | None
    time_s: float | None
    once: bool
    text: str | None


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
        lines_of: type | None = None,
        refusals: tuple[type[PgschedError], ...] = (),
        body_bytes_max: int | None = None,
        time_s: float | None = None,
        once: bool = True,
        text: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """
        Make a handler the route of a path.

        `lines_of`: what each line of a body of NDJSON is; the handler gets them, checked, as they
        came, as `lines`. `refusals`: errors of its own. `body_bytes_max` and `time_s`: in place
        of those of the settings. `once`: a POST may have an Idempotency-Key, so its answer is kept.
        `text`: the media type of an answer that is a text, not JSON.
        """

        def added(run: Handler) -> Handler:
            summary, _, about = inspect.cleandoc(run.__doc__ or "").partition("\n")
            self.all.append(
                Route(
                    method=method,
                    path=path,
                    tag=self.tag,
                    run=run,
                    scope=scope,
                    status=status,
                    summary=summary.rstrip("."),
                    about=about.strip(),
                    lines=_adapter(lines_of and list[lines_of]),
                    refusals=refusals,
                    body_bytes_max=body_bytes_max,
                    time_s=time_s,
                    once=once,
                    text=text,
                    **_taken(run, path),
                )
            )
            return run

        return added


def _taken(run: Handler, path: str) -> dict[str, Any]:
    """What a handler takes and gives, by its annotations."""
    types = get_type_hints(run, include_extras=True)
    answer = types["return"]
    return {
        "parts": {name: TypeAdapter[Any](types[name]) for name in _names(path)},
        "query": _adapter(types.get("query")),
        "body": _adapter(types.get("body")),
        "answer": None if answer is type(None) else _adapter(answer),
    }


def _adapter(kind: Any) -> TypeAdapter[Any] | None:
    return None if kind is None else TypeAdapter(kind)


def _names(path: str) -> list[str]:
    """The parameters of a path: `/v1/jobs/{id}` has `id`."""
    return [piece.partition("}")[0].partition(":")[0] for piece in path.split("{")[1:]]
