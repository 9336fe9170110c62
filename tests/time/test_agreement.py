"""The planner against the oracle: random rules, zones and times, and the same firings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgsched.errors import InvalidValue
from pgsched.time import Calendar, parse
from tests.time import oracle
from tests.time.moments import examples

ZONES = st.sampled_from(
    [
        *("UTC", "Europe/Dublin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"),
        *("Asia/Tehran", "America/Sao_Paulo", "Pacific/Chatham", "Africa/Casablanca"),
        *("Asia/Kathmandu", "Antarctica/Troll", "America/Havana", "Asia/Beirut"),
    ]
)
YEARS = st.integers(1975, 2090)
NEAR = {
    "Pacific/Apia": 2010,
    "Asia/Tehran": 2010,
    "Antarctica/Troll": 2024,
    "Asia/Beirut": 2024,
    "America/Havana": 2024,
    "Africa/Casablanca": 2024,
}
CHANGES = {zone: oracle.changes_of(zone, year, year + 2) for zone, year in NEAR.items()}


@st.composite
def fields(draw, low: int, high: int, star: int = 1) -> str:
    """A field of crontab: the more *star*, the more often it is one."""
    numbers = st.integers(low, high)

    def part() -> str:
        form = draw(st.sampled_from(["*"] * star + ["*/n", "a", "a", "a-b", "a-b/n"]))
        first, last = sorted((draw(numbers), draw(numbers)))
        step = draw(st.integers(1, max(1, (high - low) // 2)))
        forms = {"*": "*", "*/n": f"*/{step}", "a": f"{first}", "a-b": f"{first}-{last}"}
        return forms.get(form, f"{first}-{last}/{step}")

    return ",".join(part() for _ in range(draw(st.integers(1, 2))))


WEEKDAYS = fields(0, 7, star=4) | st.sampled_from(
    ["5#2", "L5", "mon-fri", "sun", "1#1,3#5", "L0,2"]
)
MONTH_DAYS = fields(1, 31, star=4) | st.sampled_from(["L", "15,L", "31"])
CRON = st.tuples(
    fields(0, 59), fields(0, 23, star=2), MONTH_DAYS, fields(1, 12, star=6), WEEKDAYS
).map(" ".join)


@st.composite
def moments(draw, timezone: str) -> datetime:
    """A whole minute; every second one is close to a change of the clock, if there are any."""
    minute = timedelta(minutes=draw(st.integers(0, 60 * 24 * 365)))
    near = CHANGES.get(timezone)
    if near and draw(st.booleans()):
        return draw(st.sampled_from(near)) - minute % timedelta(days=2)
    return datetime(draw(YEARS), 1, 1, tzinfo=UTC) + minute


def planned(rule, begin, end):
    """The firings in (begin, end]."""
    return [m for m, *_ in takewhile(lambda found: found[0] <= end, rule.after(begin))]


def parsed(text, timezone, kind="cron", **more):
    """The rule of a text; None where it never fires."""
    try:
        return parse(kind, text, timezone, **more)
    except InvalidValue as error:
        if error.message != "this rule never fires":
            raise
        return None


@examples(150)
@given(st.data(), CRON, ZONES)
def test_cron_fires_as_someone_who_watches_the_clock_says(data, text, timezone):
    """Three days of minutes each; all hours is "every N", anything else is once."""
    begin = data.draw(moments(timezone))
    end = begin + timedelta(days=3)
    fits = oracle.cron_fits(text)
    hours = {
        n
        for n in range(24)
        if oracle.cron_fits(f"* {text.split()[1]} * * *")(begin.replace(hour=n))
    }
    rule = parsed(text, timezone)

    found = planned(rule, begin, end) if rule else []
    assert found == oracle.watch_clock(fits, timezone, begin, end, each=len(hours) == 24)


@examples(40)
@given(st.data(), fields(0, 59), st.sampled_from(["*", "*/2", "1-3", "2"]), ZONES)
def test_cron_with_seconds_fires_as_someone_who_watches_the_clock_says(
    data, second, hour, timezone
):
    """Ninety minutes of seconds each."""
    text = f"{second} */7 {hour} * * *"
    begin = data.draw(moments(timezone)) + timedelta(seconds=data.draw(st.integers(0, 59)))
    end = begin + timedelta(minutes=90)

    found = planned(parse("cron", text, timezone), begin, end)
    fits = oracle.cron_fits(text)
    watched = oracle.watch_clock(fits, timezone, begin, end, each=hour == "*", step_s=1)
    assert found == watched


@examples(60)
@given(st.data(), st.integers(1, 5000), st.sampled_from(["second", "minute", "hour"]), ZONES)
def test_intervals_of_hours_and_less_are_counted_in_real_time(data, count, unit, timezone):
    """Whatever the clock on the wall does meanwhile."""
    start = data.draw(moments(timezone))
    begin = start + timedelta(seconds=data.draw(st.integers(-100_000, 100_000)))
    end = begin + timedelta(days=1)
    rule = parse("every", f"{count} {unit}s", timezone, starts_at=start)

    step_s = count * {"second": 1, "minute": 60, "hour": 3600}[unit]
    assert planned(rule, begin, end) == oracle.count_seconds(start, step_s, begin, end)


@examples(60)
@given(st.data(), st.integers(1, 9), st.sampled_from([None, "09:00", "02:30, 00:15"]), ZONES)
def test_intervals_of_days_are_counted_on_the_calendar(data, count, times, timezone):
    """At the wall time of the start, or at the times given."""
    start = data.draw(moments(timezone))
    begin = start + timedelta(days=data.draw(st.integers(1, 30)))
    end = begin + timedelta(days=4)
    text = f"{count} days" + (f" at {times}" if times else "")

    wall = start.astimezone(ZoneInfo(timezone))
    shown = times.split(", ") if times else [f"{wall:%H:%M}"]
    fits = oracle.count_days(wall.date(), count, shown)
    found = planned(parse("every", text, timezone, starts_at=start), begin, end)
    assert found == oracle.watch_clock(fits, timezone, begin, end, each=False)


ORDINALS = {1: "1st", 2: "2nd", 3: "3rd", 10: "10th", 15: "15th", 21: "21st", 31: "31st"}
PERIODS = {"month": 1, "quarter": 3, "year": 12}


@st.composite
def business_rules(draw):
    """A text, and how the oracle finds its days among the open days."""
    form = draw(st.sampled_from(["nth", "apart", "rolled"]))
    number = draw(st.sampled_from(sorted(ORDINALS)))
    day = draw(st.sampled_from([0, *ORDINALS]))
    name = f"the {ORDINALS[day]}" if day else "the last day"
    if form == "nth":
        last, period = draw(st.booleans()), draw(st.sampled_from(sorted(PERIODS)))
        which, months = -number if last else number, PERIODS[period]
        text = f"{ORDINALS[number]}{' last' * last} business day of {period}"
        return text, lambda days: days.nth(which, months)
    if form == "apart":
        before = draw(st.booleans())
        text = f"{number} business days {'before' if before else 'after'} {name}"
        count = -number if before else number
        return text, lambda days: days.apart(count, days.month_days(day))
    how = draw(st.sampled_from(["following", "preceding", "modified following"]))
    return f"{name}, {how}", lambda days: days.rolled(days.month_days(day), how)


@examples(80)
@given(
    business_rules(),
    ZONES,
    st.integers(2001, 2080),
    st.sets(st.integers(0, 5 * 365), max_size=200),
    st.sampled_from([{6, 7}, {5, 6}, {7}, {2, 4, 6, 7}, {1, 2, 4, 5, 6, 7}, set()]).map(frozenset),
)
def test_business_rules_find_the_days_that_a_list_of_all_days_has(
    rule, timezone, year, closed, weekend
):
    """Days only, over eight months, with random holidays and weekends."""
    text, days_of = rule
    holidays = {date(year - 2, 1, 1) + timedelta(days=n) for n in closed}
    days = oracle.OpenDays(holidays, set(weekend), year - 2, year + 2)
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year, 9, 1, tzinfo=UTC)
    calendar = Calendar("random", weekend, dict.fromkeys(holidays, "closed"))

    rule = parsed(f"{text} at 12:00", timezone, "business", calendar=calendar)
    found = planned(rule, begin, end) if rule else []
    zone = ZoneInfo(timezone)
    wanted = sorted(
        at
        for d in days_of(days)
        if begin < (at := datetime(d.year, d.month, d.day, 12, tzinfo=zone)) <= end
    )
    assert found == wanted


@pytest.mark.parametrize("timezone", ["America/New_York", "Pacific/Apia"])
def test_business_rules_meet_the_clock_like_all_others(timezone):
    """Every minute of a year with a gap at the hour of the rule."""
    begin, end = datetime(2011, 12, 1, tzinfo=UTC), datetime(2012, 4, 1, tzinfo=UTC)
    days = oracle.OpenDays(set(), {1}, 2011, 2012)
    calendar = Calendar("closed on Mondays", frozenset({1}))
    rule = parse("business", "last business day of month at 02:30", timezone, calendar=calendar)

    fits = oracle.on_days(days.nth(-1, 1), ["02:30"])
    watched = oracle.watch_clock(fits, timezone, begin, end, each=False)
    assert planned(rule, begin, end) == watched
