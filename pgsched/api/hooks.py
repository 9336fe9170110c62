"""Hooks over HTTP: webhooks of other systems, which become events."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs

from pydantic import Field, SecretStr

from pgsched import calls, observe
from pgsched.auth import OPERATOR
from pgsched.auth.signatures import delivery_id, make_secret, verify
from pgsched.errors import (
    ConditionRequired,
    Forbidden,
    HookExists,
    HookNotFound,
    SignatureRefused,
    TooManyAttempts,
    VersionChanged,
)

from .ask import Ask
from .cloudevents import content, kind
from .route import JSON, Routes
from .shapes import Answered, Asked, Id, Name, Page, PageQuery, Text

ROUTES = Routes("hooks", "Webhooks of other systems, which become events.")
_FORM = "application/x-www-form-urlencoded"
_CHANGING = (HookNotFound, ConditionRequired, VersionChanged)

Style = Literal["hmac", "standard_webhooks", "github", "stripe"]
Algorithm = Literal["sha256", "sha384", "sha512", "sha1"]
Encoding = Literal["hex", "base64"]
Secret = Annotated[SecretStr, Field(min_length=16, max_length=500)]
Seconds = Annotated[int, Field(ge=1, le=86_400)]
Headers = Annotated[
    list[Name],
    Field(max_length=20, description="That are kept in the data, beside those of its style."),
]


class Hook(Answered):
    """A hook as it stands, but for its secrets."""

    name: str
    style: Style
    event_type: Annotated[str, Field(description="What begins with $ is a path into the event.")]
    source: str
    tolerance_s: int | None
    header: str | None
    prefix: str | None
    algorithm: Algorithm | None
    encoding: Encoding | None
    headers: list[str]
    secrets: Annotated[int, Field(description="How many are good: more than 1 in a rotation.")]
    disabled: bool
    version: int
    created_at: datetime
    updated_at: datetime


class HookChange(Asked):
    """
    What is left out stays, or is as the style has it. Of style hmac: `header` has `prefix`, then
    the HMAC of the body by `algorithm`, in `encoding`.
    """

    event_type: Text | None = None
    source: Text | None = None
    tolerance_s: Seconds | None = None
    header: Name | None = None
    prefix: Annotated[str, Field(max_length=100)] | None = None
    algorithm: Algorithm | None = None
    encoding: Encoding | None = None
    headers: Headers | None = None
    disabled: bool | None = None


class NewHook(HookChange):
    """Without `secret` one is made, and shown once."""

    name: Name
    style: Style
    secret: Secret | None = None


class NewSecret(Asked):
    """Without `secret` one is made, and shown once."""

    secret: Secret | None = None


class HookMade(Answered):
    """The hook's version, and the secret, if it was made here: it is shown this once."""

    name: str
    version: int
    secret: str | None


class Taken(Answered):
    """The event that came of a delivery, or of the same one before; null: of a ping, none did."""

    id: Id | None
    known: bool


@ROUTES.add("GET", "/v1/hooks", scope="admin")
async def list_hooks(ask: Ask, query: PageQuery) -> Page[Hook]:
    """List hooks, by name."""
    return await ask.page(Hook, observe.hooks(), query)


@ROUTES.add("POST", "/v1/hooks", scope="admin", status=201, refusals=(HookExists,), repeat="sealed")
async def create_hook(ask: Ask, body: NewHook) -> HookMade:
    """Let signed webhooks become events; they go to POST /v1/hooks/{name}."""
    settings: dict[str, Any] = body.model_dump(
        exclude_unset=True, exclude={"name", "style", "secret"}
    )
    given = body.secret.get_secret_value() if body.secret else None
    secret = given or make_secret(body.style)
    version = await ask.run(calls.create_hook(body.name, body.style, secret, settings))
    ask.made("/v1/hooks", body.name)
    return _made(ask, body.name, version, None if given else secret)


@ROUTES.add("GET", "/v1/hooks/{name}", scope="admin", refusals=(HookNotFound,))
async def get_hook(ask: Ask, name: Name) -> Hook:
    """Show a hook; its ETag is for changes."""
    return await _shown(ask, name)


@ROUTES.add("PATCH", "/v1/hooks/{name}", scope="admin", refusals=_CHANGING)
async def change_hook(ask: Ask, name: Name, body: HookChange) -> Hook:
    """Change what a hook makes of its deliveries; what is left out stays."""
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    await ask.run(calls.change_hook(name, changes, ask.expected()))
    return await _shown(ask, name)


@ROUTES.add("DELETE", "/v1/hooks/{name}", scope="admin", status=204, refusals=_CHANGING)
async def remove_hook(ask: Ask, name: Name) -> None:
    """End a hook; the events that came by it stay."""
    await ask.run(calls.remove_hook(name, ask.expected()))


@ROUTES.add(
    "POST",
    "/v1/hooks/{name}/rotate",
    scope="admin",
    refusals=(HookNotFound,),
    repeat="sealed",
)
async def rotate_hook(ask: Ask, name: Name, body: NewSecret) -> HookMade:
    """Give a hook a new secret. Those that it has stay good until the rotation is finished."""
    given = body.secret.get_secret_value() if body.secret else None
    secret = given or make_secret((await ask.run(observe.hook(name)))["style"])
    version = await ask.run(calls.rotate_hook(name, secret))
    return _made(ask, name, version, None if given else secret)


@ROUTES.add("POST", "/v1/hooks/{name}/finish-rotation", scope="admin", refusals=(HookNotFound,))
async def finish_rotation(ask: Ask, name: Name) -> Hook:
    """Let only the newest secret of a hook be good."""
    await ask.run(calls.finish_rotation(name))
    return await _shown(ask, name)


@ROUTES.add(
    "POST",
    "/v1/hooks/{name}",
    scope=None,
    refusals=(SignatureRefused, Forbidden, TooManyAttempts),
    repeat="harmless",
    media={JSON: Any},
)
async def take_delivery(ask: Ask, name: Name, raw: bytes) -> Taken:
    """
    Take a delivery of another system, which becomes an event; sent again, it makes nothing more.

    Its signature is all that lets it in. The event's data has `body`, and the `headers` that the
    hook keeps. A ping of GitHub's makes no event.
    """
    headers = ask.request.headers
    hook = await ask.door.ask(calls.hook_secrets(name))
    signature = verify(hook, headers, raw)
    assert hook is not None
    if hook.disabled:
        raise Forbidden("the hook is disabled")
    if hook.style == "github" and headers.get("x-github-event") == "ping":
        return Taken(id=None, known=False)
    body = _body(headers.get("content-type", ""), raw)
    kept = {each: headers[each] for each in hook.headers if each in headers}
    id = delivery_id(hook.style, headers, body, raw, signature)
    call = calls.deliver(name, id, {"headers": kept, "body": body})
    made = await ask.database.run(call, OPERATOR.actor)  # nobody's: an admin has let it in
    if made.known is None:
        raise TooManyAttempts(
            "the hook has had too many deliveries",
            detail=f"the next is let in in {made.wait_s} s",
            hint="the setting hook_minute_max is the limit",
            retry_after_s=made.wait_s,
        )
    return Taken(id=made.id, known=made.known)


def _body(media: str, raw: bytes) -> Any:
    """What was sent, as JSON; also where GitHub puts that into a form."""
    if kind(media) == _FORM:
        fields = parse_qs(raw.decode("utf-8", "replace"))
        if list(fields) == ["payload"]:
            return content(JSON, fields["payload"][0].encode())
    return content(media, raw)


async def _shown(ask: Ask, name: str) -> Hook:
    return ask.shown(Hook, await ask.run(observe.hook(name)))


def _made(ask: Ask, name: str, version: int, secret: str | None) -> HookMade:
    ask.headers["cache-control"] = "no-store"
    return HookMade(name=name, version=version, secret=secret)
