"""@task(schedule=..., on=...): what is said there, checked as soon as the module is imported."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias, cast, get_args, get_origin

from .calls.base import plain
from .errors import InvalidValue
from .models import Declaration, ScheduleColumns, SubscriptionColumns
from .time import KINDS, BusinessDays, Calendar, Plan, combined, parse

Columns: TypeAlias = dict[str, Any]
_Kind: TypeAlias = Literal["schedule", "subscription"]

# A field of cron begins with a digit or *, the second too; what stands second in `every` does not.
_CRON = re.compile(r"@|[\d*]\S*\s+[\d*]")
_TYPE = re.compile(r"\*|\w+(\.\w+)*(\.\*)?", re.ASCII)
_LENGTH_MAX = 200
_NO_DAY = frozenset[int]()


def schedules(task: str, given: Any) -> list[Declaration]:
    """
    What `schedule=` of a task says: a text, a mapping of columns, or a list of these.

    A text is cron (`0 6 * * 1-5`, `@daily`), else what `every` takes (`10 minutes`). The first is
    named as the task unless it has `name`, further ones task-2, task-3.
    Raises InvalidValue, which names the task and says exactly what is wrong.
    """
    return list(_each(task, "schedule", given, _schedule))


def subscriptions(task: str, given: Any) -> list[Declaration]:
    """What `on=` of a task says: a type of events, a mapping with `type`, or a list of these."""
    return list(_each(task, "subscription", given, _subscription))


def _each(
    task: str, kind: _Kind, given: Any, read: Callable[[str | Columns], Columns]
) -> Iterator[Declaration]:
    listed = cast("Sequence[Any]", given if isinstance(given, list | tuple) else [given])
    names: set[str] = set()
    for n, one in enumerate(listed, 1):
        name = task if n == 1 else f"{task}-{n}"
        try:
            if isinstance(one, Mapping):
                one = dict(cast("Mapping[str, Any]", one))
                name = one.pop("name", name)
            _require(isinstance(one, str | dict), "it must be a text or a mapping of columns", one)
            _require(_fits(name, str) and 0 < len(name) <= _LENGTH_MAX, "name must be a text", name)
            _require(name not in names, "there are two of this name", name)
            yield Declaration(kind, name, task, plain(read(one)))
        except InvalidValue as error:
            raise InvalidValue(
                f"task {task}: {kind} {name!r}: {error.message}",
                detail=error.detail,
                hint=error.hint,
            ) from None
        names.add(name)


def _schedule(given: str | Columns) -> Columns:
    if isinstance(given, str):
        given = {"cron" if _CRON.match(given) else "every": given}
    columns = _checked(given, ScheduleColumns)
    _require("after" not in columns, "after counts from when a schedule is made: use at", given)
    kinds = [kind for kind in KINDS if kind in columns]
    _require(len(kinds) == 1, f"it must have one of {', '.join(KINDS)}", kinds)
    _check_plan(kinds[0], columns)
    return columns


def _check_plan(kind: str, columns: Columns) -> None:
    """
    Refuse a rule that is wrong or never fires.

    Which days its calendar has is not known here: any might be open.
    """
    calendar: BusinessDays | None = None
    if "calendar" in columns:
        calendar = combined(columns["calendar"], _AnyCalendar())
    at = columns[kind]
    text = at.isoformat() if isinstance(at, datetime) else at.strip()
    zone, starts_at = columns.get("timezone", "UTC"), columns.get("starts_at")
    Plan(
        rule=parse(kind, text, zone, starts_at=starts_at, calendar=calendar),
        timezone=zone,
        starts_at=starts_at,
        ends_at=columns.get("ends_at"),
        splay_s=columns["splay"].total_seconds() if "splay" in columns else 0,
        jitter_s=columns["jitter"].total_seconds() if "jitter" in columns else 0,
    )


class _AnyCalendar(dict[str, Calendar]):
    """Whatever name an expression has, there is a calendar of it."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Calendar:
        return Calendar(name, _NO_DAY)


def _subscription(given: str | Columns) -> Columns:
    columns: Columns = {"type": given} if isinstance(given, str) else dict(given)
    type: Any = columns.pop("type", None)
    _require(
        _fits(type, str) and len(type) <= _LENGTH_MAX and _TYPE.fullmatch(type) is not None,
        "type must be *, a type of events like order.created, or one followed by .*",
        type,
    )
    return {"event_type": type, **_checked(columns, SubscriptionColumns)}


def _checked(columns: Columns, allowed: type) -> Columns:
    """*columns* without those that are None. Refuses unknown ones and values of other types."""
    hints = typing.get_type_hints(allowed)
    for name, value in columns.items():
        _require(name in hints, f"it has no {name}; allowed are {', '.join(hints)}", name)
        hint = hints[name]
        if value is not None and not _fits(value, hint):
            choice = get_origin(hint) is Literal
            what = f"one of {', '.join(get_args(hint))}" if choice else f"of type {_name(hint)}"
            raise InvalidValue(f"{name} must be {what}", detail=f"got {value!r}")
        aware = not isinstance(value, datetime) or value.tzinfo is not None
        _require(aware, f"{name} needs a time zone", value)
    return {name: value for name, value in columns.items() if value is not None}


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    kind = get_origin(hint) or hint
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _name(hint: Any) -> str:
    return (get_origin(hint) or hint).__name__


def _require(fit: bool, message: str, got: object) -> None:
    if not fit:
        raise InvalidValue(message, detail=f"got {got!r}")
