"""Rules in words."""

from __future__ import annotations

import locale
import re
from itertools import islice

import pytest
from hypothesis import assume, given

from pgsched.time import describe, parse
from pgsched.time.cron import spelled
from tests.time.moments import examples, refusal, utc
from tests.time.test_agreement import CRON, parsed


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("cron", "0 6 * * 1-5", "At 06:00, Monday through Friday"),
        ("cron", "@hourly", "Every hour"),
        ("cron", "*/15 * * * * *", "Every 15 seconds"),
        ("cron", "0 12 13 * 5", "At 12:00, on day 13 of the month, or on Friday"),
        ("cron", "0 12 */2 * 5", "At 12:00, every 2 days, and only on Friday"),
        ("cron", "0 12 L * *", "At 12:00, on the last day of the month"),
        (
            "cron",
            "0 12 * * mon,L5",
            "At 12:00, only on Monday or at 12:00, on the last Friday of the month",
        ),
        ("cron", "0 0 1 2,* *", "At 00:00, on day 1 of the month"),
        ("cron", "0 0 1 *,12 *", "At 00:00, on day 1 of the month"),
        ("cron", "0 0 * * *,mon", "At 00:00"),
        ("cron", "0 0 * * *,5L", "At 00:00"),
        ("cron", "0 0 15,* * 5", "At 00:00"),
        ("cron", "0 0 * * */7", "At 00:00, only on Sunday"),
        ("cron", "0 0 * * fri-sun", "At 00:00, Friday through Sunday"),
        ("cron", "*,30 * * * *", "Every minute"),
        ("cron", "*/40 * * * *", "At 0 and 40 minutes past the hour"),
        (
            "cron",
            "0 12 13 * L5",
            "At 12:00, on day 13 of the month or at 12:00, on the last Friday of the month",
        ),
        ("every", "15 minutes", "Every 15 minutes"),
        ("every", "hour", "Every hour"),
        ("every", "day at 9:00", "Every day at 09:00"),
        ("every", "weekday at 09:00, 17:30:15", "Monday to Friday at 09:00 and 17:30:15"),
        ("every", "friday, monday at 09:00", "Every Monday and Friday at 09:00"),
        (
            "every",
            "month on the 1st, last day at 06:00",
            "Every month on the 1st and last day at 06:00",
        ),
        ("at", "2026-12-31T18:00", "Once, at 2026-12-31 18:00:00"),
        ("at", "2026-12-31T18:00Z", "Once, at 2026-12-31 19:00:00"),
        (
            "business",
            "last business day of month at 18:00",
            "The last business day of each month at 18:00",
        ),
        (
            "business",
            "2nd last business day of year",
            "The 2nd last business day of each year at 00:00",
        ),
        (
            "business",
            "2 business days before the 15th at 08:30",
            "2 business days before the 15th of each month at 08:30",
        ),
        (
            "business",
            "the last day of quarter, preceding at 9:00",
            "The last day of each quarter, or the business day before at 09:00",
        ),
        ("rrule", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "Every 2 weeks on Monday and Friday"),
        (
            "rrule",
            "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=MONTHLY;BYDAY=-1FR,2TU;COUNT=3",
            "Every month on the last Friday and the 2nd Tuesday, 3 times from 2026-01-01",
        ),
        (
            "rrule",
            "RRULE:FREQ=DAILY;UNTIL=20260301T000000Z\nEXDATE:20260130T090000",
            "Every day, until 2026-03-01 00:00:00 UTC, but not on 2026-01-30 09:00:00",
        ),
    ],
)
def test_a_rule_is_said_in_words_with_its_zone(kind, text, words):
    """As `pgsched schedule describe` shows it."""
    assert describe(kind, text, "Europe/Berlin") == f"{words} (Europe/Berlin)"


@pytest.mark.parametrize(
    "text", ["0 12 * * L5", "0 12 * * 5#2", "0 12 L * *", "0 0 13 * 5", "0 9 * jan-mar mon,wed"]
)
def test_what_crontab_knows_has_words(text):
    """None of them falls back to the text itself."""
    words = describe("cron", text, "UTC")

    assert words.startswith("At ")
    assert "#" not in words


@examples(200)
@given(CRON)
def test_every_cron_rule_has_words(text):
    """They are made of a spelling that means the same."""
    rule = parsed(text, "UTC")
    assume(rule is not None)

    words = describe("cron", text, "UTC")
    assert "#" not in words
    assert words.endswith(" (UTC)")
    fields = spelled(text)
    assume("*" in (fields[3], fields[5]) or not re.search(r"\*", " ".join(text.split()[2::2])))
    same = parse("cron", " ".join(fields), "UTC")
    begin = utc("2026-01-01")
    assert [*islice(same.after(begin), 9)] == [*islice(rule.after(begin), 9)]


def test_words_are_english_everywhere(monkeypatch):
    """cron-descriptor asks the machine for its language."""
    monkeypatch.setattr(locale, "getlocale", lambda *_: ("de_DE", "UTF-8"))

    assert describe("cron", "59 6 * * 1-5", "UTC") == "At 06:59, Monday through Friday (UTC)"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("cron", "61 * * * *"),
        ("cron", "0 0 30 2 *"),
        ("every", "now and then"),
        ("rrule", "FREQ=NEVER"),
        ("at", "soon"),
        ("business", "some day"),
        ("sundial", "noon"),
        ("cron", " "),
    ],
)
def test_what_parse_refuses_has_no_words(kind, text):
    """With the same errors."""
    assert refusal(lambda: describe(kind, text, "UTC")).detail


def test_an_unknown_zone_has_no_words():
    """Also where the text needs none."""
    assert "did you mean Europe/Berlin" in str(refusal(lambda: describe("every", "hour", "berlin")))
