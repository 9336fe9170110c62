"""Business-day rules as people write them: `last business day of month at 18:00`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NoReturn

from ..errors import InvalidValue
from .business import Anchor, Apart, Choice, Nth, Rolled
from .clock_text import MIDNIGHT, quoted, read_ordinal, read_times
from .walls import Times

_REFUSED = "this is no business-day rule"
_HINT = (
    "write last business day of month at 18:00; 3rd business day of quarter; "
    "2 business days before the 15th at 08:30; the last day, preceding"
)
_OF = r"(?: of (?:the )?(?P<period>month|quarter|year))"
_DAY = rf"the (?P<day>[a-z0-9]+|last day|first day){_OF}?"
_FORMS = (
    re.compile(rf"(?P<which>[a-z0-9]+)(?P<from_end> last)? business day{_OF}"),
    re.compile(rf"(?P<count>\d{{1,4}}) business days? (?P<side>before|after) {_DAY}", re.ASCII),
    re.compile(rf"{_DAY}, (?P<how>following|preceding|modified following)"),
)
# A period has no more business days than days.
_DAYS = {"month": 31, "quarter": 92, "year": 366}
_COUNT_MAX = 366


@lru_cache(maxsize=4096)
def read_business(text: str) -> tuple[Choice, Times]:
    """
    The day and the times of a text of the kind `business`; without `at` it is 00:00.

    `last business day of month at 18:00`, `3rd business day of quarter at 09:00`, `2nd last
    business day of year`: a period with fewer has none. `2 business days before the 15th at
    08:30`, `5 business days after the last day`: counted from that day, worked or not.
    `the 15th, following` (preceding, modified following): that day, or if it is not worked the
    next, the one before, or the next of the same month and else the one before. Days are of each
    month, or with `of quarter`, `of year` its first or last. A month without a 31st has none.
    Raises InvalidValue for anything else.
    """
    form, at, clock = " ".join(text.lower().split()).partition(" at ")
    times = read_times(clock, _REFUSED) if at else MIDNIGHT
    found = next((match for known in _FORMS if (match := known.fullmatch(form))), None)
    if found is None:
        _refuse(f"{quoted(text)} is not understood")
    parts = found.groupdict()
    if "which" in parts:
        return _nth(parts["which"], bool(parts["from_end"]), parts["period"]), times
    anchor = _anchor(parts["day"], parts["period"] or "month")
    if "how" in parts:
        return Rolled(anchor, parts["how"].replace(" ", "_")), times
    count = int(parts["count"])
    if not 0 < count <= _COUNT_MAX:
        _refuse(f"{count} business days: allowed are 1..{_COUNT_MAX}", None)
    return Apart(count if parts["side"] == "after" else -count, anchor), times


def _nth(which: str, from_end: bool, period: str) -> Nth:
    number = -1 if which == "last" and not from_end else read_ordinal(which)
    if number is None or number > _DAYS[period]:
        _refuse(f"{quoted(which)}: allowed are 1st to {_DAYS[period]}, and last")
    return Nth(-number if from_end else number, period)


def _anchor(day: str, period: str) -> Anchor:
    number = {"last day": 0, "first day": 1}.get(day, read_ordinal(day))
    if number is None or number > 31:
        _refuse(f"{quoted(day)} is no day of a {period}")
    if number > 1 and period != "month":
        _refuse(f"the {day} of a {period} is not one of its ends", "write the first or last day")
    return Anchor(number, period)


def _refuse(detail: str, hint: str | None = _HINT) -> NoReturn:
    raise InvalidValue(_REFUSED, detail=detail, hint=hint)
