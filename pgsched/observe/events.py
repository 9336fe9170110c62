"""Events, and who wants them."""

from __future__ import annotations

from datetime import datetime

from ..calls import Call
from ..errors import EventNotFound, HookNotFound, SubscriptionNotFound
from .base import RETENTION, Listing, Record, listing, select, the_one

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


def events(*, pattern: str, source: str | None, since: datetime) -> Listing:
    """Events since then of a type, of all below one (`order.*`) or of all (`*`), newest first."""
    below = pattern.endswith(".*")
    return listing(
        _EVENT,
        "from pgsched.event",
        {"id": int},
        [
            ("id >= pgsched.id_at(%s)", since),
            ("starts_with(type, %s)", pattern[:-1] if below else None),
            ("type = %s", None if below or pattern == "*" else pattern),
            ("source = %s", source),
        ],
        newest_first=True,
    )


def subscriptions() -> Listing:
    """Subscriptions, by name."""
    return listing(_SUBSCRIPTION, _SUBSCRIPTIONS, {"name": str})


def subscription(name: str) -> Call[Record]:
    """One subscription. Raises SubscriptionNotFound."""
    missing = SubscriptionNotFound(f"subscription {name!r} does not exist")
    return the_one(select(_SUBSCRIPTION, _SUBSCRIPTIONS + " where name = %s", [name]), missing)


def hooks() -> Listing:
    """Hooks by name; of the secrets of each, how many are good."""
    return listing(_HOOK, "from pgsched.hook", {"name": str})


def hook(name: str) -> Call[Record]:
    """One hook. Raises HookNotFound."""
    missing = HookNotFound(f"hook {name!r} does not exist", hint="see pgsched.hook")
    return the_one(select(_HOOK, "from pgsched.hook where name = %s", [name]), missing)
