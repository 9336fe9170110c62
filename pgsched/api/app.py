"""The app: routes, what surrounds them, and what lives as long as the process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from itertools import groupby
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.routing import Route as Path
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

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
from .around import Around
from .claiming import Desks
from .database import Database
from .door import Door
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
        await (self._packed if shows else self._plain)(scope, receive, send)


class _Router(Router):
    """Looks up what is fixed: to try one path after the other takes 1 us each."""

    def __init__(self, routes: list[Path], **options: Any) -> None:
        super().__init__(routes, **options)
        self._fixed = {path.path: path for path in routes if "{" not in path.path}

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path = self._fixed.get(scope["path"]) if scope["type"] == "http" else None
        if path is None:
            await super().app(scope, receive, send)
            return
        scope["path_params"] = {}
        await path.handle(scope, receive, send)


def _paths(routes: list[Route]) -> list[Path]:
    """One path each, with its methods: what has others is told which there are."""
    by_path = groupby(sorted(routes, key=lambda route: route.path), key=lambda route: route.path)
    made = [(path, {r.method: endpoint(r) for r in group}) for path, group in by_path]
    # what is fixed before what is open: /v1/jobs/bulk before /v1/jobs/{id}
    made.sort(key=lambda each: each[0].replace("{", "~"))
    return [Path(path, _Methods(ends)) for path, ends in made]


class _Methods:
    """The methods of one path."""

    def __init__(self, ends: dict[str, Endpoint]) -> None:
        self._ends = ends

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if method not in self._ends:
            scope["pgsched.methods"] = {*self._ends, *(["HEAD"] if "GET" in self._ends else [])}
            raise HTTPException(405)
        response = await self._ends[method](Request(scope, receive, send))
        await response(scope, receive, send)
