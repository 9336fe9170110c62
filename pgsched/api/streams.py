"""Streams of events (server-sent): for as long as somebody watches, and may."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, contextmanager, suppress

import anyio
from pydantic import BaseModel
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from pgsched import observe
from pgsched.errors import TooManyStreams
from pgsched.observe import Record

from .ask import Ask
from .problems import on_error

PING_S, _SEND_S, _GAP_S, _GRACE_S, _QUEUES_S = 15, 30, 0.2, 3, 1.0
Told = AsyncGenerator[ServerSentEvent]


def said(event: str, data: BaseModel, id: str | None = None) -> ServerSentEvent:
    """An event; `id` is what a client comes back with, as Last-Event-ID."""
    return ServerSentEvent(data.model_dump_json(), event=event, id=id, sep="\n")


class Places:
    """How many of something each user has at once."""

    def __init__(self, most: int, what: str) -> None:
        self._most, self._what = most, what
        self._taken: Counter[str] = Counter()

    @contextmanager
    def place(self, actor: str) -> Generator[None]:
        """For one more of a user. Raises TooManyStreams."""
        if self._taken[actor] >= self._most:
            raise TooManyStreams(f"this user has {self._most} {self._what} already", hint="end one")
        self._taken[actor] += 1
        try:
            yield
        finally:
            self._taken[actor] -= 1
            if not self._taken[actor]:
                del self._taken[actor]


class Streams(Places):
    """How many streams each user watches, and what several of them look at."""

    def __init__(self, most: int, waits_max: int) -> None:
        super().__init__(most, "streams")
        self.waits = Places(waits_max, "requests that wait")
        self._looking = asyncio.Lock()
        self._queues: list[Record] = []
        self._looked_at = -_QUEUES_S

    async def queues(self, ask: Ask) -> list[Record]:
        """All queues, as they were within the last second; for who sees all."""
        async with self._looking:
            if time.monotonic() - self._looked_at >= _QUEUES_S:
                self._queues = await ask.run(observe.queues().all)
                self._looked_at = time.monotonic()
            return self._queues


class Stream(EventSourceResponse):
    """
    What a generator tells, each event once the one before is sent; an error is the last event.

    A comment each 15 seconds shows that it lives. Whoever does not read for 30 is left.
    """

    def __init__(self, ask: Ask, tell: Callable[[Stream], Told]) -> None:
        self.ask = ask
        self._closing = anyio.Event()
        super().__init__(  # pyright: ignore[reportUnknownMemberType]: of its own content
            self._all(tell(self)),
            headers=ask.headers,
            ping=PING_S,
            ping_message_factory=lambda: ServerSentEvent(comment="here", sep="\n"),
            sep="\n",
            send_timeout=_SEND_S,
            shutdown_event=self._closing,
            shutdown_grace_period=_GRACE_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, in a place of the user's."""
        with self.ask.streams.place(self.ask.who.actor), suppress(SendTimeoutError):
            await super().__call__(scope, receive, send)

    async def goes_on(self, seconds: float) -> bool:
        """
        Whether to look again: after so many seconds, or when a job ended.

        Raises NotAuthenticated and Forbidden once who asked may no more.
        """
        began = time.monotonic()
        await self.ask.hub.sleep(seconds)
        if not self._closing.is_set():
            await asyncio.sleep(began + _GAP_S - time.monotonic())
        await self.ask.may_still()
        return not self._closing.is_set()

    async def _all(self, told: Told) -> Told:
        try:
            async with aclosing(told):
                async for each in told:
                    yield each
        except Exception as error:
            problem = await on_error(self.ask.request, error)
            yield ServerSentEvent(bytes(problem.body).decode(), event="error", sep="\n")


def come_back(last: str | None, parts: int) -> tuple[int, ...] | None:
    """The numbers of a Last-Event-ID; None for none, and for what we never said."""
    pieces = (last or "").split(".")
    if len(pieces) != parts or not all(p.isascii() and p.isdigit() and len(p) < 18 for p in pieces):
        return None
    return tuple(map(int, pieces))
