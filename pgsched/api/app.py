"""The app: routes, what surrounds them, and what lives as long as the process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from itertools import groupby

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Path

from pgsched.errors import MethodNotAllowed, PgschedError
from pgsched.settings import Settings

from . import catalogue, events, health, jobs, log_in, metrics, openapi, runs, schedules, users
from .around import Around
from .database import Database
from .door import Door
from .hub import Hub
from .problems import answer, on_error
from .route import Route, Routes
from .serve import Endpoint, Serving, endpoint

ALL: tuple[Routes, ...] = tuple(
    part.ROUTES
    for part in (jobs, runs, catalogue, schedules, events, metrics, log_in, users, health)
)
_GZIP_BYTES_MIN = 1000


def create_app(settings: Settings) -> Starlette:
    """The HTTP API on a database, as an ASGI app."""
    alive: list[Serving] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with (
            Database(settings.dsn or "", settings.api_connections) as database,
            Hub(database) as hub,
        ):
            door = Door(database, guarded=settings.api_auth)
            hub.on("pgsched_user", door.forget)
            alive.append(Serving(database, door, hub, settings.body_bytes_max, settings.request_s))
            yield
            alive.clear()

    def serving() -> Serving:
        return alive[0]

    routes = [route for group in ALL for route in group.all]
    app = Starlette(
        routes=[*_paths(routes, serving), *openapi.paths(openapi.document(ALL))],
        middleware=[Middleware(Around), Middleware(GZipMiddleware, minimum_size=_GZIP_BYTES_MIN)],
        exception_handlers={PgschedError: on_error, HTTPException: on_error},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


def _paths(routes: list[Route], serving: Callable[[], Serving]) -> list[Path]:
    """One path each, with its methods: what has others is told which there are."""
    by_path = groupby(sorted(routes, key=lambda route: route.path), key=lambda route: route.path)
    made = [(path, {r.method: endpoint(r, serving) for r in group}) for path, group in by_path]
    # what is fixed before what is open: /v1/jobs/bulk before /v1/jobs/{id}
    made.sort(key=lambda each: each[0].replace("{", "~"))
    return [Path(path, _by_method(ends), methods=_METHODS) for path, ends in made]


_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]


def _by_method(ends: dict[str, Endpoint]) -> Endpoint:
    methods = {*ends, "HEAD"} if "GET" in ends else {*ends}

    async def answered(request: Request) -> Response:
        end = ends.get("GET" if request.method == "HEAD" else request.method)
        if end is not None:
            return await end(request)
        request.scope["pgsched.methods"] = methods
        return answer(
            request, MethodNotAllowed(f"{request.method} is none of the methods of this path")
        )

    return answered
