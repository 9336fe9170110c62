"""Times, texts and refusals, written short."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings

from pgsched.errors import InvalidValue
from pgsched.time import Calendar, Plan, Rule, parse


def examples(count: int) -> settings:
    """So many examples, however slow the machine: a machine's load is no finding."""
    unasked = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    return settings(max_examples=count, deadline=None, suppress_health_check=unasked)


def utc(text: str) -> datetime:
    """`2026-03-08 07:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day(text: str) -> date:
    """`2026-03-08`."""
    return date.fromisoformat(text)


def local(moment: datetime, timezone: str) -> str:
    """What the clocks of a zone show, with the offset."""
    return moment.astimezone(ZoneInfo(timezone)).isoformat(" ")


def walls(rule: Rule, timezone: str, after: str, count: int) -> list[str]:
    """The next firings after a time in UTC, as clocks of the zone show them, without offsets."""
    found = islice(rule.after(utc(after)), count)
    return [local(moment, timezone)[:19].removesuffix(":00") for moment, *_ in found]


def firings(kind: str, text: str, timezone: str, after: str, count: int, **more: Any) -> list[str]:
    """As walls(), of a rule in text."""
    return walls(parse(kind, text, timezone, **more), timezone, after, count)


def told(plan: Plan, after: str, count: int) -> list[str]:
    """Each occasion in a line: nominal, what became of it, why."""
    lines: list[str] = []
    for one in islice(plan.after(utc(after)), count):
        moved = (
            "skipped"
            if one.skipped
            else ""
            if one.due_at == one.nominal
            else f"{one.due_at:%d %H:%M:%S}"
        )
        codes = " ".join(note.code for note in one.notes)
        lines.append(" ".join(filter(None, [f"{one.nominal:%d %H:%M}", moved, codes])))
    return lines


def refusal(call: Callable[[], object]) -> InvalidValue:
    """How *call* is refused."""
    with pytest.raises(InvalidValue) as caught:
        call()
    return caught.value


def why_refused(kind: str, text: str, timezone: str = "UTC", **more: Any) -> str:
    """What parse() has against a text, in full."""
    return str(refusal(lambda: parse(kind, text, timezone, **more)))


def closing(*days: str, weekend: Iterable[int] = (6, 7)) -> Calendar:
    """A calendar that is closed on these days, each written `2026-12-25 Christmas Day`."""
    holidays = {day(text[:10]): text[11:] for text in days}
    return Calendar("test", frozenset(weekend), holidays)
