"""How runs end, and the calls that say so: of workers, and of the API for those that come to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from . import calls
from .calls import Call
from .errors import InvalidValue
from .jsontext import clean, dump_value

Kind = Literal["succeeded", "failed", "timed_out", "cancelled", "snoozed", "released"]


class Fence(Protocol):
    """By what a worker proves that it holds a job: a `Held`, a `Hold`."""

    @property
    def claim(self) -> int: ...
    @property
    def id(self) -> int: ...
    @property
    def attempt(self) -> int: ...


@dataclass(slots=True)
class Ending:
    """
    The outcome of a run: `after_s` delays a retry or snooze, `final` forbids a retry, `refused`
    says that it stands for an ending that Postgres would not take.
    """

    kind: Kind
    result: str | None = None
    error: str = ""
    after_s: float | None = None
    final: bool = False
    refused: bool = False


def of_result(result: Any, bytes_max: int) -> Ending:
    """Succeeded with a result, or failed if the result cannot be kept as JSON."""
    if result is None:
        return Ending("succeeded")
    try:
        text = dump_value("the result", result)
    except InvalidValue as error:
        return Ending("failed", error=clean(str(error)), final=True)
    if len(text) > bytes_max or len(text.encode()) > bytes_max:
        error = f"the result must not exceed {bytes_max} bytes: store it elsewhere, return its key"
        return Ending("failed", error=error, final=True)
    return Ending("succeeded", result=text)


def ending_calls(
    worker: str,
    endings: Sequence[tuple[Fence, Ending]],
    tasks: Collection[str] | None = None,
) -> list[Call[Any]]:
    """
    One call for each kind of ending that occurs.

    `tasks` of those that succeeded; None: the database looks them up where it has to know them.
    """
    made: list[Call[Any]] = []
    if not endings:
        return made
    failed = [e for e in endings if e[1].kind in ("failed", "timed_out", "cancelled")]
    snoozed = [e for e in endings if e[1].kind == "snoozed"]
    released = [job for job, end in endings if end.kind == "released"]
    succeeded = [e for e in endings if e[1].kind == "succeeded"]
    if failed:
        made.append(
            calls.fail(
                worker,
                *_columns([job for job, _ in failed]),
                [end.error for _, end in failed],
                [end.kind for _, end in failed],
                [end.after_s for _, end in failed],
                [end.final for _, end in failed],
            )
        )
    if snoozed:
        columns = _columns([job for job, _ in snoozed])
        made.append(calls.snooze(worker, *columns, [end.after_s or 0.0 for _, end in snoozed]))
    made += release_calls(worker, [(job, 0.0) for job in released], started=True)
    if succeeded:
        columns = _columns([job for job, _ in succeeded])
        results = [end.result for _, end in succeeded]
        named = None if tasks is None else list(tasks)
        made.append(calls.finish(worker, *columns, results, named))
    return made


def release_calls(
    worker: str, jobs: Sequence[tuple[Fence, float]], *, started: bool
) -> list[Call[int]]:
    """One call for each delay, in seconds, after which jobs that are given back may run again."""
    made: list[Call[int]] = []
    for delay in sorted({delay for _, delay in jobs}):
        same = [job for job, each in jobs if each == delay]
        made.append(calls.release(worker, *_columns(same), [started] * len(same), delay))
    return made


def _columns(jobs: Sequence[Fence]) -> tuple[list[int], list[int], list[int]]:
    return [j.claim for j in jobs], [j.id for j in jobs], [j.attempt for j in jobs]
