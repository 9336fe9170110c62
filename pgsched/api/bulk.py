"""Change many jobs at once, by their ids or by what they are."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, model_validator

from pgsched import calls, observe
from pgsched.calls import Call, Changed
from pgsched.errors import InvalidValue, JobNotFound, JobStateConflict
from pgsched.models import State

from .ask import Ask
from .jobs import Label, Priority, due, labels_of
from .route import Routes
from .shapes import Answered, Asked, Cursor, Due, Id, Moment, Name, cursor_of, place_of

ROUTES = Routes("bulk", "Many jobs at once, in transactions of at most 1000 of them.")
_STEP, _SHOWN, _TRIES = 1000, 100, 5
_SEARCH_S = 20.0
_KEY: observe.Kinds = {"id": int}


class JobFilter(Asked):
    """Which jobs: those that match all that is given, of which there must be something."""

    state: Annotated[State | None, Field(description="Left out: any that the action is for.")] = (
        None
    )
    queue: Name | None = None
    task: Name | None = None
    label: Label | None = None
    since: Annotated[Moment | None, Field(description="Made then or later.")] = None
    until: Annotated[Moment | None, Field(description="Made before then.")] = None

    @model_validator(mode="after")
    def something(self) -> JobFilter:
        """All jobs at once would be a mistake."""
        if not self.model_dump(exclude_none=True):
            raise ValueError("give at least one of state, queue, task, label, since, until")
        return self


class Chosen(Asked):
    """
    Which jobs: `ids`, or a `filter`, at most `limit` of them, the oldest first.

    `dry_run`: only tell which it would be. `cursor`: go on where an answer ended, its `next`.
    """

    ids: Annotated[list[Id], Field(min_length=1, max_length=_STEP)] | None = None
    filter: JobFilter | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] = _STEP
    dry_run: bool = False
    cursor: Cursor | None = None

    @model_validator(mode="after")
    def one_way(self) -> Chosen:
        """By ids or by filter."""
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give either ids or filter")
        return self


class ChosenMove(Chosen, Due):
    """Which jobs, and where and when they shall run; what is left out, or null, stays."""

    priority: Priority | None = None
    queue: Name | None = None

    @model_validator(mode="after")
    def something(self) -> ChosenMove:
        """Nothing to change is a mistake."""
        if not self.model_fields_set & {"due_at", "delay_s", "priority", "queue"}:
            raise ValueError("give due_at, delay_s, priority or queue")
        return self


class Refusal(Answered):
    """A job that was left as it is, and why."""

    id: Id
    code: Annotated[str, Field(description="PS001: there is none. PS020: its state forbids it.")]
    state: str | None


class Bulk(Answered):
    """What came of it; in a dry run, what would."""

    dry_run: bool
    count: Annotated[int, Field(description="How many were changed.")]
    ids: Annotated[list[Id], Field(description="The first 100 of them.")]
    refused_count: int
    refused: Annotated[list[Refusal], Field(description="The first 100 of them.")]
    next: Annotated[
        str | None, Field(description="Cursor: there may be more that match. null: no more.")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Action:
    """Something done to jobs in some states; by default, where there is a filter, in fewer."""

    call: Callable[[list[int]], Call[list[Changed]]]
    states: tuple[State, ...]
    by_default: tuple[State, ...]

    def sought(self, state: State | None) -> tuple[State, ...]:
        """The states of the jobs that a filter means."""
        if state is None:
            return self.by_default
        if state not in self.states:
            raise InvalidValue(
                f"this is not done to jobs that are {state}",
                hint="filter/state may be " + ", ".join(self.states),
                field="filter/state",
            )
        return (state,)


_WAITS: tuple[State, ...] = ("scheduled", "ready", "blocked")
_LIVES: tuple[State, ...] = (*_WAITS, "running")


@ROUTES.add("POST", "/v1/jobs/cancel", scope="write", time_s=120)
async def cancel_jobs(ask: Ask, body: Chosen) -> Bulk:
    """
    Cancel jobs: those that wait at once; those that run are told to stop.
    """
    return await _changed(
        ask, body, _Action(call=calls.cancel_jobs, states=_LIVES, by_default=_LIVES)
    )


@ROUTES.add("POST", "/v1/jobs/redrive", scope="write", time_s=120)
async def redrive_jobs(ask: Ask, body: Chosen) -> Bulk:
    """
    Run ended jobs again, now, with a fresh budget of attempts.

    Dead, cancelled or expired ones; a filter that names no state means the dead ones.
    """
    ended: tuple[State, ...] = ("dead", "cancelled", "expired")
    return await _changed(
        ask, body, _Action(call=calls.redrive_jobs, states=ended, by_default=("dead",))
    )


@ROUTES.add("POST", "/v1/jobs/change", scope="write", time_s=120)
async def change_jobs(ask: Ask, body: ChosenMove) -> Bulk:
    """Move jobs that wait to another time, priority or queue."""
    due_at = await due(ask, body)

    def move(ids: list[int]) -> Call[list[Changed]]:
        return calls.reschedule_jobs(ids, due_at, body.priority, body.queue)

    return await _changed(ask, body, _Action(call=move, states=_WAITS, by_default=_WAITS))


async def _changed(ask: Ask, chosen: Chosen, action: _Action) -> Bulk:
    done: list[int] = []
    refused: list[Refusal] = []
    after: int | None = None
    async for ids, following in _batches(ask, chosen, action):
        after = following
        if not ids:
            continue
        came = await (_would if chosen.dry_run else _done)(ask, ids, action)
        done += [each.id for each in came if each.done]
        refused += _refusals(ids, came)
    return Bulk(
        dry_run=chosen.dry_run,
        count=len(done),
        ids=done[:_SHOWN],
        refused_count=len(refused),
        refused=refused[:_SHOWN],
        next=None if after is None else cursor_of(ask.path, _KEY, {"id": after}),
    )


async def _batches(
    ask: Ask, chosen: Chosen, action: _Action
) -> AsyncGenerator[tuple[list[int], int | None]]:
    """
    Ids, at most 1000 at a time, and where to go on: until there are no more, or `limit`, or until
    it has looked for so long that the answer is due.
    """
    if chosen.ids is not None:
        yield list(dict.fromkeys(chosen.ids)), None
    if chosen.filter is None:
        return
    one = chosen.filter
    states, began, left = action.sought(one.state), time.monotonic(), chosen.limit
    place = place_of(ask.path, _KEY, chosen.cursor, "body/cursor")
    after = place[0] if place else 0
    while left and time.monotonic() - began < _SEARCH_S:
        found = await ask.run(
            calls.find_jobs(
                states,
                queue=one.queue,
                task=one.task,
                labels=labels_of(one.label),
                since=one.since,
                until=one.until,
                after=after,
                limit=min(left, _STEP),
            )
        )
        yield found.ids, found.next
        if found.next is None:
            return
        left, after = left - len(found.ids), found.next


async def _done(ask: Ask, ids: list[int], action: _Action) -> list[Changed]:
    """What came of it. A job that is being claimed or given back may take another try."""
    came: dict[int, Changed] = {}
    for _ in range(_TRIES):
        came |= {each.id: each for each in await ask.run(action.call(ids))}
        ids = [each.id for each in came.values() if not each.done and each.state in action.states]
        if not ids:
            break
    return list(came.values())


async def _would(ask: Ask, ids: list[int], action: _Action) -> list[Changed]:
    """What would come of it."""
    states = await ask.run(observe.states(ids))
    return [Changed(id, state in action.states, state) for id, state in states.items()]


def _refusals(ids: list[int], came: list[Changed]) -> list[Refusal]:
    """Of those that are not done; of some nothing is said, for they are not there."""
    of = {each.id: each for each in came}
    made = [
        (id, of[id].state if id in of else None) for id in ids if id not in of or not of[id].done
    ]
    return [
        Refusal(id=id, code=(JobStateConflict if state else JobNotFound).code, state=state)
        for id, state in made
    ]
