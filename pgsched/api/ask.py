"""What a handler is given: who asks, ways to ask the database, and headers for the answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.requests import Request

from pgsched import calls, db
from pgsched.auth import Principal, Scope
from pgsched.calls import Call
from pgsched.errors import ConditionRequired, Forbidden, VersionChanged
from pgsched.observe import Listing, Record
from pgsched.urls import piece

from .around import header
from .database import Database, Transaction
from .door import Door
from .gathering import Gathering
from .hub import Hub
from .problems import FieldsRefused
from .shapes import Answered, Page, PageQuery, cursor_of, place_of

if TYPE_CHECKING:
    from .streams import Streams

T = TypeVar("T")
A = TypeVar("A", bound=Answered)
_KEY = re.compile(r"[!-~]{1,200}")


@dataclass(slots=True)
class Ask:
    """One request, on behalf of somebody."""

    request: Request
    who: Principal
    scope: Scope | None
    """That the request takes; None: it takes none."""
    door: Door
    database: Database
    hub: Hub
    streams: Streams
    gathering: Gathering
    headers: dict[str, str] = field(default_factory=dict[str, str])
    """Of the answer."""
    within: Transaction | None = None
    """The transaction that the request is part of, where there is one."""

    async def run(self, call: Call[T]) -> T:
        """Run a call as who asks; in a transaction of its own, unless the request has one."""
        if self.within is not None:
            return await db.run_async(self.within.conn, call)
        return await self.database.run(call, self.who.actor)

    async def together(self, some: Sequence[Call[Any]]) -> list[Any]:
        """As `run`, several calls in one transaction; their answers."""
        if self.within is not None:
            return [await self.run(call) for call in some]
        return await self.database.together(some, self.who.actor)

    async def make(self, row: bytes) -> int:
        """Make a job, of a row as `calls.enqueue_rows` takes it; its id."""
        if self.within is None:
            return await self.gathering.make(row, self.who.actor)
        [id] = await self.run(calls.enqueue_rows(b"[" + row + b"]"))
        return id

    async def as_worker(self, worker: str, *some: Call[Any]) -> list[Any]:
        """As `together`, by a worker. Raises LeaseLost unless it is that of who asks."""
        own = calls.own_worker(worker, self.who.queues)
        return (await self.together([own, *some]))[1:]

    async def may_still(self) -> None:
        """
        After it has waited: what is told from here on is for who may see it now.

        Raises NotAuthenticated and Forbidden once who asked may no more.
        """
        self.who = await self.door.admit(self.request, self.scope)

    async def gone(self) -> None:
        """Until who asks goes away; the body was read before."""
        while (await self.request.receive())["type"] != "http.disconnect":
            pass

    async def while_there(self, waiting: Coroutine[Any, Any, object]) -> None:
        """Until that is done, or who asks has gone away, for whom there is no use in waiting."""
        tasks = [asyncio.create_task(waiting), asyncio.create_task(self.gone())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            [came, _] = await asyncio.gather(*tasks, return_exceptions=True)
        if isinstance(came, Exception):  # nor one that was cut off
            raise came

    async def run_ahead(self, some: Iterable[Call[list[T]]]) -> list[T]:
        """What all of them read, one after the other; each is made while the one before runs."""
        found: list[T] = []
        running: asyncio.Task[list[T]] | None = None
        try:
            for call in some:
                if running is not None:
                    found += await running
                running = asyncio.create_task(self.run(call))
                await asyncio.sleep(0)  # so that it is sent
        finally:
            if running is not None:
                found += await running
        return found

    async def page(self, kind: type[A], of: Listing, query: PageQuery) -> Page[A]:
        """The page of a list that a query asks for."""
        after = place_of(self.path, of.key, query.cursor)
        found = await self.run(of.page(query.limit + 1, after))
        more = len(found) > query.limit
        return Page[A](
            items=[kind.of(row) for row in found[: query.limit]],
            next=cursor_of(self.path, of.key, found[query.limit - 1]) if more else None,
        )

    async def steps(self, steps: db.Steps[T]) -> T:
        """Run calls one after the other, each as `run`."""
        return await db.run_steps_async(steps, self.run)

    @asynccontextmanager
    async def transaction(self, *first: Call[Any]) -> AsyncGenerator[Transaction]:
        """Let the calls that follow be of one transaction; `first` only of one that begins here."""
        if self.within is not None:
            yield self.within
            return
        async with self.database.transaction(self.who.actor, *first) as self.within:
            try:
                yield self.within
            finally:
                self.within = None

    @property
    def path(self) -> str:
        """Where it goes to, decoded."""
        return self.request.scope["path"]

    @property
    def key(self) -> str | None:
        """Its Idempotency-Key. Raises FieldsRefused for one that is none."""
        key = header(self.request.scope, b"idempotency-key")
        if key is None:
            return None
        if not _KEY.fullmatch(key):
            told = "must have 1 to 200 characters of ASCII, no spaces"
        elif len(self.request.headers.getlist("idempotency-key")) > 1:
            told = "is there twice"
        else:
            return key
        raise FieldsRefused([{"at": "header/Idempotency-Key", "message": told}])

    @property
    def sees_all(self) -> bool:
        """Whether the jobs of everybody are shown to it, and so what is counted of them."""
        return self.who.role != "user"

    def require_all(self) -> None:
        """Raises Forbidden for a user, who sees only jobs of its own and its team's."""
        if not self.sees_all:
            raise Forbidden("this is about what all users have", hint="a viewer may see it")

    def expected(self) -> int:
        """
        The version that a change is of, by If-Match; `shown` gave it as ETag.

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

    def shown(self, kind: type[A], row: Record) -> A:
        """The answer that shows a row; its ETag says at which version."""
        self.headers["etag"] = f'"{row["version"]}"'
        return kind.of(row)

    def made(self, path: str, name: object) -> None:
        """Say where what was made is found: below a path, by its name or id."""
        self.headers["location"] = f"{path}/{piece(str(name))}"
