"""emit_many(): each event as emit() makes it, all of them or none, and the jobs of all at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from psycopg.types.json import Jsonb

from tests.sql.actors import one, wait_until_blocked
from tests.sql.events import args_made, emit, subscribe
from tests.sql.refusals import refused
from tests.sql.test_plans import scans_of

SAID = {"type": "order.created", "source": "shop"}
EVENTS = "select count(*) from pgsched._event"


def emit_many(conn, *events):
    """Ids, and which were known, in order."""
    return conn.execute("select id, known from pgsched.emit_many(%s)", [Jsonb(events)]).fetchall()


def known(conn, *ids):
    """Which of these of one source were known."""
    return [was for _, was in emit_many(conn, *({**SAID, "id": each} for each in ids))]


def test_events_are_kept_as_they_were_said_with_the_jobs_of_all(db, clock):
    clock.advance(0)
    subscribe(db, args={"n": "$.data.n", "at": "$.time"})
    at = "2026-01-31T09:00:00+01:00"
    made = emit_many(
        db,
        {**SAID, "id": "a", "subject": "o-1", "time": at, "data": {"n": 1}},
        {"type": "order.created", "data": None},
        {"type": "other"},
    )

    found = db.execute(
        "select id, type, source, subject, external_id, time, data, depth from pgsched.event"
    ).fetchall()
    facts = [
        ("order.created", "shop", "o-1", "a", datetime(2026, 1, 31, 8, tzinfo=UTC), {"n": 1}, 0),
        ("order.created", "pgsched", None, None, clock.now, None, 0),
        ("other", "pgsched", None, None, clock.now, {}, 0),
    ]
    assert found == [(id, *row) for (id, _), row in zip(made, facts, strict=True)]
    assert [each["n"] for each in args_made(db)] == [1, None]
    assert args_made(db)[0]["at"].startswith("2026-01-31T08:00:00")


def test_what_else_is_said_is_kept_and_found_beside_what_has_a_name(db):
    """By filters and templates, and in the whole event, of which it replaces nothing."""
    subscribe(db, name="some", args={"region": "$.region", "type": "$.type"})
    subscribe(db, name="few", filter='$.region == "eu"', args={"of": "eu"})
    subscribe(db, name="all", args=None)
    emit_many(
        db, {**SAID, "attributes": {"region": "eu", "type": "odd"}}, {**SAID, "attributes": None}
    )

    kept = db.execute("select attributes from pgsched.event order by id").fetchall()
    assert kept == [({"region": "eu", "type": "odd"},), (None,)]
    made = args_made(db)
    events = [each["event"] for each in made if "event" in each]
    assert sorted((each for each in made if "event" not in each), key=str) == [
        {"of": "eu"},
        {"region": "eu", "type": "order.created"},
        {"region": None, "type": "order.created"},
    ]
    assert [(each["type"], each.get("region")) for each in events] == [
        ("order.created", "eu"),
        ("order.created", None),
    ]


def test_what_was_known_is_not_made_again_also_within_one_call(db):
    subscribe(db)
    first = emit(db, source="shop", id="b")

    assert known(db, "a", "b", "a", "c") == [False, True, True, False]
    assert known(db, "c", "d") == [True, False]
    made = emit_many(db, {**SAID, "id": "b"}, {**SAID, "id": "b", "source": "else"})
    assert (made[0], made[1][1]) == ((first, True), False)
    assert (one(db, EVENTS), len(args_made(db))) == (5, 5)


def test_who_tells_of_the_same_at_once_waits_and_is_told_that_it_is_known(db, other_db):
    """In whatever order they have them: keys are locked in one order."""
    with ThreadPoolExecutor(1) as pool:
        with db.transaction():
            assert known(db, "b", "a") == [False, False]
            racing = pool.submit(known, other_db, "a", "b", "c")
            wait_until_blocked(db, other_db)
        assert racing.result() == [True, True, False]

    assert one(db, EVENTS) == 3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"type": "a b"}, "type must be words"),
        ({"id": ""}, "id must have 1 to 500"),
        ({"source": ""}, "source must have 1 to 500"),
        ({"subject": ""}, "subject must have"),
        ({"time": "yesterday or so"}, "invalid input syntax"),
        ({"time": "infinity"}, "time must be finite"),
        ({"time": "10000-01-01T00:00:00Z"}, "time must be finite"),
        ({"data": "x" * 1_100_000}, "data must not exceed 1048576 bytes"),
        ({"attributes": []}, "attributes must be an object"),
        ({"attributes": {"a": "x" * 70_000}}, "attributes must be an object of at most 65536"),
    ],
)
def test_what_is_not_allowed_is_refused_with_its_place_and_nothing_is_made(db, wrong, message):
    with refused("PS010", message) as caught:
        emit_many(db, SAID, SAID | wrong)

    assert caught.value.diag.message_detail == "of event 1, the first being 0"
    assert one(db, EVENTS) == 0


@pytest.mark.parametrize("events", ["{}", "[]", "null", "7", '"x"'])
def test_what_is_no_array_of_events_is_refused(db, events):
    with refused("PS010", "the number of events must be from 1 to 10000"):
        db.execute(f"select pgsched.emit_many('{events}')")
    with refused("23502", "type"):
        db.execute(f"select pgsched.emit_many('[{events}]')")


def test_keys_are_looked_up_by_index_however_many_there_are(db):
    db.execute(
        "insert into pgsched._event_key select 'shop', n::text, 0, n"
        " from generate_series(1, 5000) as n"
    )

    scans = scans_of(db, lambda: known(db, "7", "x"))

    assert scans["_event_key"].seq == 0
