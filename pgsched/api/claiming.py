"""How workers take jobs over HTTP: at once, or as soon as there are some."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import orjson
from pydantic import Field

from pgsched import calls
from pgsched.auth import Principal
from pgsched.calls import Call
from pgsched.endings import release_calls
from pgsched.errors import Forbidden
from pgsched.models import Held
from pgsched.queues import Queue, Queues
from pgsched.sleeper import Sleeper

from .ask import Ask
from .shapes import Answered, Asked, Id, Name

WAIT_S_MAX = 60
# How often one that waits looks without being told: notifications are hints.
_POLL_S = 5.0
_DESKS_MAX = 10_000


class Wanted(Asked):
    """
    What a worker asks for.

    `holding`: the claims of which it has jobs; what else the database believes it to hold goes
    back. Send it after an answer was lost, and while nothing is under way that ends jobs of others.
    """

    limit: Annotated[
        int, Field(ge=0, le=1000, description="Jobs at most; 0: only what shall stop.")
    ] = 1
    wait_s: Annotated[
        float, Field(ge=0, le=WAIT_S_MAX, description="For so long, if there is nothing.")
    ] = 0
    queues: Annotated[
        dict[Name, Annotated[int, Field(ge=1, le=1000)]] | None,
        Field(
            min_length=1,
            max_length=1000,
            description="Of which, and their weights; left out: those that it registered, alike.",
            examples=[{"mail": 3, "default": 1}],
        ),
    ] = None
    suspect: Annotated[
        bool, Field(description="One job whose workers died, to run it alone, in place of others.")
    ] = False
    holding: Annotated[list[Id], Field(max_length=100_000)] | None = None


class TakenJob(Answered):
    """A job that this worker holds until it says how it ended, or its lease ends."""

    claim: Id
    id: Id
    attempt: int
    task: str
    args: dict[str, Any]
    timeout_s: Annotated[float | None, Field(description="Of its own; null: the task's.")]


class Taken(Answered):
    """Jobs to run, and those that run and shall stop."""

    jobs: list[TakenJob]
    cancelled: list[Id]
    more: Annotated[bool, Field(description="Jobs are due that could not be taken: ask again.")]
    next_due: Annotated[
        datetime | None, Field(description="Of what waits, where nothing was taken.")
    ]


class Desk:
    """
    What an API process remembers of one worker: where its claims go on in each lane, and what it
    was told. Nothing of it has to be known: another process looks at the whole, and tells it again.
    """

    def __init__(self, worker: str, weights: dict[str, int], asked: dict[str, int] | None) -> None:
        self._worker, self.weights, self.asked = worker, weights, asked
        self._queues = Queues(weights)
        self._looking = asyncio.Lock()
        self._told: set[int] = set()
        self._sleeper = Sleeper(worker)

    async def serve(self, ask: Ask, wanted: Wanted, bell: Bell) -> bytes:
        """The answer, as JSON. Nothing is claimed for who has gone away."""
        if not wanted.wait_s:
            return await self._serve(ask, wanted, bell, None)
        gone = asyncio.create_task(ask.gone())
        try:
            return await self._serve(ask, wanted, bell, gone)
        finally:
            gone.cancel()

    async def _serve(
        self, ask: Ask, wanted: Wanted, bell: Bell, gone: asyncio.Task[None] | None
    ) -> bytes:
        ends = time.monotonic() + wanted.wait_s
        holding = wanted.holding
        self._queues.stir()
        while gone is None or not gone.done():
            rung = bell.next  # what is told from here on is not missed
            held, cancelled = await self._look(ask, wanted, holding)
            holding = None
            if held and gone is not None and gone.done():
                for call in release_calls(
                    self._worker, [(job, 0.0) for job in held], started=False
                ):
                    await ask.run(call)
                break
            if held or set(cancelled) - self._told:
                self._told = set(cancelled)
                return _content(held, cancelled)
            self._told &= set(cancelled)
            if wanted.limit and self._queues.hungry:
                continue
            left_s = ends - time.monotonic()
            if left_s <= 0:
                more, next_due = await ask.together(
                    [calls.due_now(self._queues.names), calls.next_due(self._queues.names)]
                )
                return _content([], cancelled, more, next_due)
            rest_s = await self._lie_down(ask) if wanted.limit else _POLL_S
            await _first(rung, gone, min(rest_s, left_s))
            await ask.may_still()
            self._queues.stir()
        return _content([], [])

    async def _look(
        self, ask: Ask, wanted: Wanted, holding: list[int] | None
    ) -> tuple[list[Held], list[int]]:
        """Claim, and ask which running jobs shall stop."""
        async with self._looking:  # one look of a worker after the other
            asked: list[Call[Any]] = [
                calls.own_worker(self._worker, ask.who.queues),
                calls.cancels(self._worker),
            ]
            if holding is not None:
                asked.append(calls.evict(self._worker, holding, started=False))
            claims = self._claims(wanted)
            begun = time.monotonic()
            answers = await ask.together([*asked, *(call for *_, call in claims)])
            took_s = time.monotonic() - begun
            held: list[Held] = []
            for (queue, share, _), brought in zip(claims, answers[len(asked) :], strict=True):
                held += brought
                if queue is not None:
                    queue.claimed(brought, share, took_s)
                elif not brought:
                    self._queues.starve()
            if self._sleeper.is_busy(len(held), wanted.limit) and self._sleeper.listed:
                await self._sleeper.rise(ask.run)
            return held, answers[1]

    def _claims(self, wanted: Wanted) -> Sequence[tuple[Queue | None, int, Call[list[Held]]]]:
        if not wanted.limit:
            return []
        if wanted.suspect:
            return [(None, 1, calls.claim_suspect(self._worker, self._queues.names))]
        return self._queues.claims(self._worker, wanted.limit)

    async def _lie_down(self, ask: Ask) -> float:
        """Register as a sleeper; for how long to sleep."""
        rest = await self._sleeper.lie_down(ask.run, self._queues.names, _POLL_S)
        if rest is None:
            self._queues.sweep()
            return 0.0
        return max(min(rest), 0.001)


class Bell:
    """Rung when there may be jobs, or some shall stop; `next` is set when it is rung next."""

    def __init__(self) -> None:
        self.next = asyncio.Event()

    def ring(self) -> None:
        """Wake all who wait."""
        self.next.set()
        self.next = asyncio.Event()


class Desks:
    """The desks of an API process. A result of more than `result_bytes_max` fails its job."""

    def __init__(self, result_bytes_max: int) -> None:
        self.result_bytes_max = result_bytes_max
        self.bell = Bell()
        self._desks: dict[str, Desk] = {}

    async def serve(self, ask: Ask, worker: str, wanted: Wanted) -> bytes:
        """What `Desk.serve` does. Raises LeaseLost, Forbidden."""
        desk = self._desks.get(worker)
        if desk is None or wanted.queues != desk.asked:
            desk = await self._made(ask, worker, wanted)
        require_queues(ask.who, desk.weights)
        try:
            return await desk.serve(ask, wanted, self.bell)
        except BaseException:
            self.forget(worker)  # nothing that it knows is certain any more
            raise

    async def _made(self, ask: Ask, worker: str, wanted: Wanted) -> Desk:
        own = await ask.run(calls.own_worker(worker, ask.who.queues))
        if len(self._desks) >= _DESKS_MAX:
            self._desks.clear()
        weights = wanted.queues or dict.fromkeys(own.queues, 1)
        desk = Desk(worker, weights, wanted.queues)
        self._desks[worker] = desk
        return desk

    def forget(self, worker: str) -> None:
        """It has left, or may have."""
        self._desks.pop(worker, None)


def require_queues(who: Principal, queues: Sequence[str] | dict[str, int]) -> None:
    """Refuse queues that a key is not for. Raises Forbidden."""
    for queue in queues:
        if not who.may_work_on(queue):
            raise Forbidden(
                f"the key is not for queue {queue}",
                detail=f"it is for {', '.join(sorted(who.queues or ()))}",
                hint="name these: --queues of the worker, queues of the request",
            )


async def _first(rung: asyncio.Event, gone: asyncio.Task[None] | None, within_s: float) -> None:
    """Until the bell is rung, or who asks is gone; or so many seconds."""
    ringing = asyncio.create_task(rung.wait())
    try:
        waits = [ringing] if gone is None else [ringing, gone]
        await asyncio.wait(waits, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ringing.cancel()


def _content(
    held: list[Held], cancelled: list[int], more: bool = False, next_due: datetime | None = None
) -> bytes:
    """`Taken`; args as they came, with numbers that no float holds."""
    jobs = [
        {
            "claim": str(job.claim),
            "id": str(job.id),
            "attempt": job.attempt,
            "task": job.task,
            "args": orjson.Fragment(job.args),
            "timeout_s": job.timeout_s,
        }
        for job in held
    ]
    told = {"jobs": jobs, "cancelled": [str(id) for id in cancelled]}
    return orjson.dumps({**told, "more": more, "next_due": next_due})
