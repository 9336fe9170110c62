"""What a check is, and how it asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import psycopg

Level = Literal["ok", "warn", "fail"]
Connection = psycopg.Connection[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found; `advice` says what to do, and is empty where nothing is to be done."""

    name: str
    level: Level
    found: str
    advice: str = ""


def one(conn: Connection, query: str, params: list[Any] | None = None) -> dict[str, Any]:
    """The row of a query that has one."""
    [row] = conn.execute(query.encode(), params, prepare=False).fetchall()
    return row
