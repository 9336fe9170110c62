"""
Carries how runs ended to the API: all that has gathered, in one request at a time.

It is kept until the API has answered, and sent again after an error: what was done is found done.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ...context import LogLine
from ...endings import Ending
from ...errors import (
    Forbidden,
    InternalError,
    LeaseLost,
    NotAuthenticated,
    PgschedError,
    RequestTimeout,
    RouteNotFound,
)
from ...jsontext import clean
from ...models import Held, Misfit
from ..complete import Batch, Outbox
from ..courier import ASIDE_S, report
from .line import Line, Unanswered

log = logging.getLogger("pgsched.worker")
_FATAL = (LeaseLost, NotAuthenticated, Forbidden, RouteNotFound)
# What may be the fault of one of many, which must not hold up the others: a lock, or a defect.
_OF_ONE = (RequestTimeout.code, InternalError.code)
_A_REQUEST = 1000


@dataclass(slots=True)
class Parcel:
    """How the run of `job` ended; or, without one, a line of a handler."""

    body: dict[str, Any]
    job: Held | None = None
    refused: bool = False


class RemoteCourier:
    """One request at a time."""

    def __init__(self, line: Line, worker: str, outbox: Outbox) -> None:
        self._line, self._outbox = line, outbox
        self._path = f"/v1/workers/{worker}/finish"
        self._todo: list[list[Parcel]] = []
        self._aside: list[Parcel] = []
        self._aside_until = 0.0

    @property
    def pending(self) -> bool:
        """Whether there is something to carry, be it later."""
        return bool(self._outbox or self._todo or self._aside)

    @property
    def rest_s(self) -> float:
        """For how long there is nothing to do, where nothing else ends."""
        if self._outbox or self._todo:
            return 0.0
        return max(self._aside_until - time.monotonic(), 0.0) if self._aside else float("inf")

    @property
    def claims(self) -> set[int]:
        """Of which this worker has jobs whose ends the API does not know."""
        parcels = [*self._aside, *(each for some in self._todo for each in some)]
        return self._outbox.claims | {each.job.claim for each in parcels if each.job is not None}

    async def carry(self) -> None:
        """
        Carry all that has gathered.

        Raises Unanswered: what was not carried stays; and LeaseLost, NotAuthenticated, Forbidden.
        """
        if self._aside and time.monotonic() >= self._aside_until:
            self._todo += [[each] for each in self._aside]
            self._aside = []
        if self._outbox:
            parcels = _parcels(self._outbox.take())
            self._todo += [
                parcels[at : at + _A_REQUEST] for at in range(0, len(parcels), _A_REQUEST)
            ]
        while self._todo:
            some = self._todo[0]
            try:
                answer = await self._line.ask("POST", self._path, _content(some), has="ended")
            except Unanswered as error:
                if error.code in _OF_ONE:
                    self._todo[:1] = self._apart(some) or self._put_aside(some)
                if error.code != RequestTimeout.code:
                    raise
            except _FATAL:
                raise
            except PgschedError as error:
                self._todo[:1] = self._apart(some) or _replaced(some[0], error)
            else:
                del self._todo[0]
                ended = answer["ended"]
                report([Misfit(int(e["id"]), e["attempt"], e["verdict"]) for e in ended])

    def _apart(self, some: list[Parcel]) -> list[list[Parcel]]:
        """Two halves, to find out which of them it is; none for one alone."""
        half = len(some) // 2
        return [some[:half], some[half:]] if half else []

    def _put_aside(self, some: list[Parcel]) -> list[list[Parcel]]:
        """Somebody's transaction locks its claim, or the API cannot do it: later, then."""
        self._aside += some
        self._aside_until = time.monotonic() + ASIDE_S
        return []


def _replaced(parcel: Parcel, error: PgschedError) -> list[list[Parcel]]:
    """What to send in place of what the API will never take."""
    if parcel.job is None:
        log.warning("a line of a handler cannot be kept: %s", error)
        return []
    if parcel.refused:
        log.error("job %s cannot be ended: %s", parcel.job.id, error)
        return []
    reason = clean(f"the API refused how the run ended: {error}")
    made = _ended(parcel.job, Ending("failed", error=reason, final=True))
    made.refused = True
    return [[made]]


def _parcels(batch: Batch) -> list[Parcel]:
    parcels = [_said(line) for line in batch.lines]
    parcels += [_ended(job, end) for job, end in batch.singly()]
    for job, delay_s in batch.unstarted:
        parcel = _ended(job, Ending("released", after_s=delay_s))
        parcel.body["started"] = False
        parcels.append(parcel)
    return parcels


def _ended(job: Held, end: Ending) -> Parcel:
    body: dict[str, Any] = {
        "claim": str(job.claim),
        "id": str(job.id),
        "attempt": job.attempt,
        "outcome": end.kind,
    }
    if end.result is not None:
        body["result"] = orjson.Fragment(end.result)
    if end.error:
        body["error"] = end.error
    if end.after_s is not None:
        body["after_s"] = end.after_s
    if end.final:
        body["final"] = True
    return Parcel(body, job)


def _said(line: LogLine) -> Parcel:
    return Parcel(
        {
            "id": str(line.id),
            "attempt": line.attempt,
            "level": line.level,
            "message": line.message,
            "progress": line.progress,
        }
    )


def _content(some: Sequence[Parcel]) -> bytes:
    return orjson.dumps(
        {
            "ended": [each.body for each in some if each.job is not None],
            "logs": [each.body for each in some if each.job is None],
        }
    )
