"""A bare route: what the API is measured against. `python -m bench.drive.bare PORT CONNECTIONS`."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import psycopg
import uvicorn
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

_INSERT: LiteralString = (
    "insert into public.bare (task, queue, priority, due_at, args)"
    " values (%s, %s, 0, clock_timestamp(), %s) returning id"
)


def app(dsn: str, connections: int) -> Starlette:
    """POST /v1/jobs: one INSERT, by a connection of the pool, prepared, in autocommit."""
    pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] = AsyncConnectionPool(
        dsn,
        min_size=connections,
        max_size=connections,
        kwargs={"autocommit": True, "prepare_threshold": 1},
        open=False,
    )

    async def create(request: Request) -> JSONResponse:
        body = await request.json()
        async with pool.connection() as conn:
            values = (body["task"], body["queue"], Jsonb(body["args"]))
            [[id]] = await (await conn.execute(_INSERT, values)).fetchall()
        return JSONResponse({"id": str(id)}, 201)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with pool:
            yield

    return Starlette(routes=[Route("/v1/jobs", create, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(
        app(os.environ["PGSCHED_DSN"], int(sys.argv[2])),
        port=int(sys.argv[1]),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
