"""Whatever is asked, there is an answer: a firing, an end, or a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgsched.errors import InvalidValue
from pgsched.time import KINDS, Calendar, Firing, Plan, Window, combined, describe, find_zone, parse
from pgsched.time.zone import changes
from tests.time.moments import day, examples, refusal, utc, why_refused
from tests.time.oracle import changes_of

CALENDAR = Calendar("plain")
WORDS = st.sampled_from(
    [
        *[
            "*",
            "*/5",
            "0",
            "5",
            "61",
            "1-5",
            "L",
            "5#2",
            ",",
            ";",
            ":",
            "=",
            "mon",
            "15th",
            "the",
            "last",
            "business",
            "day",
            "days",
            "of",
            "month",
            "quarter",
        ],
        *[
            "before",
            "after",
            "following",
            "preceding",
            "at",
            "09:00",
            "week",
            "weekday",
            "2",
            "every",
            "hour",
            "FREQ=DAILY",
        ],
        *[
            "BYMONTH=2",
            "BYMONTHDAY=30",
            "UNTIL",
            "COUNT=3",
            "DTSTART:20260101T000000",
            "RRULE:",
            "(",
            ")",
            "and",
            "or",
        ],
        *["not", "plain", "2026-01-01T00:00", "\n", "\0", "\ud800"],
    ]
)
TEXTS = st.lists(WORDS, max_size=8).map(" ".join) | st.text(max_size=30)


@examples(400)
@given(st.sampled_from(KINDS), TEXTS)
def test_any_text_is_understood_or_refused(kind, text):
    """By parse and describe, by the one error there is; and what is understood fires or ends."""
    try:
        rule = parse(kind, text, "Europe/Berlin", starts_at=utc("2026-01-01"), calendar=CALENDAR)
    except InvalidValue:
        return

    assert describe(kind, text, "Europe/Berlin")
    found = [moment for moment, *_ in islice(rule.after(utc("2026-01-01")), 5)]
    assert found == sorted(set(found))
    assert all(moment.microsecond == 0 and moment.tzinfo is UTC for moment in found)


RRULES = st.builds(
    "FREQ={};INTERVAL={};BYDAY={}{}{}".format,
    st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY"]),
    st.integers(1, 3),
    st.lists(
        st.tuples(st.sampled_from([*range(-6, 7), 8, 53, 54]), st.sampled_from(["MO", "SU", "FR"])),
        min_size=1,
        max_size=3,
    ).map(lambda days: ",".join(f"{which or ''}{day}" for which, day in days)),
    st.sampled_from(["", ";BYMONTH=2", ";BYMONTH=12", ";BYWEEKNO=53", ";BYYEARDAY=-366,366"]),
    st.sampled_from(["", ";BYMONTHDAY=31", ";BYSETPOS=-1,366", ";COUNT=7", ";BYSETPOS=8;COUNT=2"]),
)


@examples(100)
@given(RRULES)
def test_any_ordinals_of_weekdays_are_understood_or_refused(text):
    """dateutil has an IndexError for the tenth Friday of a month."""
    with suppress(InvalidValue):
        rule = parse("rrule", text, "UTC", starts_at=utc("2026-01-01"))
        assert next(rule.after(utc("2026-01-01"))).moment >= utc("2026-01-01")


@examples(200)
@given(TEXTS)
def test_any_expression_of_calendars_is_understood_or_refused(text):
    """Also what is no text."""
    with suppress(InvalidValue):
        assert combined(text, {"plain": CALENDAR}).business(day("2026-01-05"))


RULES = [
    ("cron", "0 0 29 2 1"),
    ("cron", "*/10 * * * * *"),
    ("every", "36525 days"),
    ("every", "monday at 09:00"),
    ("rrule", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;INTERVAL=2"),
    ("rrule", "FREQ=YEARLY;INTERVAL=100000"),
    ("business", "last business day of year"),
    ("at", "2026-01-01T00:00"),
]


@pytest.mark.parametrize(("kind", "text"), RULES)
@examples(20)
@given(st.datetimes(timezones=st.sampled_from([UTC, find_zone("Pacific/Apia")])))
def test_any_instant_has_occasions_after_it_or_none(kind, text, instant):
    """From the year 1 to 9999; nothing before 1900, nothing after 2999."""
    rule = parse(kind, text, "Pacific/Apia", starts_at=utc("1970-01-04 10:00"), calendar=CALENDAR)
    plan = Plan(rule=rule, timezone="Pacific/Apia", calendar=CALENDAR, roll="following")

    found = [one.nominal for one in islice(plan.after(instant), 2)]
    assert all(instant < moment and 1900 <= moment.year <= 3000 for moment in found)


class Counted:
    """A rule that counts how many firings were asked of it."""

    def __init__(self, text: str) -> None:
        self.rule, self.count = parse("cron", text, "UTC"), 0

    def after(self, instant: datetime) -> Iterator[Firing]:
        for firing in self.rule.after(instant):
            self.count += 1
            yield firing


YEAR = {day("2026-01-02") + timedelta(days=n): "shut" for n in range(360)}
MONTH = Window(utc("2026-02-01"), utc("2026-03-01"))


@pytest.mark.parametrize("text", ["* * * * * *", "*/10 * * * * *", "* * * * *", "0 */4 * * *"])
@pytest.mark.parametrize("roll", ["skip", "following", "preceding", "modified_following"])
@pytest.mark.parametrize(
    "calendar",
    [CALENDAR, Calendar("mwf", frozenset({2, 4, 6, 7})), Calendar("y", frozenset(), YEAR)],
    ids=["weekend", "no two days in a row", "a year"],
)
@pytest.mark.parametrize("policy", ["skip", "hold", "before"])
def test_an_occasion_is_settled_by_a_few_firings(text, roll, calendar, policy):
    """However many there are around it: at the end of a weekend, a blackout, a year off."""
    rule = Counted(text)
    plan = Plan(rule=rule, calendar=calendar, roll=roll, blackouts=[MONTH], blackout_policy=policy)

    for begin in ("2026-01-04 23:59", "2026-02-28 23:59", "2026-03-01", "2026-12-28"):
        rule.count = 0
        assert list(islice(plan.after(utc(begin)), 1))
        assert rule.count < 50


def test_the_last_year_ends_everything():
    """Iterated to the end."""
    rule = parse("cron", "0 0 1 1 *", "UTC")

    assert len(list(Plan(rule=rule).after(datetime(2990, 6, 1, tzinfo=UTC)))) == 9


@pytest.mark.parametrize(
    ("zone", "near"),
    [
        ("Europe/Berln", "did you mean Europe/Berlin"),
        ("europe/berlin", "did you mean Europe/Berlin"),
        ("New York", "America/New_York"),
        ("", "IANA names are like"),
        ("../../etc/passwd", "IANA names are like"),
        ("right/UTC", "Hint: "),
        ("localtime", "Hint: "),
        ("America", "Hint: "),
        ("UTC\0", "Hint: "),
        ("x" * 10_000, "IANA names are like"),
    ],
)
def test_an_unknown_zone_is_refused_with_what_is_near(zone, near):
    """Names are exact: Linux would take no other either."""
    why = why_refused("every", "hour", zone)

    assert why.startswith("the time zone is unknown. got ")
    assert near in why


def test_an_unknown_kind_is_refused():
    """Before its text is looked at."""
    assert "allowed are cron, rrule, every, at, business" in why_refused("sundial", "noon")


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_has_a_length(kind):
    """Neither nothing nor a book."""
    for text in ("", "  ", "1," * 20_001):
        assert "is empty or too long" in why_refused(kind, text)


def test_the_changes_of_a_zone_are_all_found():
    """By looking twice a day, as by looking each hour."""
    for zone in ("America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia"):
        found = [c for year in range(2009, 2021) for c in changes(find_zone(zone), year)]
        hours = changes_of(zone, 2009, 2020)
        assert [(c - h).total_seconds() // 3601 for c, h in zip(found, hours, strict=True)] == (
            [0] * len(hours)
        )


def test_a_starts_at_without_a_zone_is_refused():
    """It could be any instant of a day."""
    naive = datetime(2026, 1, 1)  # noqa: DTZ001

    assert "starts_at has no time zone" in str(
        refusal(lambda: parse("every", "hour", "UTC", starts_at=naive))
    )
