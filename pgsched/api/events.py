"""Events and subscriptions over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import Field, TypeAdapter

from pgsched import calls, observe
from pgsched.client.events import replaying
from pgsched.errors import (
    ChainTooLong,
    ConditionRequired,
    EventNotFound,
    InvalidValue,
    JobNotFound,
    MediaTypeUnknown,
    SubscriptionNotFound,
    VersionChanged,
)
from pgsched.observe import Record

from . import cloudevents
from .ask import Ask
from .bodies import read_body
from .cloudevents import Batch, CloudEvent
from .jobs import Priority
from .problems import FieldsRefused
from .route import JSON, Routes
from .serve import require_media
from .shapes import Answered, Asked, Id, Moment, Name, Page, PageQuery, Text

ROUTES = Routes("events", "What happened, and which tasks it makes jobs of.")


_CHANGING = (SubscriptionNotFound, ConditionRequired, VersionChanged)


class NewEvent(Asked):
    """An event. The same `id` of the same `source` twice is one event."""

    type: Annotated[Text, Field(examples=["order.created"])]
    data: Any = Field(default_factory=dict[str, Any])
    source: Text = "http"
    subject: Text | None = None
    id: Text | None = None
    cause_job: Annotated[Id | None, Field(description="The job that tells of it.")] = None


class Emitted(Answered):
    """The event, and whether it had been told of before: then nothing was made."""

    id: Id
    known: Annotated[bool, Field(description="An event of this source and id was there.")]


class EmittedMany(Answered):
    """The events of a batch, in its order."""

    items: list[Emitted]


_NEW: TypeAdapter[NewEvent] = TypeAdapter(NewEvent)


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
    attributes: Annotated[
        dict[str, Any] | None, Field(description="What else a CloudEvent had: its extensions.")
    ]


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

    @classmethod
    def of(cls, row: Record) -> Self:
        """Of a row, with its delay in seconds."""
        return super().of(row | {"delay_s": row["delay"].total_seconds()})


class Replay(Asked):
    """Of which events; `until` left out: of all up to now."""

    since: Moment
    until: Moment | None = None


class Replayed(Answered):
    """How many jobs were made."""

    jobs: int


@ROUTES.add(
    "POST",
    "/v1/events",
    scope="write",
    status=201,
    refusals=(ChainTooLong, JobNotFound),
    media={
        JSON: NewEvent,
        cloudevents.ONE: CloudEvent,
        cloudevents.MANY: Batch,
    },
)
async def emit_event(ask: Ask, raw: bytes) -> Emitted | EmittedMany:
    """
    Say that something happened: the jobs of all subscriptions that match are made.

    Also as CloudEvents 1.0: structured, in a batch (all or none), or, with any other media type, in
    headers ce-id, ce-source, ce-type, ce-specversion and so on, the body being its data.
    """
    cause, place = None, "body/{name}"
    headers = ask.request.headers
    media = cloudevents.kind(headers.get("content-type", ""))
    if media == cloudevents.MANY:
        return EmittedMany(items=await _emit(ask, cloudevents.read_many(raw), "body/{n}/{name}"))
    if media == cloudevents.ONE:
        said = cloudevents.read_one(raw)
    elif media.startswith("application/cloudevents"):
        raise MediaTypeUnknown("CloudEvents are read as JSON alone", detail=f"got {media}")
    elif cloudevents.in_headers(headers):
        said, place = cloudevents.read_headers(headers, raw), "header/ce-{name}"
    else:
        require_media(ask.request, JSON)
        said = read_body(_NEW, raw).model_dump()
        cause = said.pop("cause_job")
    [made] = await _emit(ask, [said], place, cause)
    ask.made("/v1/events", made.id)
    return made


async def _emit(
    ask: Ask, said: list[cloudevents.Said], place: str, cause: int | None = None
) -> list[Emitted]:
    """Tell of events; `place`: where the field `name` of event `n` is in the request."""
    if not said:
        return []
    try:
        if cause is None:
            made = await ask.run(calls.emit_many(said))
        else:
            async with ask.transaction():
                await ask.run(calls.cause(cause))
                made = await ask.run(calls.emit_many(said))
    except InvalidValue as error:
        n, _, name = (error.field or "").partition("/")
        if not n.isdigit():
            raise
        at = "body" if (name, place[:6]) == ("data", "header") else place.format(n=n, name=name)
        raise FieldsRefused.at(at.rstrip("/"), error) from error
    return [Emitted(id=each.id, known=each.known) for each in made]


@ROUTES.add("GET", "/v1/events", scope="read")
async def list_events(ask: Ask, query: EventsQuery) -> Page[Event]:
    """List events, newest first."""
    since = query.since or datetime.now(UTC) - timedelta(days=1)
    found = observe.events(pattern=query.type, source=query.source, since=since)
    return await ask.page(Event, found, query)


@ROUTES.add("GET", "/v1/events/{id}", scope="read", refusals=(EventNotFound,))
async def get_event(ask: Ask, id: Id) -> Event:
    """Show an event, with the jobs that were made of it."""
    return Event.of(await ask.run(observe.event(id)))


@ROUTES.add("GET", "/v1/subscriptions", scope="read")
async def list_subscriptions(ask: Ask, query: PageQuery) -> Page[Subscription]:
    """List subscriptions, by name."""
    return await ask.page(Subscription, observe.subscriptions(), query)


@ROUTES.add("GET", "/v1/subscriptions/{name}", scope="read", refusals=(SubscriptionNotFound,))
async def get_subscription(ask: Ask, name: Name) -> Subscription:
    """Show a subscription; its ETag is for changes."""
    return await _shown(ask, name)


@ROUTES.add("PUT", "/v1/subscriptions/{name}", scope="admin", refusals=_CHANGING)
async def put_subscription(ask: Ask, name: Name, body: SubscriptionBody) -> Subscription:
    """
    Let there be a subscription that is exactly so; of one that there is, only `enabled` may stay.

    Without If-Match it makes one, and changes none that there is.
    """
    expected = ask.expected() if "if-match" in ask.request.headers else 0
    async with ask.transaction():
        try:
            await ask.run(calls.subscribe(name, **body.model_dump(), expected=expected))
        except VersionChanged:
            if not expected:
                ask.expected()  # which says that it is missing
            raise
        return await _shown(ask, name)


@ROUTES.add(
    "DELETE",
    "/v1/subscriptions/{name}",
    scope="admin",
    status=204,
    refusals=_CHANGING,
)
async def remove_subscription(ask: Ask, name: Name) -> None:
    """End a subscription; the jobs that it made stay."""
    await ask.run(calls.unsubscribe(name, ask.expected()))


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
    return Replayed(jobs=await ask.steps(replaying(name, body.since, body.until)))


async def _shown(ask: Ask, name: str) -> Subscription:
    return ask.shown(Subscription, await ask.run(observe.subscription(name)))
