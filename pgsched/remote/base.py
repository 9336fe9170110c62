"""What a request is, as data, and how the plainest ones are made and read."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar, cast

from ..errors import InternalError, VersionChanged
from ..jsontext import dump_value, load_object
from ..urls import piece

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Json: TypeAlias = dict[str, Any]

JSON, NDJSON = "application/json", "application/x-ndjson"
_TRIES, _PAGE = 5, 500
_TIMES = frozenset({
    "at", "changed_at", "created_at", "due_at", "ends_at", "next_at", "nominal", "starts_at",
    "time", "updated_at",
})  # fmt: skip
_DAYS = frozenset({"first_day", "last_day"})
_IDS = frozenset({"cause_job", "id", "job_id", "last_job"})
_LENGTHS = frozenset({"after", "delay", "grace", "jitter", "splay"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Json:
        """The JSON object that it is. Raises InternalError if it is none."""
        try:
            return load_object(self.content.decode())
        except ValueError:
            raise InternalError(
                "the answer is not JSON", hint="does the URL lead to an API of pgsched?"
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Generic[T_co]):
    """
    One request, and the function that reads its answer.

    `key`: its Idempotency-Key, so that it is safe to repeat. `tag`: the ETag of what it changes.
    `wait_s`: for how long its answer may be held back. `open`: nobody need show who asks.
    """

    method: str
    path: str
    read: Callable[[Answer], T_co]
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    content: bytes | None = None
    media: str = JSON
    key: str | None = None
    tag: str | None = None
    wait_s: float = 0
    open: bool = False


class Twin:
    """What over HTTP stands for a class of `pgsched.client`: what it lacks of it, it explains."""

    _twin: ClassVar[type]

    if not TYPE_CHECKING:  # which is to find what there is not

        def __getattr__(self, name: str) -> Any:
            why = "there is none"
            if not name.startswith("_") and hasattr(self._twin, name):
                why = "it takes a database, and pgsched.Scheduler"
            raise AttributeError(f"{type(self).__name__} has no {name}: {why}")


Steps: TypeAlias = Generator[Request[Any], Any, T]
"""Requests one after the other: yields each, is sent what was read, returns what came of all."""


def get(path: str, read: Callable[[Answer], T], **query: str) -> Request[T]:
    """A request that changes nothing."""
    return Request(method="GET", path=path, read=read, query=query)


def post(
    path: str,
    read: Callable[[Answer], T],
    content: bytes | None = None,
    *,
    media: str = JSON,
    wait_s: float = 0,
) -> Request[T]:
    """A request that is carried out once, however often it is sent."""
    return Request(
        method="POST",
        path=path,
        read=read,
        content=content,
        media=media,
        key=uuid.uuid4().hex,
        wait_s=wait_s,
    )


def change(
    method: str,
    path: str,
    read: Callable[[Answer], T],
    tag: str | None,
    body: Json | None = None,
    *,
    query: Mapping[str, str] | None = None,
    wait_s: float = 0,
) -> Request[T]:
    """A change of what has this ETag."""
    content = None if body is None else json_of(body)
    return Request(
        method=method,
        path=path,
        read=read,
        query=query or {},
        content=content,
        tag=tag,
        wait_s=wait_s,
    )


def changing(
    found: Request[T], then: Callable[[T], Request[Any]], tries: int = _TRIES
) -> Steps[Any]:
    """Ask for what is to be changed, and change that; again where another did so meanwhile."""
    for left in reversed(range(tries)):
        seen = yield found
        try:
            return (yield then(seen))
        except VersionChanged:
            if not left:
                raise


def with_tag(answer: Answer) -> tuple[Json, str | None]:
    """What was found, and its ETag."""
    return answer.json(), answer.headers.get("etag")


def nothing(answer: Answer) -> None:
    """An answer that says nothing."""
    return


def the_version(answer: Answer) -> int:
    """The version of what was changed."""
    return answer.json()["version"]


def the_id(answer: Answer) -> int:
    """The id of what was made."""
    return int(answer.json()["id"])


def name_in(path: str, name: str) -> str:
    """A path with a name in it: `/v1/schedules/{}`."""
    return path.format(piece(name))


def json_of(body: Mapping[str, Any]) -> bytes:
    """A body. Raises InvalidValue, with the field's name, for what JSON or Postgres has not."""
    pieces = [f'"{name}":{dump_value(name, value)}' for name, value in body.items()]
    return f"{{{','.join(pieces)}}}".encode()


def plain(columns: Mapping[str, Any]) -> Json:
    """Columns as the API takes them: times as text, lengths of time as seconds."""
    found: Json = {}
    for name, value in columns.items():
        if name in _LENGTHS and isinstance(value, timedelta):
            found[f"{name}_s"] = value.total_seconds()
        elif isinstance(value, Mapping):
            found[name] = dict(cast(Mapping[str, Any], value))
        else:
            found[name] = moment(value) if isinstance(value, datetime) else value
    return found


def moment(at: datetime) -> str:
    """
    A time as the API takes it: in UTC, since RFC 3339 has no offsets with seconds, which zones had
    before their time was by law.
    """
    with suppress(OverflowError):  # of the years 1 and 9999: the API says what is wrong with it
        return (at if at.tzinfo is None else at.astimezone(UTC)).isoformat()
    return at.isoformat()


def record(row: Json) -> Json:
    """An object of the API, as a row of the view that it shows."""
    found: Json = {}
    for name, value in row.items():
        if value is None:
            found[name] = None
        elif name in _TIMES:
            found[name] = datetime.fromisoformat(value)
        elif name in _DAYS:
            found[name] = date.fromisoformat(value)
        elif name in _IDS:
            found[name] = int(value)
        else:
            found[name] = [int(each) for each in value] if name == "jobs" else value
    for name in _LENGTHS:
        if f"{name}_s" in found:
            length = found.pop(f"{name}_s")
            found[name] = None if length is None else timedelta(seconds=length)
    return found


def records(answer: Answer) -> list[Json]:
    """The rows of one page of a list."""
    return [record(each) for each in answer.json()["items"]]


def everything(path: str) -> Steps[list[Json]]:
    """The rows of all pages of a list."""
    found: list[Json] = []
    query = {"limit": str(_PAGE)}
    while True:
        answer: Answer = yield get(path, lambda answer: answer, **query)
        found += records(answer)
        after = answer.json()["next"]
        if after is None:
            return found
        query["cursor"] = after


def versions(path: str, limit: int) -> Request[list[Json]]:
    """What the thing at a path was, newest first."""
    return get(f"{path}/versions", records, limit=str(limit))


def restored(path: str, version: int) -> Request[int]:
    """Let it be as it was at a version; its new one."""
    return post(f"{path}/restore", the_version, json_of({"version": version}))
