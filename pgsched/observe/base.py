"""What a question to a view is."""

from __future__ import annotations

from typing import Any, LiteralString

from ..calls import Call, Row
from ..errors import PgschedError

Record = dict[str, Any]
RETENTION = "retention may have removed it"


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
