"""Scripts, which jobs of python.script name."""

from __future__ import annotations

from .base import Call, Row, scalar, text


def save_script(name: str, source: str) -> Call[int]:
    """Save a script; reads the version that is newest now."""
    params = [text("name", name), text("source", source)]
    return Call("select pgsched.save_script(%s, %s)", params, scalar)


def script(name: str, version: int | None = None) -> Call[tuple[int, str] | None]:
    """(version, source) of a script: of that version, or the newest; None if there is none."""

    def read(rows: list[Row]) -> tuple[int, str] | None:
        return (rows[0][0], rows[0][1]) if rows else None

    return Call(
        "select s.version, s.source from pgsched.script as s"
        " where s.name = %s and coalesce(s.version = %s::int, s.newest)",
        [text("name", name), version],
        read,
    )
