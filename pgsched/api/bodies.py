"""Bodies of JSON, checked; of many jobs slice by slice: other requests need not wait for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from pgsched.errors import InvalidValue, MalformedRequest
from pgsched.jsontext import dump_value

from .problems import refused

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
    read_json(one, text)
    _require_finite(text)
    return Rows(text, many=False)


def _check(adapter: TypeAdapter[list[Any]], text: bytes, first: int = 0) -> int:
    """Check an array that goes to Postgres as it came; returns how many it has."""
    count = len(read_json(adapter, text, first))
    _require_finite(text)
    return count


def _require_finite(text: bytes) -> None:
    """Postgres would keep 1e99999, which is 100 kB when it is read."""
    if _EXPONENT in text.translate(_SHAPES, b"+"):
        dump_value("the body", from_json(text))


class Lines:
    """The lines of a body; those that are empty are passed over, but counted."""

    def __init__(self, raw: bytes, adapter: TypeAdapter[list[Any]]) -> None:
        if raw.count(b"\n") > LINES_MAX:  # each takes 40 bytes at least, and time of all others
            raise InvalidValue(f"a body must not have more than {LINES_MAX} lines")
        self._lines = [line for line in raw.split(b"\n") if line and not line.isspace()]
        self._adapter = adapter

    def slices(self, size: int) -> Iterator[bytes]:
        """JSON arrays of so many lines each, checked. Raises what is wrong, with its line."""
        for first in range(0, len(self._lines), size):
            lines = self._lines[first : first + size]
            text = b"[" + b",".join(lines) + b"]"
            if _check(self._adapter, text, first) != len(lines):
                raise MalformedRequest("each line must be one JSON object")
            yield text
