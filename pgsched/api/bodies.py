"""Bodies of JSON, checked; of many jobs slice by slice: other requests need not wait for all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from pgsched.errors import InvalidValue, MalformedRequest
from pgsched.jsontext import dump_value

from .problems import about, refused

T = TypeVar("T")
LINES_MAX = 2_000_000
_SHAPES = bytes.maketrans(b"123456789E", b"000000000e")
_EXPONENT = b"0e000"  # found in a tenth of the time that a regular expression takes


def read_json(adapter: TypeAdapter[T], text: bytes, first: int = 0) -> T:
    """
    A body, checked; `first`: where in a larger array it begins.

    Raises MalformedRequest, InvalidValue.
    """
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        if error.error_count() == 1 and (only := error.errors()[0])["type"] == "json_invalid":
            told = only["msg"].removeprefix("Invalid JSON: ")
            raise MalformedRequest("the body is not JSON", detail=told) from None
        raise refused("body", error, first) from None


def read_body(adapter: TypeAdapter[T], text: bytes) -> T:
    """As `read_json`, an object of which the database keeps what it can store."""
    found = read_json(adapter, text)
    if _looks_odd(text):
        _require_storable(from_json(text), "body")
    return found


@dataclass(frozen=True, slots=True)
class Rows:
    """A body that goes to Postgres as it came: one row, or an array of them."""

    text: bytes
    many: bool


def read_rows(one: TypeAdapter[Any], many: TypeAdapter[list[Any]], text: bytes) -> Rows:
    """A body that is one row or an array of them, checked."""
    if text.lstrip()[:1] == b"[":
        _check(many, text)
        return Rows(text, many=True)
    read_body(one, text)
    return Rows(text, many=False)


def _check(adapter: TypeAdapter[list[Any]], text: bytes, first: int = 0) -> int:
    """Check an array that goes to Postgres as it came; returns how many it has."""
    count = len(read_json(adapter, text, first))
    if _looks_odd(text):
        for n, row in enumerate(from_json(text), first):
            _require_storable(row, f"body/{n}")
    return count


def _looks_odd(text: bytes) -> bool:
    """Whether there may be what Postgres refuses; or 1e99999, which it keeps in 100 kB."""
    return (
        b"NaN" in text
        or b"Infinity" in text
        or b"\\u0000" in text
        or _EXPONENT in text.translate(_SHAPES, b"+")
    )


def _require_storable(row: dict[str, Any], where: str) -> None:
    for name, value in row.items():
        with about(f"{where}/{name}"):
            dump_value(name, value)


class Lines:
    """The lines of a body, read one slice after the other; those that are empty are passed over."""

    def __init__(self, raw: bytes, adapter: TypeAdapter[list[Any]]) -> None:
        if raw.count(b"\n") > LINES_MAX:  # each takes time of all others, also if it is empty
            raise InvalidValue(f"a body must not have more than {LINES_MAX} lines")
        self._raw, self._adapter = raw, adapter

    def slices(self, size: int) -> Iterator[bytes]:
        """
        JSON arrays of at most so many lines each, checked. Raises what is wrong, with its line.

        They are cut off as they are asked for: all at once, they would be held twice.
        """
        lines, first = BytesIO(self._raw), 0  # which shares it
        while some := list(islice(lines, size)):
            kept = [line for line in some if not line.isspace()]
            if kept:
                text = b"[" + b",".join(kept) + b"]"
                self._require(text, len(kept), some, first)
                yield text
            first += len(some)

    def _require(self, text: bytes, count: int, lines: list[bytes], first: int) -> None:
        """Require of an array that it is of so many; else look which of the lines is at fault."""
        with suppress(MalformedRequest, InvalidValue):
            if _check(self._adapter, text) == count:
                return
        for number, line in enumerate(lines, first):
            if not line.isspace():
                self._require_one(line, number)
        raise MalformedRequest("each line must be one JSON object")

    def _require_one(self, line: bytes, number: int) -> None:
        try:
            count = _check(self._adapter, b"[" + line + b"]", number)
        except MalformedRequest as error:
            raise MalformedRequest(f"line {number} is not JSON", detail=error.detail) from None
        if count != 1:
            raise MalformedRequest(f"line {number} must be one JSON object")
