"""Where an occasion goes that falls on a day nobody works."""

from __future__ import annotations

from datetime import date

from .calendar import BusinessDays, step

ROLLS = ("skip", "following", "preceding", "modified_following")


def roll(calendar: BusinessDays, day: date, how: str) -> date | None:
    """
    *day* if it is worked, else the nearest that is, by *how*, one of ROLLS.

    None where there is none within a year, or to skip.

    `modified_following` is following, unless that is in another month: then preceding.
    """
    if calendar.business(day):
        return day
    if how == "skip":
        return None
    if how == "preceding":
        return step(calendar, day, -1)
    following = step(calendar, day, 1)
    if how == "following" or (following and following.replace(day=1) == day.replace(day=1)):
        return following
    return step(calendar, day, -1)
