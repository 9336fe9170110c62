"""The planner against croniter and dateutil, where they are right: without time zones."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import dropwhile, islice

import dateutil.rrule
from croniter import croniter
from hypothesis import assume, given
from hypothesis import strategies as st

from pgsched.errors import InvalidValue
from pgsched.time import parse
from tests.time.moments import examples, utc
from tests.time.test_agreement import CRON, parsed

# Lists with a star; `3-3`, to it the whole field; ranges to the Sunday that is 7.
OTHERWISE = re.compile(r",\*|\b(\d+)-\1\b|\d-7[^ ]*$")
STARTS = st.integers(0, 50 * 365 * 1440).map(lambda n: utc("2001-01-01") + timedelta(minutes=n))


@examples(150)
@given(CRON, STARTS)
def test_croniter_finds_the_same_times_of_a_cron_rule(text, start):
    """Where it agrees with crontab about the text, of which it takes some otherwise."""
    month_day, weekday = text.split()[2], text.split()[4]
    assume((month_day == "*" and "," not in weekday) or not set(weekday) & {"#", "L"})
    assume(not OTHERWISE.search(text))
    rule = parsed(text, "UTC")
    assume(rule is not None)

    other = croniter(text, start.replace(tzinfo=None), implement_cron_bug=True)
    found = [moment.replace(tzinfo=None) for moment, *_ in islice(rule.after(start), 4)]
    assert found == [other.get_next(datetime) for _ in found]
    assert len(found) == 4


@examples(60)
@given(st.tuples(st.integers(0, 59), st.integers(0, 59), st.integers(0, 23)), STARTS)
def test_croniter_finds_the_same_seconds(numbers, start):
    """Six fields, the seconds first."""
    text = "{} {} {} * * *".format(*numbers)
    other = croniter(text, start.replace(tzinfo=None), second_at_beginning=True)
    found, *_ = next(parse("cron", text, "UTC").after(start))

    assert found.replace(tzinfo=None) == other.get_next(datetime)


PARTS = {
    "BYMONTH": st.sampled_from(["1", "2,8", "12"]),
    "BYMONTHDAY": st.sampled_from(["1", "15,-1", "31", "-31"]),
    "BYDAY": st.sampled_from(["MO", "SA,SU", "WE"]),
    "BYHOUR": st.sampled_from(["0", "9,17"]),
    "BYMINUTE": st.sampled_from(["0", "15,45"]),
    "BYSETPOS": st.sampled_from(["1", "-1", "2"]),
}
ONLY_BIG = {"WEEKLY": {"BYMONTHDAY"}}


@st.composite
def recurrences(draw) -> str:
    """One RRULE that RFC 5545 has no objections to."""
    freq = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"]))
    names = draw(st.sets(st.sampled_from(sorted(PARTS)), max_size=3)) - ONLY_BIG.get(freq, set())
    if names == {"BYSETPOS"} or freq in ("HOURLY", "MINUTELY"):
        names = set()
    parts = [f"FREQ={freq}", f"INTERVAL={draw(st.integers(1, 5))}"]
    parts += [f"{name}={draw(PARTS[name])}" for name in sorted(names)]
    return ";".join([*parts, f"WKST={draw(st.sampled_from(['MO', 'SU']))}"])


@examples(100)
@given(recurrences(), STARTS, st.integers(0, 4 * 365 * 1440))
def test_a_rule_looked_at_late_gives_what_dateutil_finds_walking_all_the_way(text, start, later):
    """The planner begins close by; dateutil always at DTSTART."""
    after = start + timedelta(minutes=later)
    naive = start.replace(tzinfo=None)
    floor = after.replace(tzinfo=None)
    if "MINUTELY" in text or "HOURLY" in text:
        floor = naive + (floor - naive) / 60
    try:
        rule = parse("rrule", f"DTSTART:{naive:%Y%m%dT%H%M%S}\nRRULE:{text}", "UTC")
    except InvalidValue as error:
        if error.message != "this rule never fires":
            raise
        return

    walked = iter(dateutil.rrule.rrulestr(text, dtstart=naive, cache=False))
    wanted = list(islice(dropwhile(lambda found: found <= floor, walked), 3))
    found = list(islice(rule.after(floor.replace(tzinfo=start.tzinfo)), 3))
    assert [moment.replace(tzinfo=None) for moment, *_ in found] == wanted
