"""Recurrence rules against an evaluator that walks day by day: parts, ordinals, ends, zones."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import takewhile

from hypothesis import given
from hypothesis import strategies as st

from pgsched.errors import InvalidValue
from pgsched.time import parse
from tests.time.moments import examples, utc
from tests.time.plan_oracle import DAY, Clock

BEGIN, END = utc("2025-12-01"), utc("2028-03-05")
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


@cache
def clock(timezone: str) -> Clock:
    """What its clocks show in these years."""
    return Clock(timezone, BEGIN, END)


@dataclass
class Slow:
    """One RRULE on wall times, by its parts."""

    start: datetime
    freq: str
    interval: int
    week_start: int
    by: dict[str, list[int]]
    by_day: list[tuple[int, int]]
    ends: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """As RFC 5545 writes it."""
        parts = [f"FREQ={self.freq}", f"INTERVAL={self.interval}", f"WKST={DAYS[self.week_start]}"]
        parts += [f"{name}={','.join(map(str, values))}" for name, values in self.by.items()]
        if self.by_day:
            days = (f"{which or ''}{DAYS[weekday]}" for which, weekday in self.by_day)
            parts.append(f"BYDAY={','.join(days)}")
        return ";".join([*parts, *(f"{name}={value}" for name, value in self.ends.items())])

    def walls(self, last: datetime) -> list[datetime]:
        """All from the start to *last*, without regard to its end."""
        periods: dict[object, list[datetime]] = {}
        # Whole years, for BYSETPOS picks from whole periods.
        day = self.start.date().replace(month=1, day=1)
        while day.year <= last.year:
            if (period := self._period(day)) is not None and self._fits(day):
                periods.setdefault(period, []).extend(self._times(day))
            day += DAY
        found: list[datetime] = []
        for walls in periods.values():
            if places := self.by.get("BYSETPOS"):
                walls = [w for n, w in enumerate(walls) if {n + 1, n - len(walls)} & {*places}]
            found += walls
        return [wall for wall in found if self.start <= wall <= last]

    def _period(self, day: date) -> object:
        first = self.start.date()
        if self.freq == "YEARLY":
            passed, name = day.year - first.year, day.year
        elif self.freq == "MONTHLY":
            passed = (day.year - first.year) * 12 + day.month - first.month
            name = day.replace(day=1)
        elif self.freq == "WEEKLY":
            weeks = [d - timedelta(days=(d.weekday() - self.week_start) % 7) for d in (first, day)]
            passed, name = (weeks[1] - weeks[0]).days // 7, weeks[1]
        else:
            passed, name = (day - first).days, day
        return name if passed % self.interval == 0 else None

    def _fits(self, day: date) -> bool:
        length = monthrange(day.year, day.month)[1]
        months, month_days = self.by.get("BYMONTH"), self.by.get("BYMONTHDAY")
        dated = self.by_day or month_days or self.by.get("BYYEARDAY")
        if not dated and self.freq in ("YEARLY", "MONTHLY"):
            month_days = [self.start.day]
            months = months or ([self.start.month] if self.freq == "YEARLY" else None)
        if months and day.month not in months:
            return False
        if month_days and not {day.day, day.day - length - 1} & {*month_days}:
            return False
        year_days = self.by.get("BYYEARDAY")
        number, all_days = day.timetuple().tm_yday, 366 if monthrange(day.year, 2)[1] > 28 else 365
        if year_days and not {number, number - all_days - 1} & {*year_days}:
            return False
        if self.by_day:
            return any(self._fits_weekday(day, *one) for one in self.by_day)
        return self.freq != "WEEKLY" or day.weekday() == self.start.weekday()

    def _fits_weekday(self, day: date, which: int, weekday: int) -> bool:
        if day.weekday() != weekday or not which:
            return day.weekday() == weekday
        first = day.replace(day=1) if self._in_months() else day.replace(month=1, day=1)
        length = monthrange(day.year, day.month)[1] if self._in_months() else 366
        days = (first + n * DAY for n in range((day - first).days % 7, length, 7))
        same = [one for one in days if one.year == day.year]
        number = same.index(day) + 1
        return which in (number, number - len(same) - 1)

    def _in_months(self) -> bool:
        return self.freq == "MONTHLY" or "BYMONTH" in self.by

    def _times(self, day: date) -> list[datetime]:
        hours = self.by.get("BYHOUR", [self.start.hour])
        minutes = self.by.get("BYMINUTE", [self.start.minute])
        begin = datetime(day.year, day.month, day.day)  # noqa: DTZ001
        return sorted(begin + timedelta(hours=h, minutes=m) for h in hours for m in minutes)


PARTS = {
    "BYMONTH": st.sampled_from([[2], [3, 11], [1, 12]]),
    "BYMONTHDAY": st.sampled_from([[1], [-1, 15], [29, 31], [-31], [8, 9, 10]]),
    "BYYEARDAY": st.sampled_from([[1, -1], [60], [366]]),
    "BYHOUR": st.sampled_from([[2], [0, 9], [1, 2, 3]]),
    "BYMINUTE": st.sampled_from([[30], [0, 45]]),
    "BYSETPOS": st.sampled_from([[1], [-1], [2, -2]]),
}
# What means nothing with a frequency; and of the first week dateutil takes only the days that are
# left of it.
NOT_WITH = {
    "YEARLY": set(),
    "MONTHLY": {"BYYEARDAY"},
    "WEEKLY": {"BYYEARDAY", "BYMONTHDAY", "BYSETPOS"},
    "DAILY": {"BYYEARDAY"},
}


@st.composite
def rules(draw):
    """A rule from some quarter of an hour of 2026."""
    freq = draw(st.sampled_from(sorted(NOT_WITH)))
    names = draw(st.sets(st.sampled_from(sorted(PARTS)), max_size=3)) - NOT_WITH[freq]
    by = {name: draw(PARTS[name]) for name in sorted(names)}
    most = {"MONTHLY": 5, "YEARLY": 5 if "BYMONTH" in by else 53}.get(freq, 0)
    days = draw(st.lists(st.tuples(st.integers(-most, most), st.integers(0, 6)), max_size=2))
    if "BYSETPOS" in by and not days and len(by) == 1:
        del by["BYSETPOS"]
    start = datetime(2026, 1, 1) + draw(st.integers(0, 96 * 300)) * timedelta(minutes=15)  # noqa: DTZ001
    if draw(st.booleans()):
        start = start.replace(hour=draw(st.integers(0, 3)))
    interval = draw(st.sampled_from([1, 1, 2, 3, 5]))
    return Slow(start, freq, interval, draw(st.sampled_from([0, 6])), by, days)


ZONES = st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll"])


@examples(120)
@given(st.data(), rules(), ZONES)
def test_a_rule_fires_on_the_days_that_someone_finds_who_walks_through_all(data, slow, timezone):
    """With its COUNT or UNTIL, without its EXDATEs, each wall time at its instant."""
    seen = clock(timezone)
    last = datetime(2028, 2, 29, 23, 45)  # noqa: DTZ001
    walls = slow.walls(last)
    lines = [f"DTSTART:{slow.start:%Y%m%dT%H%M%S}"]
    sample = st.sampled_from(walls or [slow.start])
    end = data.draw(st.sampled_from(["", "COUNT", "UNTIL", "UTC"]))
    if end == "COUNT":
        count = data.draw(st.integers(1, 40))
        slow.ends["COUNT"], walls = str(count), walls[:count]
    elif end:
        until = data.draw(sample)
        slow.ends["UNTIL"] = f"{until:%Y%m%dT%H%M%S}"
        walls = [wall for wall in walls if wall <= until]
        if end == "UTC":
            instant = seen.first[until] + data.draw(st.sampled_from([0, 1, -1])) * DAY / 24
            slow.ends["UNTIL"] = f"{instant:%Y%m%dT%H%M%SZ}"
            walls = [wall for wall in slow.walls(last) if seen.first[wall] <= instant]
    instants = {wall: seen.first[wall] for wall in walls}
    for form in data.draw(st.lists(st.sampled_from(["local", "utc", "date"]), max_size=3)):
        less = data.draw(sample)
        if form == "local":
            lines.append(f"EXDATE:{less:%Y%m%dT%H%M%S}")
            instants.pop(less, None)
        elif form == "utc":
            lines.append(f"EXDATE:{seen.first[less]:%Y%m%dT%H%M%SZ}")
            instants = {w: m for w, m in instants.items() if m != seen.first[less]}
        else:
            lines.append(f"EXDATE;VALUE=DATE:{less:%Y%m%d}")
            instants = {w: m for w, m in instants.items() if w.date() != less.date()}
    begin = data.draw(st.sampled_from([BEGIN, *instants.values()]))
    try:
        rule = parse("rrule", "\n".join([*lines, f"RRULE:{slow.text()}"]), timezone)
    except InvalidValue as error:
        never = error.message == "this rule never fires" and not instants
        if not never and "is not reached" not in str(error):
            raise
        return

    stop = seen.first[last]
    found = [m for m, *_ in takewhile(lambda one: one.moment <= stop, rule.after(begin))]
    assert found == sorted({moment for moment in instants.values() if moment > begin})


FINE_PARTS = {
    "BYHOUR": st.sampled_from([[2], [0, 9], [1, 2, 3]]),
    "BYMINUTE": st.sampled_from([[30], [0, 45], [0, 15, 30]]),
    "BYMONTHDAY": st.sampled_from([[1], [-1, 15], [8, 9, 10]]),
}
FINE_STEPS = {"HOURLY": [1, 2, 3, 12, 24, 48], "MINUTELY": [15, 30, 60, 120, 1440, 2880]}


@st.composite
def fine_rules(draw):
    """A rule of hours or minutes with BY parts, on days when some clocks change."""
    freq = draw(st.sampled_from(sorted(FINE_STEPS)))
    names = draw(st.sets(st.sampled_from(sorted(FINE_PARTS)), min_size=1))
    by = {name: draw(FINE_PARTS[name]) for name in sorted(names)}
    days = [(0, draw(st.integers(0, 6)))] if draw(st.booleans()) else []
    start = utc("2026-03-01").replace(tzinfo=None) + draw(st.integers(0, 96 * 28)) * timedelta(
        minutes=15
    )
    return Slow(start, freq, draw(st.sampled_from(FINE_STEPS[freq])), 0, by, days)


def fine_walls(slow: Slow, last: datetime) -> list[datetime]:
    """Its times, by a walk through all quarters of an hour."""
    unit = timedelta(hours=1) if slow.freq == "HOURLY" else timedelta(minutes=1)
    first = slow.start.replace(minute=0) if slow.freq == "HOURLY" else slow.start
    hours, minutes = slow.by.get("BYHOUR"), slow.by.get("BYMINUTE")
    if slow.freq == "HOURLY" and minutes is None:
        minutes = [slow.start.minute]
    found, wall = [], slow.start
    while wall <= last:
        if (
            (wall - first) // unit % slow.interval == 0
            and (hours is None or wall.hour in hours)
            and (minutes is None or wall.minute in minutes)
            and slow._fits(wall.date())
        ):
            found.append(wall)
        wall += timedelta(minutes=15)
    return found


@examples(60)
@given(fine_rules(), ZONES)
def test_a_rule_of_hours_with_parts_fires_when_someone_finds_who_walks_through_all(slow, timezone):
    """Where clocks are set back, what is there twice comes the first time."""
    seen = clock(timezone)
    last = slow.start + 60 * DAY
    walls = fine_walls(slow, last)
    text = f"DTSTART:{slow.start:%Y%m%dT%H%M%S}\nRRULE:{slow.text()}"
    if not walls:
        return

    rule = parse("rrule", text, timezone)
    stop = seen.first[last]
    found = [m for m, *_ in takewhile(lambda one: one.moment <= stop, rule.after(BEGIN))]
    assert found == sorted({seen.first[wall] for wall in walls})
