"""Events, and who wants them."""

from __future__ import annotations

from datetime import datetime

from ..calls import Call
from ..errors import EventNotFound, HookNotFound, SubscriptionNotFound
from .base import RETENTION, Record, select, the_one

_EVENT = (
    "id", "type", "source", "subject", "external_id", "time", "data", "depth", "cause_job", "jobs",
    "problems", "attributes",
)  # fmt: skip
_SUBSCRIPTION = (
    "name", "event_type", "task", "filter", "args", "queue", "priority", "delay", "key", "enabled",
    "version", "updated_at", "task_known", "overridden",
)  # fmt: skip
_HOOK = (
    "name", "style", "event_type", "source", "tolerance_s", "header", "prefix", "algorithm",
    "encoding", "headers", "secrets", "disabled", "version", "created_at", "updated_at",
)  # fmt: skip
_SUBSCRIPTIONS = (
    "from pgsched.subscription left join (select d.name, d.overridden"
    " from pgsched.declaration as d where d.kind = 'subscription') as d using (name)"
)


def event(id: int) -> Call[Record]:
    """One event with the jobs that it made. Raises EventNotFound."""
    missing = EventNotFound(f"event {id} does not exist", hint=RETENTION)
    return the_one(select(_EVENT, "from pgsched.event where id = %s", [id]), missing)


def events(
    *, pattern: str, source: str | None, since: datetime, before: int | None = None, limit: int
) -> Call[list[Record]]:
    """
    Events since then of a type, of all below one (`order.*`) or of all (`*`), newest first.

    `before`: below this id.
    """
    return select(
        _EVENT,
        "from pgsched.event where id >= pgsched.id_at(%s) and (%s = '*' or type = %s"
        " or right(%s, 2) = '.*' and starts_with(type, left(%s, -1)))"
        " and (%s::text is null or source = %s) and id < coalesce(%s, 9223372036854775807)"
        " order by id desc limit %s",
        [since, pattern, pattern, pattern, pattern, source, source, before, limit],
    )


def subscriptions() -> Call[list[Record]]:
    """Every subscription."""
    return select(_SUBSCRIPTION, _SUBSCRIPTIONS + " order by name", [])


def subscription(name: str) -> Call[Record]:
    """One subscription. Raises SubscriptionNotFound."""
    missing = SubscriptionNotFound(f"subscription {name!r} does not exist")
    return the_one(select(_SUBSCRIPTION, _SUBSCRIPTIONS + " where name = %s", [name]), missing)


def hooks() -> Call[list[Record]]:
    """Every hook, by name; of its secrets, how many are good."""
    return select(_HOOK, "from pgsched.hook order by name", [])


def hook(name: str) -> Call[Record]:
    """One hook. Raises HookNotFound."""
    missing = HookNotFound(f"hook {name!r} does not exist", hint="see pgsched.hook")
    return the_one(select(_HOOK, "from pgsched.hook where name = %s", [name]), missing)
