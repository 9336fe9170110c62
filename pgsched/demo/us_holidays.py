"""The federal holidays of the United States, so that the demo needs no package for them."""

from __future__ import annotations

from datetime import date, timedelta

# Month and day; or month, weekday (1 Monday) and which of these, counted from the end if negative.
_FIXED = {
    "New Year's Day": (1, 1),
    "Juneteenth": (6, 19),
    "Independence Day": (7, 4),
    "Veterans Day": (11, 11),
    "Christmas Day": (12, 25),
}
_MOVABLE = {
    "Martin Luther King Jr. Day": (1, 1, 3),
    "Washington's Birthday": (2, 1, 3),
    "Memorial Day": (5, 1, -1),
    "Labor Day": (9, 1, 1),
    "Columbus Day": (10, 1, 2),
    "Thanksgiving Day": (11, 4, 4),
}


def us_holidays(years: range) -> dict[date, str]:
    """Each by its day; one on a Saturday is observed the day before, on a Sunday the day after."""
    found: dict[date, str] = {}
    for year in range(years[0], years[-1] + 2):  # New Year's Day may be observed the year before
        for name, (month, number) in _FIXED.items():
            day = date(year, month, number)
            found[day] = name
            moved = {6: -1, 7: 1}.get(day.isoweekday(), 0)
            if moved:
                found[day + timedelta(days=moved)] = f"{name} (observed)"
        for name, (month, weekday, nth) in _MOVABLE.items():
            found[_nth(year, month, weekday, nth)] = name
    return {day: found[day] for day in sorted(found) if day.year in years}


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    days = [date(year, month, 1) + timedelta(days=n) for n in range(31)]
    return [day for day in days if day.month == month and day.isoweekday() == weekday][
        nth - 1 if nth > 0 else nth
    ]
