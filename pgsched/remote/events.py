"""`client.events`: subscribe to events, and replay them, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Unpack

from ..calls.base import seconds
from ..client import events as client
from ..errors import SubscriptionNotFound
from ..models import SubscriptionColumns
from ..registry import Task, name_of
from .base import (
    Answer,
    Json,
    Request,
    Steps,
    Twin,
    change,
    changing,
    everything,
    get,
    json_of,
    name_in,
    nothing,
    plain,
    post,
    record,
    the_version,
    with_tag,
)

if TYPE_CHECKING:
    from .client import Client

_ONE = "/v1/subscriptions/{}"
_REPLAY_S = 600.0
_SET = (
    "event_type", "task", "filter", "args", "queue", "priority", "delay_s", "key", "enabled",
)  # fmt: skip


class Events(Twin):
    """
    Which events make jobs of which tasks, as `Scheduler.events` has it; `Client.emit` tells of one.

    Each method has its twin for asyncio, with an a before its name. `watch` and `unwatch` take a
    database.
    """

    _twin = client.Events

    def __init__(self, client: Client) -> None:
        self._on = client

    def subscribe(
        self, name: str, type: str, task: str | Task, **options: Unpack[SubscriptionColumns]
    ) -> int:
        """
        Let events of a type (`order.created`; `order.*`; `*`) make jobs of `task`; its version.

        A subscription that there is of this name becomes exactly so, but for `enabled`, which stays
        as it is unless given. Raises InvalidValue.
        """
        return self._on.run_steps(_subscribe(name, type, task, options))

    async def asubscribe(
        self, name: str, type: str, task: str | Task, **options: Unpack[SubscriptionColumns]
    ) -> int:
        """As `subscribe`, for asyncio."""
        return await self._on.run_steps_async(_subscribe(name, type, task, options))

    def unsubscribe(self, name: str) -> None:
        """End a subscription; the jobs that it made stay. Raises SubscriptionNotFound."""
        self._on.run_steps(_unsubscribe(name))

    async def aunsubscribe(self, name: str) -> None:
        """As `unsubscribe`, for asyncio."""
        await self._on.run_steps_async(_unsubscribe(name))

    def enable(self, name: str, enabled: bool = True) -> None:
        """Let a subscription make jobs of events to come, or none. Raises SubscriptionNotFound."""
        self._on.run_steps(_enable(name, enabled))

    async def aenable(self, name: str, enabled: bool = True) -> None:
        """As `enable`, for asyncio."""
        await self._on.run_steps_async(_enable(name, enabled))

    def subscriptions(self) -> list[Json]:
        """Every subscription: a dict of the columns of the view `pgsched.subscription`."""
        return self._on.run_steps(everything("/v1/subscriptions"))

    async def asubscriptions(self) -> list[Json]:
        """As `subscriptions`, for asyncio."""
        return await self._on.run_steps_async(everything("/v1/subscriptions"))

    def get(self, id: int) -> Json:
        """One event, with the jobs that were made of it. Raises EventNotFound."""
        return self._on.run(get(f"/v1/events/{id}", _event))

    async def aget(self, id: int) -> Json:
        """As `get`, for asyncio."""
        return await self._on.run_async(get(f"/v1/events/{id}", _event))

    def replay(self, name: str, since: datetime, until: datetime | None = None) -> int:
        """
        Make the jobs that a subscription has not made of events from `since` to below `until`.

        Both aware; `until` None: now. Safe to repeat: an event makes one job of a subscription,
        ever. Returns how many jobs. Raises SubscriptionNotFound, InvalidValue.
        """
        return self._on.run(_replay(name, since, until))

    async def areplay(self, name: str, since: datetime, until: datetime | None = None) -> int:
        """As `replay`, for asyncio."""
        return await self._on.run_async(_replay(name, since, until))


def _event(answer: Answer) -> Json:
    return record(answer.json())


def _put(name: str, tag: str | None, body: Json) -> Request[int]:
    return change("PUT", name_in(_ONE, name), the_version, tag, body)


def _found(name: str) -> Request[tuple[Json, str | None]]:
    return get(name_in(_ONE, name), with_tag)


def _subscribe(name: str, type: str, task: str | Task, options: SubscriptionColumns) -> Steps[int]:
    given: Json = dict(options)
    delay_s = seconds(given.pop("delay", None)) or 0
    body = plain({"event_type": type, "task": name_of(task), "delay_s": delay_s, **given})
    try:
        return (yield from changing(_found(name), lambda found: _put(name, found[1], body)))
    except SubscriptionNotFound:
        return (yield _put(name, None, body))


def _unsubscribe(name: str) -> Steps[None]:
    return changing(
        _found(name), lambda found: change("DELETE", name_in(_ONE, name), nothing, found[1])
    )


def _enable(name: str, enabled: bool) -> Steps[Any]:
    def changed(found: tuple[Json, str | None]) -> Request[int]:
        kept = {each: found[0][each] for each in _SET if found[0][each] is not None}
        return _put(name, found[1], kept | {"enabled": enabled})

    return changing(_found(name), changed)


def _replay(name: str, since: datetime, until: datetime | None) -> Request[int]:
    body = plain({"since": since} if until is None else {"since": since, "until": until})
    path = name_in(_ONE + "/replay", name)
    return post(path, lambda answer: answer.json()["jobs"], json_of(body), wait_s=_REPLAY_S)
