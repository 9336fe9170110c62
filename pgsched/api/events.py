"""Events and subscriptions over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from pgsched import calls, observe
from pgsched.errors import ChainTooLong, EventNotFound, SubscriptionNotFound

from .ask import Ask
from .jobs import Made, Moment, Priority
from .route import Routes
from .shapes import Answered, Asked, Id, Name, Page, PageQuery, Text, cursor_ids, cursor_of

ROUTES = Routes("events", "What happened, and which tasks it makes jobs of.")
_REPLAY_STEP = 1000


class NewEvent(Asked):
    """An event. The same `id` of the same `source` twice is one event."""

    type: Annotated[Text, Field(examples=["order.created"])]
    data: Any = Field(default_factory=dict[str, Any])
    source: Text = "http"
    subject: Text | None = None
    id: Text | None = None


class Event(Answered):
    """An event, and what came of it."""

    id: Id
    type: str
    source: str
    subject: str | None
    external_id: Annotated[str | None, Field(description="The id that its source gave it.")]
    time: datetime
    data: Any
    depth: Annotated[int, Field(description="How many events came before it in its chain.")]
    cause_job: Id | None
    jobs: Annotated[list[Id] | None, Field(description="That were made of it.")]
    problems: list[str] | None


class EventsQuery(PageQuery):
    """Which events."""

    type: Annotated[Text, Field(description="order.created, order.* or *")] = "*"
    source: Text | None = None
    since: Annotated[Moment | None, Field(description="Left out: a day ago.")] = None


class SubscriptionBody(Asked):
    """
    Which events make jobs of which task.

    `filter`: a JSON path predicate on the event. `args`: a template: a string in it that begins
    with $ is a path into the event; left out, the job gets the whole event as `event`.
    """

    event_type: Annotated[Text, Field(description="order.created, order.* or *")]
    task: Name
    filter: Annotated[str, Field(max_length=10_000)] | None = None
    args: dict[str, Any] | None = None
    queue: Name | None = None
    priority: Priority | None = None
    delay_s: Annotated[float, Field(ge=0, le=250_000_000_000)] = 0
    key: Text | None = None
    enabled: bool | None = None


class Subscription(Answered):
    """A subscription as it stands."""

    name: str
    event_type: str
    task: str
    filter: str | None
    args: dict[str, Any] | None
    queue: str | None
    priority: int | None
    delay_s: float
    key: str | None
    enabled: bool
    version: int
    updated_at: datetime


class Replay(Asked):
    """Of which events; `until` left out: of all up to now."""

    since: AwareDatetime
    until: AwareDatetime | None = None


class Replayed(Answered):
    """How many jobs were made."""

    jobs: int


@ROUTES.add("POST", "/v1/events", scope="write", status=201, refusals=(ChainTooLong,))
async def emit_event(ask: Ask, body: NewEvent) -> Made:
    """Say that something happened: the jobs of all subscriptions that match are made."""
    id = await ask.run(calls.emit(body.type, body.data, body.source, body.subject, body.id, None))
    ask.made(f"/v1/events/{id}")
    return Made(id=id)


@ROUTES.add("GET", "/v1/events", scope="read")
async def list_events(ask: Ask, query: EventsQuery) -> Page[Event]:
    """List events, newest first."""
    before = cursor_ids(query.cursor)
    found = await ask.run(
        observe.events(
            pattern=query.type,
            source=query.source,
            since=query.since or datetime.now(UTC) - timedelta(days=1),
            before=before[0] if before else None,
            limit=query.limit + 1,
        )
    )
    more, rows = len(found) > query.limit, found[: query.limit]
    return Page[Event](
        items=[Event.of(row) for row in rows], next=cursor_of(rows[-1]["id"]) if more else None
    )


@ROUTES.add("GET", "/v1/events/{id}", scope="read", refusals=(EventNotFound,))
async def get_event(ask: Ask, id: Id) -> Event:
    """Show an event, with the jobs that were made of it."""
    return Event.of(await ask.run(observe.event(id)))


@ROUTES.add("GET", "/v1/subscriptions", scope="read")
async def list_subscriptions(ask: Ask) -> Page[Subscription]:
    """List subscriptions, by name."""
    found = await ask.run(observe.subscriptions())
    return Page[Subscription](items=[_of(row) for row in found])


@ROUTES.add("GET", "/v1/subscriptions/{name}", scope="read", refusals=(SubscriptionNotFound,))
async def get_subscription(ask: Ask, name: Name) -> Subscription:
    """Show a subscription."""
    return _of(await ask.run(observe.subscription(name)))


@ROUTES.add("PUT", "/v1/subscriptions/{name}", scope="admin")
async def put_subscription(ask: Ask, name: Name, body: SubscriptionBody) -> Subscription:
    """
    Let there be a subscription that is exactly so; of one that there is, only `enabled` may stay.
    """
    async with ask.transaction():
        await ask.run(calls.subscribe(name, **body.model_dump()))
        return _of(await ask.run(observe.subscription(name)))


@ROUTES.add(
    "DELETE",
    "/v1/subscriptions/{name}",
    scope="admin",
    status=204,
    refusals=(SubscriptionNotFound,),
)
async def remove_subscription(ask: Ask, name: Name) -> None:
    """End a subscription; the jobs that it made stay."""
    await ask.run(calls.unsubscribe(name))


@ROUTES.add(
    "POST",
    "/v1/subscriptions/{name}/replay",
    scope="admin",
    refusals=(SubscriptionNotFound,),
    time_s=600,
)
async def replay_subscription(ask: Ask, name: Name, body: Replay) -> Replayed:
    """
    Make the jobs that a subscription has not made of events of that time.

    Safe to repeat: an event makes one job of a subscription, ever.
    """
    until = body.until or await ask.run(calls.due_in(1))
    made, step = 0, _REPLAY_STEP
    while step == _REPLAY_STEP:
        step = await ask.run(calls.replay(name, body.since, until, _REPLAY_STEP))
        made += step
    return Replayed(jobs=made)


def _of(row: dict[str, Any]) -> Subscription:
    return Subscription.of(row | {"delay_s": row["delay"].total_seconds()})
