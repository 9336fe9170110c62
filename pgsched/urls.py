"""Names in URLs."""

from __future__ import annotations

from urllib.parse import quote


def piece(name: str) -> str:
    """
    A name as one piece of a path, percent-encoded.

    Of `.` and `..` the dots, too: clients take what looks like these for steps of the path.
    """
    return quote(name, safe="") if name.strip(".") else name.replace(".", "%2E")
