"""What a call is, and how the plainest answers are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, LiteralString, TypeVar

from ..errors import InvalidValue
from ..values import got, require_number

T_co = TypeVar("T_co", covariant=True)
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """
    A statement, its parameters, and the function that reads its rows.

    `plain`: it selects what one function returns, without FROM.
    """

    sql: LiteralString
    params: Sequence[Any]
    read: Callable[[list[Row]], T_co]
    plain: bool = False


def nothing(rows: list[Row]) -> None:
    """An answer that says nothing."""
    return


def scalar(rows: list[Row]) -> Any:
    """The one value of the one row."""
    return rows[0][0]


def column(rows: list[Row]) -> list[Any]:
    """The one value of each row."""
    return [row[0] for row in rows]


def text(what: str, value: str | None) -> str | None:
    """
    A text that Postgres can store.

    Raises InvalidValue naming *what* for one with NUL or a lone surrogate, and for no text.
    """
    if value is not None:
        if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidValue(f"{what} must be a text", detail=got(value))
        if "\0" in value:
            raise InvalidValue(f"{what} must not contain NUL (\\u0000)")
        if not value.isascii():
            _require_encodable(what, value)
    return value


def _require_encodable(what: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidValue(f"{what} must be text in UTF-8", detail=str(error)) from None


DELAY_MAX_S = 250_000_000_000
AGAIN_MAX_S = 31_536_000
"""The longest delay of a job that is made; and of one that a handler wants to run again."""


def seconds(value: float | timedelta | None, most: int = DELAY_MAX_S) -> float | None:
    """
    Seconds of a number or timedelta. Raises InvalidValue for what is neither, negative, not finite
    or above `most`.
    """
    if value is None:
        return None
    if isinstance(value, timedelta):
        result = value.total_seconds()
    else:
        require_number("a delay", value)
        result = value
    if not 0 <= result <= most:
        raise InvalidValue(f"a delay must be from 0 to {most} seconds", detail=got(value))
    return float(result)


def plain(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a view as JSON has them: times and lengths of time as text."""
    return {name: _plain(value) for name, value in columns.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return f"{value.total_seconds():f} seconds" if isinstance(value, timedelta) else value
