"""The commands `pgsched calendar` and `pgsched blackout`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import pytest

from tests.sql.timetable import schedule


@pytest.fixture
def dsn(shared_dsn):
    """A database that is shared: nothing here changes its schema."""
    return shared_dsn


OK, USAGE, NOT_FOUND = 0, 2, 4
YEAR = datetime.now(UTC).year + 1

ICAL = f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:{YEAR}0310
SUMMARY:Company outing
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


def ok(answer):
    assert (answer.code, answer.err) == (OK, "")
    return answer


def holidays(db, calendar="us"):
    return dict(
        db.execute(
            "select h.day::text, h.name from pgsched.holiday as h where h.calendar = %s",
            (calendar,),
        ).fetchall()
    )


def weekday_of(year, month, day):
    """That day or the first after it that is no Saturday or Sunday."""
    found = datetime(year, month, day, tzinfo=UTC)
    while found.isoweekday() > 5:
        found += timedelta(days=1)
    return found.date()


def test_the_holidays_of_a_country_and_a_market_are_imported(pgsched, db):
    first = ok(pgsched("calendar", "import", "us", "--country", "US", "--years", "2026..2027"))
    again = ok(pgsched("calendar", "import", "us", "--country", "US", "--years", "2027"))
    ny = ("--country", "US", "--subdivision", "NY", "--years", 2026)
    ok(pgsched("calendar", "import", "ny", *ny))
    ok(pgsched("calendar", "import", "nyse", "--market", "NYSE", "--years", 2026))

    assert holidays(db)["2026-12-25"] == holidays(db, "nyse")["2026-12-25"] == "Christmas Day"
    assert len(holidays(db)) > 20
    assert first.out.splitlines()[0] == f"{len(holidays(db))} days added, 0 removed"
    assert again.out.splitlines() == ["0 days added, 0 removed", "0 coming runs move"]
    assert "2026-02-12" in holidays(db, "ny").keys() - holidays(db).keys()  # Lincoln's birthday
    assert "2026-04-03" in holidays(db, "nyse").keys() - holidays(db).keys()  # Good Friday


def test_an_import_replaces_the_years_that_it_names_unless_told_to_keep(pgsched, db, tmp_path):
    file = tmp_path / "company.ics"
    file.write_text(ICAL)
    ok(pgsched("calendar", "add", "co", "--about", "ours"))
    for day in (f"{YEAR}-01-05", f"{YEAR + 1}-01-05"):
        ok(pgsched("calendar", "holiday", "co", day, "Inventory"))
    line = ("calendar", "import", "co", "--ical", file, "--years", YEAR, "-o", "json")

    assert ok(pgsched(*line, "--keep")).json["removed"] == {}
    dry = ok(pgsched(*line, "--dry-run")).json
    assert (dry["removed"], dry["dry_run"]) == ({f"{YEAR}-01-05": "Inventory"}, True)
    assert len(holidays(db, "co")) == 3
    ok(pgsched(*line))
    assert holidays(db, "co") == {
        f"{YEAR}-03-10": "Company outing", f"{YEAR + 1}-01-05": "Inventory",
    }  # fmt: skip


def test_a_change_shows_which_coming_runs_it_moves(pgsched, db):
    day = weekday_of(YEAR, 3, 15)
    db.execute("insert into pgsched.calendar (name) values ('office'), ('other')")
    schedule(db, "rolled", cron=f"0 18 {day.day} 3 *", calendar="office", roll="following")
    schedule(db, "skipped", cron=f"0 18 {day.day} 3 *", calendar="not office and other")
    schedule(db, "counted", business="1st business day of month at 09:00", calendar="office")
    schedule(db, "else", cron="0 18 * * *", calendar="other")
    schedule(db, "broken", cron="0 18 * * *", calendar="office and nowhere")

    shown = ok(pgsched("calendar", "holiday", "office", day, "Ides", "-o", "json")).json
    moved = {row["schedule"]: row for row in shown["moved"]}
    assert moved.keys() == {"rolled", "skipped"}
    assert moved["rolled"]["was"] == f"{day} 18:00:00Z"
    assert moved["rolled"]["now"] > moved["rolled"]["was"]
    assert "Ides" in moved["rolled"]["why"]
    assert moved["skipped"]["now"] is None

    first = weekday_of(YEAR, 6, 1)
    shown = ok(pgsched("calendar", "holiday", "office", first, "Rest", "-o", "json")).json
    [row] = shown["moved"]
    assert (row["schedule"], row["was"]) == ("counted", f"{first} 09:00:00Z")
    assert row["now"].startswith(f"{weekday_of(YEAR, 6, first.day + 1)}")

    table = ok(pgsched("calendar", "holiday", "office", day, "--remove")).out
    assert table.startswith("0 days added, 1 removed\n2 coming runs move:\n")
    assert ok(pgsched("calendar", "change", "office", "--weekend", "none")).out.startswith(
        "calendar office is at version 5\n"
    )


def test_calendars_are_listed_shown_and_removed(pgsched, db):
    ok(pgsched("calendar", "add", "office", "--weekend", "fri,Saturday", "--about", "Dubai"))
    ok(pgsched("calendar", "add", "team"))
    schedule(db, "foreign", cron="0 18 * * *", calendar="team.ny")
    ok(pgsched("calendar", "holiday", "office", "2026-12-24", "Christmas Eve"))
    ok(pgsched("calendar", "holiday", "team", "2026-12-28", "Rest"))
    schedule(db, cron="0 18 * * *", calendar="team or office")

    [office, team] = ok(pgsched("calendar", "list", "-o", "json")).json
    assert (office["weekend"], office["holidays"], team["weekend"]) == ([5, 6], 1, [6, 7])
    assert "fri,sat" in ok(pgsched("calendar", "list")).out
    line = ("calendar", "show", "office and team", "--years", "2026", "-o", "json")
    assert ok(pgsched(*line)).json == [
        {"day": "2026-12-24", "name": "Christmas Eve"},
        {"day": "2026-12-28", "name": "Rest"},
    ]
    assert "Christmas Eve" in ok(pgsched("calendar", "show", "office", "--years", 2026)).out
    refused = pgsched("calendar", "remove", "team")
    assert (refused.code, "heeded by schedules. s. Hint" in refused.err) == (USAGE, True)
    gone = ok(pgsched("calendar", "remove", "team", "--force")).out
    assert gone.startswith("calendar team is removed\n")
    assert " coming runs move:\n" in gone


def test_the_history_of_a_calendar_is_shown_and_an_old_version_put_back(pgsched, db):
    ok(pgsched("calendar", "add", "office"))
    ok(pgsched("calendar", "holiday", "office", f"{YEAR}-12-24", "Christmas Eve"))
    ok(pgsched("calendar", "holiday", "office", f"{YEAR}-12-24", "--remove"))
    schedule(db, cron="0 18 24 12 *", calendar="office and not office or office")
    shown = ok(pgsched("calendar", "history", "office", "--limit", 2, "-o", "json")).json
    assert [(row["version"], row["changes"]) for row in shown] == [
        (3, {f"{YEAR}-12-24": None}), (2, {f"{YEAR}-12-24": "Christmas Eve"}),
    ]  # fmt: skip
    line = ("calendar", "restore", "office", "--version", "2")

    assert "nothing is changed" in ok(pgsched(*line, "--dry-run")).out
    assert holidays(db, "office") == {}
    assert ok(pgsched(*line)).out.startswith("calendar office is at version 4, as it was at")
    assert holidays(db, "office") == {f"{YEAR}-12-24": "Christmas Eve"}
    assert "Christmas Eve" in ok(pgsched("calendar", "history", "office")).out
    assert pgsched("calendar", "restore", "office", "--version", "9").code == USAGE


def test_a_file_says_nothing_of_the_weekend(pgsched, db, tmp_path):
    file = tmp_path / "company.ics"
    file.write_text(ICAL)
    ok(pgsched("calendar", "add", "co", "--weekend", "fri,sat"))
    ok(pgsched("calendar", "import", "co", "--ical", file))

    assert list(holidays(db, "co").values()) == ["Company outing"]
    assert db.execute("select weekend from pgsched.calendar").fetchall() == [([5, 6],)]


def test_blackouts_are_added_listed_and_removed_and_show_what_they_move(pgsched, db):
    day = f"{YEAR}-03-15"
    schedule(db, cron="0 18 15 3 *", blackout="freeze", blackout_policy="hold")
    window = (f"{day}T17:00:00Z", f"{day}T20:00:00Z")
    added = ok(pgsched("blackout", "add", "freeze", *window, "Quarter end", "-o", "json")).json

    [row] = added["moved"]
    assert (row["was"], row["now"]) == (f"{day} 18:00:00Z", f"{day} 20:00:00Z")
    assert "Quarter end" in row["why"]
    assert "Quarter end" in ok(pgsched("blackout", "list")).out
    again = pgsched("blackout", "add", "freeze", *window)
    assert (again.code, "a window that starts then" in again.err) == (USAGE, True)
    dry = ok(pgsched("blackout", "remove", "freeze", "--dry-run")).out
    assert "1 windows removed; nothing is changed" in dry
    gone = ok(pgsched("blackout", "remove", "freeze", "--from", window[0])).out
    assert "1 coming runs move:" in gone
    assert ok(pgsched("blackout", "list")).out == "there is no blackout window\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("calendar add NYSE", "name of a calendar must be of a-z"),
        ("calendar add office", "calendar office exists already"),
        ("calendar add x --weekend sun,moon,some", "--weekend must be days of the week"),
        ("calendar add x --weekend mon,tue,wed,thu,fri,sat,sun", "weekend must hold days from 1"),
        ("calendar change x", "there is no calendar 'x'. Hint: known are office"),
        ("calendar remove x", "there is no calendar 'x'"),
        ("calendar holiday x 2026-12-24", "there is no calendar 'x'"),
        ("calendar holiday office 24.12.2026", "DAY is not a day"),
        ("calendar show office+x", "no expression of calendars"),
        ("calendar import x --years 2026", "give one of --country, --market and --ical"),
        ("calendar import x --country US --years 2030..2026", "--years must be up to 200 years"),
        ("calendar import x --country ZZ --years 2026", "holidays of this code are unknown"),
        ("calendar import x --ical /no/such.ics --years 2026", "--ical cannot be read"),
        (
            "blackout add x 2026-01-02T00:00:00Z 2026-01-01T00:00:00Z",
            "ends_at must be after starts_at",
        ),
        ("blackout remove x", "blackout x has no such window"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(pgsched, line, message):
    ok(pgsched("calendar", "add", "office"))
    answer = pgsched(*line.split())

    missing = "there is no calendar" in message
    assert (answer.code, answer.out) == (NOT_FOUND if missing else USAGE, "")
    assert message in answer.err
    assert answer.err.count("\n") == 1


def test_without_the_extra_an_import_says_what_to_install(pgsched, monkeypatch):
    monkeypatch.setitem(sys.modules, "holidays", None)
    answer = pgsched("calendar", "import", "us", "--country", "US", "--years", 2026)

    assert answer.code == USAGE
    assert "pip install 'pgsched[calendars]'" in answer.err
