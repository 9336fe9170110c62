"""How workers say over HTTP how runs ended: many at once, fenced, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, cast

from pydantic import Field, model_validator

from pgsched import calls
from pgsched.calls import Call
from pgsched.endings import Ending, Kind, ending_calls, of_result, release_calls
from pgsched.errors import Forbidden
from pgsched.jsontext import clean
from pgsched.models import Hold, Misfit

from .ask import Ask
from .jobs import NewJob
from .shapes import Answered, Asked, Id, Seconds

Attempt = Annotated[int, Field(ge=1, le=2**31 - 1)]


class EndedJob(Asked):
    """
    A job whose run has ended. `checkpoint` is kept, and the jobs of `next` are made as its
    children, if and only if this worker still held it.
    """

    claim: Id
    id: Id
    attempt: Attempt
    outcome: Kind
    result: Annotated[Any, Field(description="Of one that succeeded.")] = None
    error: Annotated[str, Field(max_length=100_000)] = ""
    after_s: Annotated[
        Seconds | None,
        Field(description="Run it again so much later; left out: at once, a failure by its policy"),
    ] = None
    final: Annotated[bool, Field(description="A failure that need not be tried again.")] = False
    started: Annotated[
        bool, Field(description="false: a job that is released was not begun, so leaves no run.")
    ] = True
    checkpoint: Any = None
    next: Annotated[list[NewJob], Field(max_length=1000)] = Field(default_factory=list[NewJob])

    @property
    def fence(self) -> tuple[int, int, int]:
        """By what a worker proves that it holds the job."""
        return self.claim, self.id, self.attempt

    @property
    def keeps(self) -> bool:
        """Whether there is something to keep with its end."""
        return bool(self.next) or "checkpoint" in self.model_fields_set


class LogLine(Asked):
    """What a handler said, or how far it is (0 to 1)."""

    id: Id
    attempt: Attempt
    level: Annotated[str, Field(max_length=100)] = "info"
    message: Annotated[str | None, Field(max_length=1_000_000)] = None
    progress: Annotated[float | None, Field(ge=0, le=1)] = None


class Finish(Asked):
    """How runs ended, and what they said."""

    ended: Annotated[list[EndedJob], Field(max_length=10_000)] = Field(
        default_factory=list[EndedJob]
    )
    logs: Annotated[list[LogLine], Field(max_length=10_000)] = Field(default_factory=list[LogLine])

    @model_validator(mode="after")
    def each_once(self) -> Finish:
        """A run ends one way."""
        runs = [(job.id, job.attempt) for job in self.ended]
        if len(set(runs)) < len(runs):
            raise ValueError("ended names a run twice")
        return self


class Verdict(Answered):
    """What came of one."""

    id: Id
    attempt: int
    verdict: Annotated[
        str,
        Field(
            description="kept; lost: this worker did not hold it, nothing was done; else the"
            " outcome that its run has instead, as cancelled, where somebody had asked for that."
        ),
    ]


class Finished(Answered):
    """What came of each, in the order of `ended`."""

    ended: list[Verdict]


async def finish(ask: Ask, worker: str, body: Finish, result_bytes_max: int) -> Finished:
    """Write all of it, in one transaction. Raises LeaseLost, Forbidden, InvalidValue."""
    _require_right(ask, body)
    writes = _writes(worker, body, result_bytes_max)
    verdicts: dict[tuple[int, int], str] = {}
    if not any(job.outcome == "released" or job.keeps for job in body.ended):
        answers = await ask.as_worker(worker, *writes)
    else:
        async with ask.transaction():
            claims = sorted({job.claim for job in body.ended})
            [held] = await ask.as_worker(worker, calls.hold(worker, claims))
            await ask.together(_kept(worker, [job for job in body.ended if job.fence in held]))
            answers = await ask.together(writes)
        for job in body.ended:  # release() only counts
            if job.outcome == "released" and job.fence not in held:
                verdicts[job.id, job.attempt] = "lost"
    for answer in answers:
        for misfit in cast(list[Misfit], answer) if isinstance(answer, list) else []:
            verdicts[misfit.id, misfit.attempt] = misfit.verdict
    told = [
        {"id": j.id, "attempt": j.attempt, "verdict": verdicts.get((j.id, j.attempt), "kept")}
        for j in body.ended
    ]
    return Finished(ended=[Verdict.of(each) for each in told])


def _require_right(ask: Ask, body: Finish) -> None:
    """A key that is limited to queues, and is for no more than work, makes jobs there alone."""
    if ask.who.queues is None or ask.who.may("write"):
        return
    for new in (new for job in body.ended for new in job.next):
        if new.queue not in ask.who.queues:
            raise Forbidden(
                "the key makes jobs on its own queues alone",
                detail=f"got {new.queue or 'none'}, allowed {', '.join(sorted(ask.who.queues))}",
                hint="say on which queue each job of `next` is",
            )


def _writes(worker: str, body: Finish, result_bytes_max: int) -> list[Call[Any]]:
    made: list[Call[Any]] = []
    if body.logs:
        made.append(_log_call(worker, body.logs))
    for started in (False, True):
        released = [
            (job, job.after_s or 0.0)
            for job in body.ended
            if job.outcome == "released" and job.started == started
        ]
        made += release_calls(worker, released, started=started)
    endings = [(job, _ending(job, result_bytes_max)) for job in body.ended]
    return made + ending_calls(worker, [each for each in endings if each[1].kind != "released"])


def _ending(job: EndedJob, result_bytes_max: int) -> Ending:
    if job.outcome == "succeeded":
        return of_result(job.result, result_bytes_max)
    return Ending(job.outcome, error=clean(job.error), after_s=job.after_s, final=job.final)


def _kept(worker: str, jobs: Sequence[EndedJob]) -> list[Call[Any]]:
    """The calls that keep checkpoints and make jobs, which are children of those that ended."""
    rows = [
        new.model_copy(update={"parent_id": job.id}).model_dump_json(exclude_none=True).encode()
        for job in jobs
        for new in job.next
    ]
    making = [calls.enqueue_rows(b"[" + b",".join(rows) + b"]")] if rows else []
    made: list[Call[Any]] = [*making]
    for job in jobs:
        if "checkpoint" in job.model_fields_set:
            held = Hold(worker, job.claim, job.id, job.attempt)
            made.append(calls.save_checkpoint(held, job.checkpoint))
    return made


def _log_call(worker: str, lines: Sequence[LogLine]) -> Call[int]:
    return calls.log(
        worker,
        [line.id for line in lines],
        [line.attempt for line in lines],
        [clean(line.level) for line in lines],
        [None if line.message is None else clean(line.message) for line in lines],
        [line.progress for line in lines],
    )
