"""From request to answer: who asks, another try where that is safe, and errors told by name."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeAlias, TypeVar

from ..errors import (
    Busy,
    InternalError,
    NotAuthenticated,
    PgschedError,
    TooManyAttempts,
    from_sqlstate,
)
from .base import Answer, Json, Request, Steps, json_of

T = TypeVar("T")

_FIRST_S, _MOST_S = 0.1, 5.0
_EARLY_S = 10.0  # before an access token ends, the next is fetched
_SLACK_S = 10.0  # beyond the time for which an answer is held back
_PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes | None
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is sent for so long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer came. `sent`: the request may have arrived, though."""

    sent: bool
    why: str


Conversation: TypeAlias = Generator[Sending | Pause, Answer | Lost | None, T]
"""Yields what is to be sent, and is sent what came; or a pause. Returns what was read."""
Ask: TypeAlias = Callable[[Request[Json]], Conversation[Json]]


class LogIn:
    """A name and a password, and the tokens that they got."""

    def __init__(self, name: str, password: str) -> None:
        self._name, self._password = name, password
        self._access: str | None = None
        self._refresh: str | None = None
        self._key = _new_key()
        self._until = 0.0

    def renewed(self, refused: str | None, ask: Ask) -> Conversation[str]:
        """An access token that is still good, and not the one that was refused."""
        if self._access in (None, refused) or time.monotonic() > self._until:
            told = yield from self._refreshed(ask)
            self._access, self._refresh = told["access_token"], told["refresh_token"]
            self._key = _new_key()
            self._until = time.monotonic() + told["expires_in"] - _EARLY_S
        assert self._access is not None
        return self._access

    def _refreshed(self, ask: Ask) -> Conversation[Json]:
        """One key for each refresh token: whoever shows it with another is taken for a thief."""
        if self._refresh is not None:
            try:
                shown = {"refresh_token": self._refresh}
                return (yield from ask(_open("refresh", shown, self._key)))
            except NotAuthenticated:
                self._refresh = None
        told = ask(_open("login", {"name": self._name, "password": self._password}, self._key))
        return (yield from told)


def _new_key() -> str:
    return uuid.uuid4().hex


def _open(what: str, body: Json, key: str) -> Request[Json]:
    return Request(
        method="POST",
        path=f"/v1/auth/{what}",
        read=Answer.json,
        content=json_of(body),
        key=key,
        open=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """
    What the requests of one client have in common.

    `credentials`: an API key or access token, a log-in, or None. `timeout_s`: until an answer must
    have come; `retry_s`: for how long another try may begin.
    """

    credentials: str | LogIn | None = field(repr=False)
    timeout_s: float
    retry_s: float

    def of(self, request: Request[T]) -> Conversation[T]:
        """Carry a request out. Raises PgschedError."""
        bearer = None if request.open else (yield from self._bearer(None))
        answer = yield from self._tried(request, bearer)
        if answer.status == 401 and isinstance(self.credentials, LogIn) and not request.open:
            answer = yield from self._tried(request, (yield from self._bearer(bearer)))
        if not 200 <= answer.status < 300:
            raise problem(answer)
        return request.read(answer)

    def of_all(self, steps: Steps[T]) -> Conversation[T]:
        """Carry requests out one after the other; an error of one is for the steps to heed."""
        try:
            request = next(steps)
            while True:
                try:
                    told = yield from self.of(request)
                except PgschedError as error:
                    request = steps.throw(error)
                else:
                    request = steps.send(told)
        except StopIteration as done:
            return done.value

    def _bearer(self, refused: str | None) -> Conversation[str | None]:
        if not isinstance(self.credentials, LogIn):
            return self.credentials
        return (yield from self.credentials.renewed(refused, self.of))

    def _tried(self, request: Request[Any], bearer: str | None) -> Conversation[Answer]:
        ends = time.monotonic() + self.retry_s
        sending = self._sending(request, bearer)
        tries = 0
        while True:
            came = yield sending
            assert came is not None
            wait_s = _again_in(request, came, tries)
            if wait_s is None or time.monotonic() + wait_s > ends:
                break
            yield Pause(wait_s)
            tries += 1
        if isinstance(came, Lost):
            raise Busy("the API cannot be reached", detail=came.why)
        return came

    def _sending(self, request: Request[Any], bearer: str | None) -> Sending:
        headers = {"user-agent": AGENT, "accept": "application/json"}
        if bearer is not None:
            headers["authorization"] = f"Bearer {bearer}"
        if request.content is not None:
            headers["content-type"] = request.media
        if request.key is not None:
            headers["idempotency-key"] = request.key
        if request.tag is not None:
            headers["if-match"] = request.tag
        timeout_s = max(self.timeout_s, request.wait_s + _SLACK_S if request.wait_s else 0)
        return Sending(
            request.method, request.path, request.query, headers, request.content, timeout_s
        )


def _again_in(request: Request[Any], came: Answer | Lost, tries: int) -> float | None:
    """
    Seconds until a request may be sent again, by full jitter; None: it is done, or not safe.

    One that was refused for lack of room, or never arrived, has done nothing. Of another, only what
    changes nothing or has a key is repeated; and no 500, which would come again.
    """
    repeatable = request.method == "GET" or request.key is not None
    least = 0.0
    if isinstance(came, Lost):
        again = repeatable or not came.sent
    else:
        again = came.status in (429, 503) or (repeatable and came.status in (502, 504))
        least = retry_after_s(came)
    return least + random.uniform(0, min(_MOST_S, _FIRST_S * 2**tries)) if again else None


def retry_after_s(answer: Answer) -> float:
    """Of 429 and 503; a date, which only others than pgsched send, is passed over."""
    given = answer.headers.get("retry-after", "")
    return float(given) if given.isascii() and given.isdigit() else 0.0


def problem(answer: Answer) -> PgschedError:
    """The error that an answer tells of; Busy or InternalError, if it is none of pgsched's."""
    told = _told(answer)
    if not is_told(answer):
        said = " ".join(answer.content[:200].decode(errors="replace").split())
        kind = Busy if answer.status in (429, 502, 503, 504) else InternalError
        return kind(
            f"the answer is {answer.status}, and none of pgsched's",
            detail=said or None,
            hint="does the URL lead to an API of pgsched?",
        )
    kind = from_sqlstate(told["code"]) or InternalError
    message, detail = told.get("detail", told["title"]), None
    if len(faults := told.get("errors", [])) > 1:
        message = "the request is not valid"
        detail = "; ".join(f"{fault['at']}: {fault['message']}" for fault in faults)
    if issubclass(kind, TooManyAttempts):
        wait_s = int(retry_after_s(answer))
        return kind(message, detail=detail, hint=told.get("hint"), retry_after_s=wait_s)
    return kind(message, detail=detail, hint=told.get("hint"))


def is_told(answer: Answer) -> bool:
    """Whether it is a problem that an API of pgsched told."""
    return "code" in _told(answer)


def _told(answer: Answer) -> Json:
    """What it says; empty where something in between has answered."""
    if not answer.headers.get("content-type", "").startswith(_PROBLEM):
        return {}
    try:
        return answer.json()
    except InternalError:
        return {}


def _version() -> str:
    try:
        return version("pgsched")
    except PackageNotFoundError:
        return "source"


AGENT = f"pgsched/{_version()} (Python client)"
