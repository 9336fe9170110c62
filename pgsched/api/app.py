"""The app: routes, what surrounds them, and what lives as long as the process."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from itertools import groupby
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.routing import Route as Path
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from pgsched.errors import MalformedRequest
from pgsched.settings import Settings

from . import (
    bulk,
    calendars,
    callbacks,
    catalogue,
    declaring,
    docs,
    endpoints,
    events,
    health,
    hooks,
    jobs,
    log_in,
    metrics,
    openapi,
    previews,
    runs,
    schedules,
    settings,
    stats,
    users,
    watch,
    workers,
)
from .around import Around, header
from .claiming import Desks
from .database import Database
from .door import Door
from .gathering import Gathering
from .hub import Hub
from .route import Route, Routes
from .serve import Endpoint, Serving, endpoint
from .streams import Streams

ALL: tuple[Routes, ...] = tuple(
    part.ROUTES
    for part in (
        *(jobs, bulk, runs, watch, catalogue, declaring, workers, endpoints, callbacks),
        *(schedules, previews, calendars, events, hooks, stats, metrics, log_in, users),
        *(settings, health),
    )
)
_GZIP_BYTES_MIN = 1000
_NO_CODE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def create_app(settings: Settings) -> Starlette:
    """The HTTP API on a database, as an ASGI app."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with (
            Database(settings.dsn or "", settings.api_connections) as database,
            Hub(database) as hub,
        ):
            door = Door(database, guarded=settings.api_auth)
            hub.on("pgsched_user", door.forget)
            desks = app.state.desks = Desks(settings.result_bytes_max)
            for channel in ("pgsched", "pgsched_cancel"):
                hub.on(channel, desks.bell.ring)
            app.state.serving = Serving(
                database,
                door,
                hub,
                settings.body_bytes_max,
                settings.request_s,
                Streams(settings.api_streams, max(settings.api_clients // 4, 1)),
                Gathering(database, settings.request_s),
            )
            yield

    routes = [route for group in ALL for route in group.all]
    return _App(
        routes=[*_paths(routes), *openapi.paths(openapi.document(ALL)), *docs.paths()],
        lifespan=lifespan,
    )


class _App(Starlette):
    """Starlette with nothing around its router but ours: `Around` answers every error, too."""

    def __init__(self, routes: list[Path], lifespan: Callable[[Starlette], Any]) -> None:
        super().__init__()
        self.router = _Router(routes, redirect_slashes=False, lifespan=lifespan)

    def build_middleware_stack(self) -> ASGIApp:
        """Called once, by Starlette."""
        return Around(_Packing(self.router))


class _Packing:
    """What is shown is packed for who takes that; what is made has no large answers but bulk's."""

    def __init__(self, app: ASGIApp) -> None:
        self._plain, self._packed = app, GZipMiddleware(app, minimum_size=_GZIP_BYTES_MIN)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shows = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if shows and _packs_refused(scope):
            said = [each for each in scope["headers"] if each[0] != b"accept-encoding"]
            scope = {**scope, "headers": said}
        await (self._packed if shows else self._plain)(scope, receive, send)


def _packs_refused(scope: Scope) -> bool:
    """Whether gzip is named only to say no: by q=0, of which Starlette takes no notice."""
    for each in (header(scope, b"accept-encoding") or "").split(","):
        name, _, weight = "".join(each.lower().split()).partition(";q=")
        if name == "gzip":
            return weight != "" and not weight.strip("0.")
    return False


class _Router(Router):
    """
    Looks paths up by their pieces, each decoded by itself: names may hold what divides pieces.

    To try one path after the other took 1 us each; a path without parameters is found at once.
    """

    def __init__(self, routes: list[Path], **options: Any) -> None:
        super().__init__(routes, **options)
        self._fixed = {path.path.encode(): path for path in routes if "{" not in path.path}
        self._paths: dict[tuple[str | None, ...], Path] = {}
        self._open: dict[int, list[tuple[int, ...]]] = {}
        for path in routes:
            pieces = path.path.split("/")
            named = tuple(n for n, piece in enumerate(pieces) if piece.startswith("{"))
            self._paths[_without(pieces, named)] = path
            known = self._open.setdefault(len(pieces), [])
            known += [] if named in known else [named]
            known.sort(key=len)  # what is fixed before what is open: /v1/jobs/bulk, /v1/jobs/{id}

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await super().app(scope, receive, send)
            return
        path, scope["path_params"] = self._fixed.get(scope["raw_path"]), {}
        if path is None:
            path, scope["path_params"] = self._found(_pieces(scope["raw_path"]))
        await path.handle(scope, receive, send)

    def _found(self, pieces: list[str]) -> tuple[Path, dict[str, str]]:
        """A path, and what its parameters are."""
        for named in self._open.get(len(pieces), ()):
            path, names = self._paths.get(_without(pieces, named)), [pieces[n] for n in named]
            if path is not None and all(names):
                return path, dict(zip(path.param_convertors, names, strict=True))
        raise HTTPException(404)


def _without(pieces: list[str], named: tuple[int, ...]) -> tuple[str | None, ...]:
    return tuple(None if n in named else piece for n, piece in enumerate(pieces))


def _pieces(path: bytes) -> list[str]:
    """What a path says between its slashes. Raises MalformedRequest."""
    if _NO_CODE.search(path):
        raise MalformedRequest(
            "the path has a % without two hexadecimal digits", hint="write % in a name as %25"
        )
    try:
        return [unquote_to_bytes(piece).decode() for piece in path.split(b"/")]
    except UnicodeDecodeError:
        raise MalformedRequest(
            "the path is not UTF-8", hint="percent-encode a name's UTF-8, / as %2F"
        ) from None


def _paths(routes: list[Route]) -> list[Path]:
    """One path each, with its methods: what has others is told which there are."""
    by_path = groupby(sorted(routes, key=lambda route: route.path), key=lambda route: route.path)
    made = [(path, {r.method: endpoint(r) for r in group}) for path, group in by_path]
    return [Path(path, _Methods(ends)) for path, ends in made]


class _Methods:
    """The methods of one path."""

    def __init__(self, ends: dict[str, Endpoint]) -> None:
        self._ends = ends

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if method not in self._ends:
            methods = {*self._ends, *(["HEAD"] if "GET" in self._ends else [])}
            raise HTTPException(405, headers={"allow": ", ".join(sorted(methods))})
        response = await self._ends[method](Request(scope, receive, send))
        await response(scope, receive, send)
