"""JSON that Postgres will store: what jsonb would refuse is refused here, with a reason."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import orjson

from .errors import InvalidValue

# \u0000 that is an escape, not the text of one: an even number of backslashes before it.
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")

# Postgres parses JSON recursively: with the default max_stack_depth (2 MB) it gives up between
# 6,000 and 12,000 levels. Far below, so that no value can fail a batch.
DEPTH_MAX = 1000

TOO_DEEP = "nested too deep to be shown"
_EXACT = frozenset((str, int, bool, type(None)))
# Each digit as 0, and every other byte as a space.
_DIGITS = bytes(ord("0") if 48 <= byte < 58 else ord(" ") for byte in range(256))
_LONG_NUMBER = b"0" * 19

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def load_object(text: str) -> dict[str, Any]:
    """
    The JSON object of a text, with integers of any size; ValueError or RecursionError if refused.

    orjson makes floats of integers beyond 64 bits. What may be one is a long number in an object
    that is not flat and free of floats: 0.3 us to tell that it is, else 1 us for each kB.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:  # an integer beyond the floats, too
        return json.loads(text)
    if len(text) < len(_LONG_NUMBER) or _EXACT.issuperset(map(type, value.values())):
        return value
    return json.loads(text) if _LONG_NUMBER in text.encode().translate(_DIGITS) else value


def load_value(text: str | bytes) -> Any:
    """
    Any JSON of Postgres, whoever wrote it: an integer of more digits than Python reads (4300) is
    infinity, and what is nested deeper than Python reads is told to be.
    """
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(text, parse_int=float)
    except RecursionError:
        return {"": TOO_DEEP}


def dump_value(what: str, value: Any) -> str:
    """
    JSON text of a value that jsonb accepts, unchanged in meaning.

    Raises InvalidValue naming `what` for NaN, infinities, NUL, lone surrogates, nesting beyond
    DEPTH_MAX, numbers beyond jsonb's range and types that JSON has not.
    """
    text = _text(what, value)
    if _brackets(text) > DEPTH_MAX:
        _require_shallow(what, value)
    return text


def _text(what: str, value: Any) -> str:
    try:
        text = _encode(value)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        reason = str(error) or type(error).__name__
        raise InvalidValue(f"{what} must be JSON that Postgres can store", detail=reason) from None
    if "\\u0000" in text and _NUL.search(text):
        raise InvalidValue(f"{what} must not contain NUL (\\u0000)")
    return text


def _brackets(text: str) -> int:
    """No value is nested deeper than this; seldom above DEPTH_MAX, and quick to count."""
    return text.count("[") + text.count("{")


def _require_shallow(what: str, value: Any) -> None:
    if _depth(value) > DEPTH_MAX:
        raise InvalidValue(f"{what} must not be nested deeper than {DEPTH_MAX} levels")


def clean(text: str) -> str:
    """Text that Postgres stores: NUL and lone surrogates are shown as escapes."""
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode()


def dump_object(what: str, value: Any) -> str | None:
    """JSON text of a mapping, None for None. Raises InvalidValue, also for anything else."""
    return None if value is None else dump_value(what, _object(what, value))


def dump_objects(what: str, values: Sequence[Any]) -> str:
    """
    JSON text of an array of mappings, in which None becomes an empty one.

    One text takes a fifth of the time of many. Raises InvalidValue as dump_object.
    """
    objects = [{} if each is None else _object(what, each) for each in values]
    text = _text(what, objects)
    if _brackets(text) - len(objects) > DEPTH_MAX:
        for each in objects:
            _require_shallow(what, each)
    return text


def dump_each(what: str, values: Sequence[Any]) -> list[str]:
    """
    JSON text of each of several mappings, None as an empty one. Raises InvalidValue as dump_object.

    All are checked as one text; then orjson, which passes over NaN, writes each: 1 us instead of 2.
    """
    values = list(values)  # which may be there but once
    dump_objects(what, values)
    return [_one_line(what, each) for each in values]


def _one_line(what: str, value: Any) -> str:
    try:
        return orjson.dumps({} if value is None else value).decode()
    except TypeError:  # an integer beyond 64 bits, a key that is no text, another kind of mapping
        return dump_object(what, value) or "{}"


def _object(what: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):  # asked first: asking for a Mapping takes ten times as long
        return cast(dict[str, Any], value)
    if isinstance(value, Mapping):
        return dict(cast(Mapping[str, Any], value))
    raise InvalidValue(f"{what} must be a JSON object", detail=f"got {type(value).__name__}")


def _depth(value: Any) -> int:
    """Levels of nesting, counted without recursion."""
    deepest = 0
    todo: list[tuple[Any, int]] = [(value, 1)]
    while todo:
        node, level = todo.pop()
        if isinstance(node, dict | list | tuple):
            deepest = max(deepest, level)
            children = cast(Any, node.values() if isinstance(node, dict) else node)
            todo.extend((child, level + 1) for child in children)
    return deepest
