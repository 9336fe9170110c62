"""Types that several routes share: ids, pages, problems. What validates also makes the document."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, Generic, Self, TypeVar, cast
from uuid import UUID
from zlib import crc32

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    TypeAdapter,
    WithJsonSchema,
    model_validator,
)

from pgsched.calls.base import DELAY_MAX_S
from pgsched.jsontext import TOO_DEEP
from pgsched.observe import Key, Kinds, Record

from .problems import FieldsRefused

T = TypeVar("T")
A = TypeVar("A", bound="Answered")
D = TypeVar("D", bound=date)
_ID_MAX = 2**63 - 1


class Asked(BaseModel):
    """A body or a query: what it does not know, it refuses; a number in quotes is no number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Answered(BaseModel):
    """An answer, made from a row."""

    @classmethod
    def of(cls, row: Record) -> Self:
        """Of a row, whose types the database warrants."""
        return cls.model_construct(None, **row)


def shallow(value: Any, levels: int) -> Any:
    """An answer without what in it is nested deeper than that."""
    if isinstance(value, BaseModel):
        kept = {name: shallow(each, levels - 1) for name, each in value.__dict__.items()}
        return type(value).model_construct(None, **kept)
    if not isinstance(value, dict | list):
        return value
    if not levels:
        return TOO_DEEP
    if isinstance(value, list):
        return [shallow(each, levels - 1) for each in cast(list[Any], value)]
    return {name: shallow(each, levels - 1) for name, each in cast(dict[Any, Any], value).items()}


def _read_id(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _ID_MAX:
        return value
    raise ValueError("must be an id: a string of 1 to 19 digits")


Id = Annotated[
    int,
    BeforeValidator(_read_id),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,19}$", "examples": ["228029766938063"]}),
]


def _read_run_id(value: Any) -> tuple[int, int]:
    job, dash, attempt = value.partition("-") if isinstance(value, str) else ("", "", "")
    if not dash or not (attempt.isascii() and attempt.isdigit() and len(attempt) <= 9):
        raise ValueError("must be the id of a run: JOB-ATTEMPT")
    return _read_id(job), int(attempt)


RunId = Annotated[
    tuple[int, int],
    BeforeValidator(_read_run_id),
    PlainSerializer(lambda id: f"{id[0]}-{id[1]}", return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[0-9]{1,19}-[0-9]{1,9}$",
            "description": "JOB-ATTEMPT",
            "examples": ["228029766938063-1"],
        }
    ),
]
"""Of a run: its job's id and which attempt it is."""


def without_nul(value: str) -> str:
    """A text that Postgres keeps."""
    if "\0" in value:
        raise ValueError("must not contain NUL (\\u0000)")
    return value


@dataclass(frozen=True, slots=True)
class Encoded(Generic[T]):
    """An answer that is JSON already, of the form of T."""

    content: bytes


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(without_nul)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(without_nul)]
LongText = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(without_nul)]
Seconds = Annotated[float, Field(ge=0, le=31_536_000 * 100, allow_inf_nan=False)]


def _written(pattern: str) -> BeforeValidator:
    """Of a query, where all is text: pydantic also reads 1_0, and 1.0 as a whole number."""
    number = re.compile(pattern, re.ASCII)

    def written(value: Any) -> Any:
        if isinstance(value, str) and not number.fullmatch(value):
            raise ValueError("must be a number, as 10")
        return value

    return BeforeValidator(written)


IN_DIGITS = _written(r"-?\d{1,19}")
AS_IN_JSON = _written(r"-?\d+(\.\d+)?([Ee][+-]?\d+)?")
Limit = Annotated[
    int, Field(ge=1, le=500, strict=False, description="Items of one page."), IN_DIGITS
]


class Page(Answered, Generic[T]):
    """Some of many, in a stated order. `next` is the cursor of the page after it; null: no more."""

    items: list[T]
    next: str | None = None


Cursor = Annotated[str, Field(max_length=2000, description="`next` of a page.")]


class LimitQuery(Asked):
    """How many."""

    limit: Limit = 50


class PageQuery(LimitQuery):
    """Which page of a list."""

    cursor: Cursor | None = None


TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}):(\d{2})(\.\d{1,50})?([Zz]|[+-](?:0\d|1[0-5]):[0-5]\d)",
    re.ASCII,
)
"""RFC 3339, with the offsets that Postgres takes: day, minute, second, fraction, offset."""
NO_TIME = "must be a time of RFC 3339, as 2026-01-31T09:00:00Z"


def _spelled_out(value: Any) -> Any:
    """Pydantic reads a number in quotes as seconds since 1970, Postgres 20260131 as a day."""
    if isinstance(value, str) and TIME.fullmatch(value):
        return value
    raise ValueError(NO_TIME)


def _in_years(value: datetime) -> datetime:
    try:
        value.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be of the years 1 to 9999 in UTC") from None
    return value


Moment = Annotated[
    AwareDatetime, Field(strict=False), BeforeValidator(_spelled_out), AfterValidator(_in_years)
]


def _in_plans(value: D) -> D:
    in_utc = value.astimezone(UTC) if isinstance(value, datetime) else value
    if not 1901 <= in_utc.year <= 2999:
        raise ValueError("must be of the years 1901 to 2999")
    return value


PlanMoment = Annotated[Moment, AfterValidator(_in_plans)]
PlanDay = Annotated[date, AfterValidator(_in_plans)]
"""Of schedules, calendars and blackouts."""


class Due(Asked):
    """When a job is due: at a time, or after a time."""

    due_at: Moment | None = None
    delay_s: Annotated[
        float | None,
        Field(
            ge=0, le=DELAY_MAX_S, allow_inf_nan=False, description="From now, instead of due_at."
        ),
    ] = None

    @model_validator(mode="after")
    def one_time(self) -> Self:
        """At most one of them."""
        if self.due_at is not None and self.delay_s is not None:
            raise ValueError("give either due_at or delay_s")
        return self


class Fault(Answered):
    """What is wrong with one field."""

    at: Annotated[str, Field(description="body, query, path or header, then a JSON Pointer.")]
    message: str


class Problem(Answered):
    """An error, as RFC 9457 has it. `code` is stable; nobody need read messages."""

    type: str
    title: str
    status: int
    code: Annotated[str, Field(pattern="^PS[0-9]{3}$")]
    detail: str | None = None
    hint: str | None = None
    errors: list[Fault] | None = None
    request_id: str


_IN_CURSORS: dict[type, Any] = {
    int: Annotated[int, Field(ge=0, le=_ID_MAX)],
    str: Annotated[str, AfterValidator(without_nul)],
    datetime: AwareDatetime,
    UUID: UUID,
}


@cache
def _places(*kinds: type) -> TypeAdapter[Key]:
    place: Any = tuple
    return TypeAdapter(place[tuple(_IN_CURSORS[kind] for kind in kinds)])


def cursor_of(path: str, key: Kinds, row: Record) -> str:
    """An opaque text for the place of a row in the list at a path, which has this key."""
    place = _places(int, *key.values()).dump_json(
        (crc32(path.encode()), *(row[name] for name in key))
    )
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def place_of(path: str, key: Kinds, cursor: str | None, where: str = "query/cursor") -> Key | None:
    """The place that a cursor says; None without one. Raises FieldsRefused for none of ours."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = base64.b64decode(padded, altchars=b"-_", validate=True)
        of, *found = _places(int, *key.values()).validate_json(place, strict=True)
        if of != crc32(path.encode()):
            raise ValueError
        return tuple(found)
    except ValueError:  # of base64, of what is in it, or it is of another list
        told = "is no cursor of this list: pass `next` of a page, unchanged"
        raise FieldsRefused([{"at": where, "message": told}]) from None
