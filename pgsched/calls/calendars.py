"""Calls about business calendars and blackouts, which are plain rows of public views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from .base import Call, column, scalar, text


def put_calendar(
    name: str, weekend: Sequence[int] | None, about: str | None, expected: int | None = None
) -> Call[int | None]:
    """
    Make a calendar, or change what is given of it; reads its version.

    `weekend`: days from 1 (Monday) to 7 (Sunday); None: as it is, Saturday and Sunday of a new one.
    `expected`: only if it has this version, 0: if there is none; reads None where that is not so.
    """
    days = None if weekend is None else list(weekend)
    return Call(
        "insert into pgsched.calendar as c (name, weekend, about)"
        " select %s, coalesce(%s::integer[], '{6,7}'), %s where coalesce(%s::integer, 0) = 0"
        " or exists (select from pgsched.calendar as k where k.name = %s)"
        " on conflict (name) do update"
        " set weekend = coalesce(%s::integer[], c.weekend), about = coalesce(%s, c.about)"
        " where %s::integer is null or c.version = %s returning version",
        [
            *(text("name", name), days, text("about", about), expected, name),
            *(days, about, expected, expected),
        ],
        lambda rows: rows[0][0] if rows else None,
    )


def calendar_version(name: str) -> Call[int]:
    """The version that a calendar has."""
    return Call("select c.version from pgsched.calendar as c where c.name = %s", [name], scalar)


def restore_calendar(name: str, version: int) -> Call[int]:
    """Let a calendar be as it was at a version; reads its new one."""
    return Call("select pgsched.restore_calendar(%s, %s::int)", [name, version], scalar)


def remove_calendar(name: str, expected: int | None = None) -> Call[bool]:
    """Remove a calendar with its holidays, of this version; reads whether there was such a one."""
    return Call(
        "delete from pgsched.calendar as c where c.name = %s"
        " and (%s::integer is null or c.version = %s) returning 1",
        [name, expected, expected],
        bool,
    )


def put_holidays(calendar: str, days: Mapping[date, str]) -> Call[list[date]]:
    """Make days holidays of a calendar, or name them anew; reads those that were neither before."""
    return Call(
        "insert into pgsched.holiday as h (calendar, day, name)"
        " select %s, u.day, u.name from unnest(%s::date[], %s::text[]) as u (day, name)"
        " on conflict (calendar, day) do update set name = excluded.name"
        " where h.name <> excluded.name returning day",
        [calendar, list(days), list(days.values())],
        column,
    )


def remove_holidays(calendar: str, days: Sequence[date]) -> Call[list[date]]:
    """Let days be no holidays of a calendar; reads those that were."""
    return Call(
        "delete from pgsched.holiday as h where h.calendar = %s and h.day = any(%s::date[])"
        " returning h.day",
        [calendar, list(days)],
        column,
    )


def add_blackout(name: str, starts_at: datetime, ends_at: datetime, reason: str) -> Call[bool]:
    """Add a window in which schedules make no jobs; reads False if one of its start is there."""
    return Call(
        "insert into pgsched.blackout (name, starts_at, ends_at, reason)"
        " values (%s, %s, %s, %s) on conflict do nothing returning 1",
        [text("name", name), starts_at, ends_at, text("reason", reason)],
        bool,
    )


def remove_blackout(name: str, starts_at: datetime | None) -> Call[list[datetime]]:
    """Remove the windows of a name, or the one that starts then; reads their starts."""
    return Call(
        "delete from pgsched.blackout as b where b.name = %s"
        " and (%s::timestamptz is null or b.starts_at = %s) returning b.starts_at",
        [name, starts_at, starts_at],
        column,
    )
