"""The outbox: runs that ended gather here until the next trip to the database takes them along."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .. import calls
from ..calls import Call
from ..context import LogLine
from ..endings import Ending, ending_calls, release_calls
from ..models import Held


@dataclass(slots=True)
class _Open:
    """A claim that this worker holds: how many jobs it has left, and which of them are done."""

    left: int
    done: list[Held] = field(default_factory=list[Held])


@dataclass(slots=True)
class Batch:
    """What one trip takes along. Sending it twice is harmless: what was done is found done."""

    whole: dict[int, list[Held]] = field(default_factory=dict[int, list[Held]])
    endings: list[tuple[Held, Ending]] = field(default_factory=list[tuple[Held, Ending]])
    unstarted: list[tuple[Held, float]] = field(default_factory=list[tuple[Held, float]])
    lines: list[LogLine] = field(default_factory=list[LogLine])

    def __bool__(self) -> bool:
        return bool(self.whole or self.endings or self.unstarted or self.lines)

    @property
    def claims(self) -> set[int]:
        """Of which it ends jobs."""
        singly = (job.claim for job, _ in [*self.endings, *self.unstarted])
        return {*self.whole, *singly}

    def singly(self) -> list[tuple[Held, Ending]]:
        """Every run of it on its own."""
        plain = Ending("succeeded")
        return [(job, plain) for jobs in self.whole.values() for job in jobs] + self.endings

    def calls(self, worker: str) -> list[Call[Any]]:
        """The calls that write it, whole claims last: by then their rows hold only those."""
        made: list[Call[Any]] = []
        if self.lines:
            made.append(log_call(worker, self.lines))
        made += ending_calls(
            worker,
            self.endings,
            _tasks(job for job, end in self.endings if end.kind == "succeeded"),
        )
        made += release_calls(worker, self.unstarted, started=False)
        if self.whole:
            tasks = _tasks(job for jobs in self.whole.values() for job in jobs)
            made.append(calls.finish_claims(worker, sorted(self.whole), tasks))
        return made


def _tasks(jobs: Iterable[Held]) -> list[str]:
    """Each once: so the database knows whether somebody may subscribe to one of these ends."""
    return list({job.task for job in jobs})


def log_call(worker: str, lines: list[LogLine]) -> Call[int]:
    """The call that keeps what handlers said."""
    return calls.log(
        worker,
        [line.id for line in lines],
        [line.attempt for line in lines],
        [line.level for line in lines],
        [line.message for line in lines],
        [line.progress for line in lines],
    )


class Outbox:
    """Gathers endings by claim: a claim whose jobs all plainly succeeded ends by its id alone."""

    def __init__(self) -> None:
        self._open: dict[int, _Open] = {}
        self._batch = Batch()
        self._piecemeal: set[int] = set()

    def __bool__(self) -> bool:
        return bool(self._batch or self._piecemeal)

    def __len__(self) -> int:
        """About how many runs have gathered."""
        whole = sum(map(len, self._batch.whole.values()))
        return whole + len(self._batch.endings) + len(self._piecemeal)

    @property
    def claims(self) -> set[int]:
        """The claims of which this worker still holds jobs, or has not said how they ended."""
        return {*self._open, *self._batch.claims}

    def opened(self, claim: int, jobs: int) -> None:
        """A claim of this many jobs was taken."""
        self._open[claim] = _Open(jobs)

    def succeeded(self, job: Held) -> None:
        """The job plainly succeeded: no result to keep."""
        claim = self._open[job.claim]
        claim.done.append(job)
        if len(claim.done) == claim.left:
            self._batch.whole[job.claim] = claim.done
            del self._open[job.claim]
            self._piecemeal.discard(job.claim)
        elif len(claim.done) == 1:
            self._piecemeal.add(job.claim)

    def ended(self, job: Held, ending: Ending) -> None:
        """The job ended otherwise, or with a result."""
        self._batch.endings.append((job, ending))
        self._leave(job.claim, 1)

    def unstarted(self, job: Held, delay_s: float) -> None:
        """The job was not started: it goes back, to run again after delay_s seconds."""
        self._batch.unstarted.append((job, delay_s))
        self._leave(job.claim, 1)

    def left(self, job: Held) -> None:
        """The job is in other hands: nothing is to be said of it here."""
        self._leave(job.claim, 1)

    def line(self, line: LogLine) -> None:
        """A handler has something to keep."""
        self._batch.lines.append(line)

    def _leave(self, claim_id: int, jobs: int) -> None:
        claim = self._open[claim_id]
        claim.left -= jobs
        if len(claim.done) == claim.left:
            if claim.done:
                self._batch.whole[claim_id] = claim.done
            del self._open[claim_id]
            self._piecemeal.discard(claim_id)

    def take(self) -> Batch:
        """All that has gathered; of claims that are not done, the jobs that are."""
        for claim_id in self._piecemeal:
            claim = self._open[claim_id]
            plain = Ending("succeeded")
            self._batch.endings += [(job, plain) for job in claim.done]
            claim.left -= len(claim.done)
            claim.done = []
        self._piecemeal.clear()
        batch, self._batch = self._batch, Batch()
        return batch
