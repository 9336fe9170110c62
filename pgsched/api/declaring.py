"""What code says of its tasks, written over HTTP when a worker starts that has no database."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import psycopg
from pydantic import Field

from pgsched import calls
from pgsched.errors import PgschedError, VersionChanged
from pgsched.models import Declaration, Policy

from .ask import Ask
from .jobs import Labels, Priority, Retry
from .route import Routes
from .shapes import Answered, Asked, LongText, Name

ROUTES = Routes("declarations", "What code says of its tasks.")
_TRIES = 3  # where somebody else changes a schedule at the same moment


class Beside(Asked):
    """A schedule or subscription that is declared beside a task."""

    name: Name
    columns: dict[str, Any]


class TaskDeclaration(Asked):
    """What code says of a task, and of what brings its jobs; what an operator has set holds."""

    queue: Name = "default"
    priority: Priority = 0
    max_attempts: Annotated[int, Field(ge=1, le=1000)] = 10
    retry: Retry = Retry(kind="exponential_jitter")
    timeout_s: Annotated[float, Field(gt=0, le=31_536_000)] | None = None
    isolation: Literal["none", "process"] = "none"
    transactional: bool = False
    description: LongText | None = None
    category: Name | None = None
    labels: Labels | None = None
    enabled: bool = True
    handler: LongText | None = None
    schedules: Annotated[list[Beside], Field(max_length=1000)] = Field(default_factory=list[Beside])
    subscriptions: Annotated[list[Beside], Field(max_length=1000)] = Field(
        default_factory=list[Beside]
    )


class Declared(Answered):
    """What of it is not written, and why."""

    problems: list[str]


@ROUTES.add("PUT", "/v1/tasks/{name}/declaration", scope="admin")
async def declare_task(ask: Ask, name: Name, body: TaskDeclaration) -> Declared:
    """
    Declare a task, with its schedules and subscriptions, as code does that runs it.

    Of those, what code declares no more is ended, and what is refused stands in nobody's way.
    """
    fields = body.model_dump(exclude={"retry", "schedules", "subscriptions"})
    retry: Any = body.retry.model_dump(exclude_none=True)
    await ask.run(calls.declare_task(name, Policy(**fields, retry=retry)))
    problems: list[str] = []
    beside: list[tuple[Literal["schedule", "subscription"], list[Beside]]] = [
        ("schedule", body.schedules),
        ("subscription", body.subscriptions),
    ]
    for kind, some in beside:
        named = [each.name for each in some]
        await ask.run(calls.retire_declarations(kind, [name], named))
        declare = calls.declare_schedule if kind == "schedule" else calls.declare_subscription
        for each in some:
            declared = Declaration(kind, each.name, name, each.columns)
            why = await _refusal(ask, declare(declared))
            if why:
                problems.append(f"{kind} {each.name}: {why}")
    return Declared(problems=problems)


async def _refusal(ask: Ask, call: calls.Call[None]) -> str:
    """Why it is not written; empty: it is."""
    for left in reversed(range(_TRIES)):
        try:
            await ask.run(call)
        except VersionChanged as error:
            if not left:
                return str(error)
        except psycopg.OperationalError:
            raise
        except (PgschedError, psycopg.Error) as error:
            return str(error).strip()
        else:
            break
    return ""
