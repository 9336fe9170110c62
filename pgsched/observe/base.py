"""What a question to a view is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, TypeAlias
from uuid import UUID

from ..calls import Call, Row
from ..errors import PgschedError

Record = dict[str, Any]
Kinds: TypeAlias = Mapping[LiteralString, type]
Key: TypeAlias = tuple[Any, ...]
RETENTION = "retention may have removed it"
_TYPES: dict[type, LiteralString] = {
    int: "%s::bigint",
    str: "%s::text",
    datetime: "%s::timestamptz",
    UUID: "%s::uuid",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """
    Rows in the order of a key: columns, each with its type, which no two rows have in common.

    `ask(limit, after)`: the first `limit` rows after that key. None: all; from the first.
    """

    key: Kinds
    ask: Callable[[int | None, Key | None], Call[list[Record]]]

    @property
    def all(self) -> Call[list[Record]]:
        """Every row: of what there are not millions."""
        return self.ask(None, None)

    def page(self, limit: int, after: Key | None = None) -> Call[list[Record]]:
        """The first `limit` rows, after the one of that key."""
        return self.ask(limit, after)


def listing(
    columns: tuple[LiteralString, ...],
    source: LiteralString,
    key: Kinds,
    where: Sequence[tuple[LiteralString, Any]] = (),
    *,
    newest_first: bool = False,
) -> Listing:
    """
    These columns of `source` ("from ..."), in the order of the key, or the other way round.

    `where`: conditions and their parameter; one whose parameter is None is left out.
    """
    names: list[LiteralString] = list(key)
    places: list[LiteralString] = [_TYPES[kind] for kind in key.values()]
    beyond: LiteralString = ") < (" if newest_first else ") > ("
    bound: LiteralString = " <= " if newest_first else " >= "
    order = (" desc, " if newest_first else ", ").join(names) + (" desc" if newest_first else "")
    given = [each for each in where if each[1] is not None]

    def ask(limit: int | None, after: Key | None) -> Call[list[Record]]:
        conditions: list[LiteralString] = [condition for condition, _ in given]
        params = [param for _, param in given]
        if after is not None:
            conditions.append("(" + ", ".join(names) + beyond + ", ".join(places) + ")")
            params += after
            if len(names) > 1:  # by which partitions are left out
                conditions.append(names[0] + bound + places[0])
                params.append(after[0])
        matching = " where " + " and ".join(conditions) if conditions else ""
        rest = source + matching + " order by " + order + " limit %s"
        return select(columns, rest, [*params, limit])

    return Listing(key, ask)


def select(
    columns: tuple[LiteralString, ...], rest: LiteralString, params: list[Any]
) -> Call[list[Record]]:
    """These columns of what the rest of the statement says."""

    def read(rows: list[Row]) -> list[Record]:
        return [dict(zip(columns, row, strict=True)) for row in rows]

    return Call("select " + ", ".join(columns) + " " + rest, params, read)


def the_one(call: Call[list[Record]], missing: PgschedError) -> Call[Record]:
    """The row that a call finds. Raises `missing` where there is none."""

    def read(rows: list[Row]) -> Record:
        if not rows:
            raise missing
        return call.read(rows)[0]

    return Call(call.sql, call.params, read)
