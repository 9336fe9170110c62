"""Business calendars, alone and combined."""

from __future__ import annotations

import pytest

from pgsched.time import Calendar, combined, names_in
from tests.time.moments import closing, day, refusal

FRIDAY, SATURDAY = day("2026-12-25"), day("2026-12-26")
MONDAY, TUESDAY = day("2026-12-28"), day("2026-12-29")


def test_business_days_are_all_but_weekends_and_holidays():
    """And it says why not."""
    calendar = closing("2026-12-25 Christmas Day")

    assert [calendar.business(d) for d in (FRIDAY, SATURDAY, MONDAY)] == [False, False, True]
    assert [calendar.closed(d) for d in (FRIDAY, SATURDAY, MONDAY)] == [
        ("holiday", "Christmas Day"),
        ("weekend", "a Saturday"),
        None,
    ]


def test_a_weekend_may_be_any_days_but_all():
    """ISO numbers."""
    assert Calendar("always", frozenset()).business(SATURDAY)
    assert not Calendar("friday", frozenset({5})).business(FRIDAY)
    for wrong in ({0}, {8}, set(range(1, 8))):
        assert "the weekend is out of range" in str(
            refusal(lambda wrong=wrong: Calendar("wrong", frozenset(wrong)))
        )


def test_a_holiday_on_a_weekend_is_a_holiday():
    """The better reason of the two."""
    assert closing("2026-12-26 Boxing Day").closed(SATURDAY) == ("holiday", "Boxing Day")


def test_a_holiday_without_a_name_is_one_of_its_calendar():
    """Rows may have none."""
    assert closing("2026-12-25").closed(FRIDAY) == ("holiday", "a holiday of test")


US = closing("2026-12-25 Christmas Day")
COMPANY = closing("2026-12-28 Company picnic", "2026-12-25 Party")
SHIFT = closing(weekend=[1])
ALL = {"us": US, "company": COMPANY, "shift-1": SHIFT}


@pytest.mark.parametrize(
    ("text", "open_days"),
    [
        ("us", "..MT"),
        ("company", "...T"),
        ("us and not company", "...T"),
        ("not company", ".S.T"),
        ("us or not company", ".SMT"),
        ("us and company", "...T"),
        ("us or company", "..MT"),
        ("shift-1", "FS.T"),
        ("shift-1 and us or company", "...T"),
        ("shift-1 and (us or company)", "...T"),
        ("company or us and shift-1", "...T"),
        ("shift-1 or company and us", "FS.T"),
        ("(shift-1 or company) and us", "...T"),
        ("us and not company and not us", "...T"),
        (" ( ( us ) ) ", "..MT"),
    ],
)
def test_an_expression_combines_calendars(text, open_days):
    """For Friday 25 (holiday of us, company), Saturday, Monday 28 (company's), Tuesday."""
    calendar = combined(text, ALL)
    days = zip("FSMT", (FRIDAY, SATURDAY, MONDAY, TUESDAY), strict=True)

    assert "".join(name if calendar.business(d) else "." for name, d in days) == open_days


def test_a_combination_says_why_it_is_closed():
    """The first calendar that is closed says it."""
    calendar = combined("us and not company", ALL)

    assert calendar.closed(FRIDAY) == ("holiday", "Christmas Day")
    assert calendar.closed(SATURDAY) == ("weekend", "a Saturday")
    assert calendar.closed(MONDAY) == ("holiday", "Company picnic")
    assert calendar.closed(TUESDAY) is None
    assert combined("us or company", ALL).closed(FRIDAY) == ("holiday", "Christmas Day")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "at character 1 of '': the name of a calendar is missing before 'the end'"),
        ("us and", "at character 7 of 'us and': the name of a calendar is missing"),
        ("us and mars", "at character 8 of 'us and mars': there is no calendar 'mars'"),
        ("us company", "at character 4 of 'us company': 'company' follows a complete expression"),
        ("(us", "at character 4 of '(us': a parenthesis is not closed"),
        ("us)", "at character 3 of 'us)': ')' follows a complete expression"),
        ("not (us or company)", "at character 5 of 'not (us or company)': the name of a calendar"),
        ("not not us", "at character 5"),
        ("us & company", "at character 4 of 'us & company': '&' belongs to no name"),
        ("and us", "at character 1"),
        ("(" * 51 + "us" + ")" * 51, "parentheses are nested more than 50 deep"),
    ],
)
def test_what_is_no_expression_is_refused_with_the_place(text, reason):
    """And the calendar that is missing."""
    why = str(refusal(lambda: combined(text, ALL)))

    assert why.startswith("this is no expression of calendars. ")
    assert reason in why


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("us.ny", {"us.ny"}),
        ("not(us.ny or us)and gb/sco:1", {"us.ny", "us", "gb/sco:1"}),
        ("us & (and not company", {"us", "company"}),
        ("", set()),
    ],
)
def test_an_expression_tells_the_names_in_it(text, names):
    """Also one that is none, or names what is not there: whoever removes a calendar asks."""
    assert names_in(text) == names
