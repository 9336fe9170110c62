"""Endpoints, where jobs are sent, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from pgsched import calls, observe
from pgsched.errors import ConditionRequired, EndpointConflict, EndpointNotFound, VersionChanged

from .ask import Ask
from .route import Routes
from .shapes import Answered, Asked, Name, Page, PageQuery

ROUTES = Routes("endpoints", "Where jobs are sent by HTTP, instead of being run by a worker.")
_CHANGING = (EndpointNotFound, ConditionRequired, VersionChanged)

EndpointName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,100}$")]
Url = Annotated[
    str,
    StringConstraints(max_length=2000, pattern=r"^https?://[^/?#@\s]+([/?#]\S*)?$"),
    Field(examples=["https://jobs.example/pgsched"]),
]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$")]
HeaderValue = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[ -~]*$")]
Headers = Annotated[
    dict[HeaderName, HeaderValue], Field(description="Sent with each request; never shown again.")
]
Concurrency = Annotated[
    int, Field(ge=1, le=1000, description="Jobs in its hands at once, over all pushers.")
]
Timeout = Annotated[float, Field(ge=0.1, le=3600, description="Seconds for an answer.")]
Lease = Annotated[
    float,
    Field(ge=1, le=3600, description="Seconds for which it may be silent after it answered 202."),
]
Tasks = Annotated[
    list[Name], Field(max_length=1000, description="Whose jobs it gets; all of them.")
]


class Endpoint(Answered):
    """Where jobs are sent."""

    name: str
    url: Annotated[str, Field(description="Without what stands after `?`.")]
    queue: Annotated[str, Field(description="Where its jobs wait.")]
    tasks: list[str]
    concurrency: int
    running: Annotated[int, Field(description="Jobs in its hands.")]
    timeout_s: float
    lease_s: float
    header_names: list[str]
    paused: bool
    paused_until: Annotated[datetime | None, Field(description="It asked for that.")]
    problem: Annotated[str | None, Field(description="Why it is paused, if it was not a person.")]
    version: int
    created_at: datetime
    updated_at: datetime


class NewEndpoint(Asked):
    """Tasks that nobody has declared are made."""

    name: EndpointName
    url: Url
    concurrency: Concurrency = 10
    timeout_s: Timeout = 30
    lease_s: Lease = 300
    headers: Headers = Field(default_factory=dict)
    tasks: Tasks = Field(default_factory=list)


class EndpointChange(Asked):
    """What is left out stays. Tasks that are not named any more go back to workers."""

    url: Url | None = None
    concurrency: Concurrency | None = None
    timeout_s: Timeout | None = None
    lease_s: Lease | None = None
    headers: Headers | None = None
    tasks: Tasks | None = None


class EndpointSecret(Answered):
    """By which requests are signed, as Standard Webhooks has it; shown this once."""

    name: str
    secret: str


@ROUTES.add("GET", "/v1/endpoints", scope="read")
async def list_endpoints(ask: Ask, query: PageQuery) -> Page[Endpoint]:
    """List endpoints, by name."""
    return await ask.page(Endpoint, observe.endpoints(), query)


@ROUTES.add(
    "POST",
    "/v1/endpoints",
    scope="admin",
    status=201,
    refusals=(EndpointConflict,),
    repeat="sealed",
)
async def create_endpoint(ask: Ask, body: NewEndpoint) -> EndpointSecret:
    """Make an endpoint, and tell its secret: this once."""
    given: dict[str, Any] = body.model_dump()
    ask.made("/v1/endpoints", body.name)
    return _told(ask, body.name, await ask.run(calls.add_endpoint(**given)))


@ROUTES.add("GET", "/v1/endpoints/{name}", scope="read", refusals=(EndpointNotFound,))
async def get_endpoint(ask: Ask, name: EndpointName) -> Endpoint:
    """Show an endpoint; its ETag is for changes."""
    return await _shown(ask, name)


@ROUTES.add("PATCH", "/v1/endpoints/{name}", scope="admin", refusals=_CHANGING)
async def change_endpoint(ask: Ask, name: EndpointName, body: EndpointChange) -> Endpoint:
    """Change an endpoint."""
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    await ask.run(calls.change_endpoint(name, changes, ask.expected()))
    return await _shown(ask, name)


@ROUTES.add(
    "DELETE",
    "/v1/endpoints/{name}",
    scope="admin",
    status=204,
    refusals=(*_CHANGING, EndpointConflict),
)
async def remove_endpoint(ask: Ask, name: EndpointName) -> None:
    """Forget an endpoint; its tasks are for workers again. Not while it has jobs."""
    await ask.run(calls.remove_endpoint(name, ask.expected()))


@ROUTES.add(
    "POST",
    "/v1/endpoints/{name}/rotate",
    scope="admin",
    refusals=(EndpointNotFound,),
    repeat="sealed",
)
async def rotate_endpoint(ask: Ask, name: EndpointName) -> EndpointSecret:
    """Give it a new secret. Requests are signed by the one before, too, until the next time."""
    return _told(ask, name, await ask.run(calls.rotate_endpoint(name)))


@ROUTES.add("POST", "/v1/endpoints/{name}/pause", scope="admin", refusals=(EndpointNotFound,))
async def pause_endpoint(ask: Ask, name: EndpointName) -> Endpoint:
    """Send it no jobs; what it has, goes on."""
    await ask.run(calls.pause_endpoint(name))
    return await _shown(ask, name)


@ROUTES.add(
    "POST",
    "/v1/endpoints/{name}/resume",
    scope="admin",
    refusals=(EndpointNotFound,),
)
async def resume_endpoint(ask: Ask, name: EndpointName) -> Endpoint:
    """Send it its jobs again, at once."""
    await ask.run(calls.resume_endpoint(name))
    return await _shown(ask, name)


def _told(ask: Ask, name: str, secret: str) -> EndpointSecret:
    ask.headers["cache-control"] = "no-store"
    return EndpointSecret(name=name, secret=secret)


async def _shown(ask: Ask, name: str) -> Endpoint:
    return ask.shown(Endpoint, await ask.run(observe.endpoint(name)))
