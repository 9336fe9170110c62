"""What a change does to the runs that are to come: told of a dry run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from pydantic import Field

from pgsched import db, moves
from pgsched.observe import Record
from pgsched.time import Occasion

from .ask import Ask
from .schedules import Occurrence
from .shapes import Answered, Asked

TIME_S = 60.0
"""That it may take: 200 schedules, a year of each, twice."""

Dry = Annotated[bool, Field(description="Change nothing, tell what would move.")]


class DryQuery(Asked):
    """Whether it is done."""

    dry_run: Annotated[Dry, Field(strict=False)] = False


class MovedRun(Answered):
    """A coming run that moves; null, or skipped: it does not run."""

    schedule: str
    was: Occurrence | None
    now: Occurrence | None


class Effect(Answered):
    """What a change does to coming runs: looked at in a dry run alone, else null."""

    dry_run: bool
    moved: list[MovedRun] | None
    unseen: Annotated[
        list[str] | None, Field(description="Schedules not looked at: there are more than 200.")
    ]


@asynccontextmanager
async def moving(
    ask: Ask, concerned: db.Steps[list[str]] | list[str], *, dry_run: bool
) -> AsyncGenerator[Record]:
    """
    A transaction for a change that concerns these schedules, rolled back in a dry run, and the
    fields of its `Effect`: filled when the body has ended.
    """
    effect: Record = {"dry_run": dry_run, "moved": None, "unseen": None}
    async with (
        ask.transaction() as within,
        within.conn.transaction(force_rollback=dry_run),
    ):
        if not dry_run:
            yield effect
            return
        names = concerned if isinstance(concerned, list) else await ask.steps(concerned)
        before = await ask.steps(moves.seen(names))
        yield effect
        after = await ask.steps(moves.seen(names))
    found = await asyncio.to_thread(moves.between, before, after)
    effect["unseen"] = list(found.unseen)
    effect["moved"] = [
        MovedRun(schedule=each.schedule, was=_seen(each.was), now=_seen(each.now)) for each in found
    ]


def _seen(occasion: Occasion | None) -> Occurrence | None:
    return None if occasion is None else Occurrence.seen(occasion)
