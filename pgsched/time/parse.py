"""From the kind and text of a schedule to its rule."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, TypeAlias, get_args

from ..errors import InvalidValue
from .at import at
from .business import ChosenDays
from .business_text import read_business
from .calendar import BusinessDays
from .clock_text import quoted
from .cron import cron
from .every import read_every
from .occasion import Rule
from .rrule import rrule
from .walls import DayTimes, Fixed
from .zone import find_zone

Kind: TypeAlias = Literal["cron", "rrule", "every", "at", "business"]
KINDS: tuple[str, ...] = get_args(Kind)
# An RRULE may have pages of EXDATEs.
_LENGTH_MAX = {"rrule": 20_000}
_LENGTH_MAX_ELSE = 1000
# What has fired in none of 100 years never does.
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def parse(
    kind: str,
    text: str,
    timezone: str,
    *,
    starts_at: datetime | None = None,
    calendar: BusinessDays | None = None,
) -> Rule:
    """
    The rule that *text* states, a text of *kind*: cron, rrule, every, at or business.

    cron(), rrule(), read_every(), at() and read_business() say what each may be. *starts_at*
    (aware): what `every`, and an `rrule` without DTSTART, repeat from; the rule may fire before
    it, a Plan does not. *calendar*: whose business days `business` counts; others ignore it.

    Raises InvalidValue for an unknown kind or zone, a text that is wrong, one that never fires
    (by this calendar), and `business` without a calendar.
    """
    check_text(kind, text)
    zone = find_zone(timezone)
    if kind == "cron":
        return cron(text, zone)
    if kind == "rrule":
        return rrule(text, zone, starts_at)
    if kind == "every":
        return read_every(text).rule(zone, starts_at)
    if kind == "at":
        return at(text, zone)
    choice, times = read_business(text)
    if calendar is None:
        raise InvalidValue(
            "a business rule needs a calendar",
            detail=f"got {quoted(text)}",
            hint="name its calendar",
            field="calendar",
        )
    rule = Fixed(DayTimes(ChosenDays(choice, calendar), times), zone)
    if next(rule.after(_SOME_DAY), None) is None:
        raise InvalidValue(
            "this rule never fires", detail=f"{quoted(text)}: its calendar has no such day"
        )
    return rule


def check_text(kind: str, text: str) -> None:
    """Refuse an unknown kind, and a text that is empty or too long. Raises InvalidValue."""
    if kind not in KINDS:
        raise InvalidValue(
            "the kind of rule is unknown",
            detail=f"got {quoted(kind)}",
            hint=f"allowed are {', '.join(KINDS)}",
        )
    longest = _LENGTH_MAX.get(kind, _LENGTH_MAX_ELSE)
    if not text.strip() or len(text) > longest:
        raise InvalidValue(
            f"the text of {kind} is empty or too long",
            detail=f"it has {len(text)} characters, allowed 1..{longest}",
        )
