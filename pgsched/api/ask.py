"""What a handler is given: who asks, ways to ask the database, and headers for the answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.requests import Request

from pgsched import db
from pgsched.auth import Principal
from pgsched.calls import Call
from pgsched.errors import ConditionRequired, VersionChanged

from .database import Conn, Database

if TYPE_CHECKING:
    from .door import Door
    from .hub import Hub

T = TypeVar("T")


@dataclass(slots=True)
class Ask:
    """One request, on behalf of somebody."""

    request: Request
    who: Principal
    door: Door
    database: Database
    hub: Hub
    headers: dict[str, str] = field(default_factory=dict[str, str])
    """Of the answer."""
    status: int | None = None
    """Of the answer, where it is not the route's."""
    conn: Conn | None = None
    """The transaction that the request is part of, where there is one."""

    async def run(self, call: Call[T]) -> T:
        """Run a call as who asks; in a transaction of its own, unless the request has one."""
        if self.conn is not None:
            return await db.run_async(self.conn, call)
        return await self.database.run(call, self.who.actor)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None]:
        """Let the calls that follow be of one transaction."""
        if self.conn is not None:
            yield
            return
        async with self.database.transaction(self.who.actor) as self.conn:
            try:
                yield
            finally:
                self.conn = None

    def expected(self) -> int:
        """
        The version that a change is of, by If-Match; `tag` gave it as ETag.

        Raises ConditionRequired without one, VersionChanged for one that we never gave.
        """
        given = self.request.headers.get("if-match")
        if given is None:
            raise ConditionRequired(
                "a change must say which version it is of",
                hint="send If-Match with the ETag that GET gave",
            )
        digits = given.strip().removeprefix('"').removesuffix('"')
        if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
            raise VersionChanged("the version of If-Match is none of this", detail=f"got {given}")
        return int(digits)

    def tag(self, version: int) -> None:
        """Say which version the answer shows."""
        self.headers["etag"] = f'"{version}"'

    def made(self, path: str, **query: Any) -> None:
        """Say where what was made is found."""
        self.headers["location"] = path
