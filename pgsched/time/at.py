"""Once, at a time that is written out."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ..errors import InvalidValue
from .clock_text import quoted
from .occasion import Firing, require_whole_second
from .walls import Once
from .zone import place

_REFUSED = "this is no point in time"
_HINT = "write 2026-12-31T18:00, local in the zone, or with an offset: 2026-12-31T18:00+01:00"


def at(text: str, zone: ZoneInfo) -> Once:
    """
    One instant: ISO 8601 with an offset, or without one as wall time of *zone*.

    A wall time that does not exist is the first instant after the gap, one that exists twice the
    first. Raises InvalidValue; also for a date without a time, and for parts of a second.
    """
    if ":" not in text and "T" not in text:
        raise InvalidValue(_REFUSED, detail=f"{quoted(text)} has no time of day", hint=_HINT)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidValue(
            _REFUSED, detail=f"got {quoted(text)}: {quoted(str(error))}", hint=_HINT
        ) from None
    if moment.tzinfo is not None:
        return Once(Firing(require_whole_second("at", moment)))
    require_whole_second("at", moment.replace(tzinfo=zone))
    return Once(place(moment, zone))
