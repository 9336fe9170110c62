"""Types that several routes share: ids, pages, problems. What validates also makes the document."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from pgsched.errors import InvalidValue
from pgsched.observe import Record

T = TypeVar("T")
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


def _read_id(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        number = int(value)
        if 0 < number <= _ID_MAX:
            return number
    raise ValueError("must be an id: a string of 1 to 19 digits")


Id = Annotated[
    int,
    BeforeValidator(_read_id),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,19}$", "examples": ["228029766938063"]}),
]


def _without_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("must not contain NUL (\\u0000)")
    return value


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_without_nul)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_without_nul)]
Limit = Annotated[int, Field(ge=1, le=500, strict=False, description="Items of one page.")]


class Page(Answered, Generic[T]):
    """Some of many, in a stated order. `next` is the cursor of the page after it; null: no more."""

    items: list[T]
    next: str | None = None


class PageQuery(Asked):
    """Which page of a list."""

    limit: Limit = 50
    cursor: Annotated[str | None, Field(max_length=200, description="`next` of a page.")] = None


class Fault(Answered):
    """What is wrong with one field."""

    at: Annotated[str, Field(description="body, query or path, then a JSON Pointer.")]
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


def cursor_of(*key: object) -> str:
    """An opaque text for the place of a row in its order."""
    return base64.urlsafe_b64encode("/".join(map(str, key)).encode()).decode().rstrip("=")


def cursor_ids(cursor: str | None, count: int = 1) -> list[int] | None:
    """The numbers in a cursor; None without one. Raises InvalidValue for what we never made."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        pieces = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").split("/")
        ids = [_read_id(piece) for piece in pieces]
    except (ValueError, binascii.Error):
        ids = []
    if len(ids) != count:
        raise InvalidValue("cursor is not valid", hint="pass `next` of a page, unchanged")
    return ids
