"""Subscriptions: which events they match, what they make of them, and what is refused at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from psycopg.rows import dict_row

from tests.sql.actors import declare, due_in_s, one
from tests.sql.events import args_made, emit, made, problems, subscribe, tasks_made
from tests.sql.refusals import refused


def rows(db):
    with db.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("select * from pgsched.subscription order by name").fetchall()


# --- what matches --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("order.created", ["order.created"]),
        ("order.*", ["order.created", "order.created.eu"]),
        ("order.created.*", ["order.created.eu"]),
        ("*", ["Order.created", "order", "order.created", "order.created.eu", "orders.created"]),
        ("order", ["order"]),
        ("ord.*", []),
    ],
)
def test_a_pattern_matches_a_type_all_below_one_or_all(db, pattern, matched):
    subscribe(db, event_type=pattern, args={"type": "$.type"})
    for type in ("order", "order.created", "order.created.eu", "orders.created", "Order.created"):
        emit(db, type)

    assert sorted(args["type"] for args in args_made(db)) == matched


@pytest.mark.parametrize(
    ("filter", "count"),
    [
        (None, 3),
        ("$.data.n > 1", 2),
        ('$.data.n > 1 && $.source == "shop"', 1),
        ('exists($.subject ? (@ starts with "or"))', 1),
        ("$.data.missing > 1", 0),
        ('$.time starts with "20"', 3),
        ("!(exists ($.subject ? (@ != null)))", 2),
    ],
)
def test_a_filter_asks_for_anything_in_the_event(db, filter, count):
    subscribe(db, filter=filter)
    emit(db, data={"n": 1})
    emit(db, data={"n": 2})
    emit(db, data={"n": 3}, source="shop", subject="order 7")

    assert len(made(db)) == count
    assert problems(db) == []


def test_a_filter_that_is_unknown_for_an_event_is_told_and_stops_nobody(db):
    subscribe(db, "a", task="a", filter="strict $.data.n > 1")
    subscribe(db, "b", task="b")
    emit(db, data={"n": "text"})
    emit(db, data={"n": 2})
    emit(db, data={})

    assert tasks_made(db) == ["a", "b", "b", "b"]
    assert problems(db) == ["a: the filter is unknown for it"] * 2


def test_a_filter_that_gives_nothing_for_an_event_is_unknown_for_it(db):
    """Where the JSON path functions are not asked to be silent, this raises."""
    subscribe(db, filter="($.data.n > 1) ? (@ == false)")
    emit(db, data={"n": 2})

    assert problems(db) == ["s: the filter is unknown for it"]


def test_a_filter_may_compare_times_of_other_zones(db):
    """Without the _tz form of the JSON path functions, this raises for each event."""
    subscribe(db, filter='$.data.at.datetime() < "2026-01-01T00:00:00+02".datetime()')
    emit(db, data={"at": "2025-12-31"})
    emit(db, data={"at": "2026-01-01"})

    assert (len(made(db)), problems(db)) == (1, [])


def test_a_disabled_subscription_makes_nothing(db):
    subscribe(db, "other", task="other")
    subscribe(db, enabled=False)
    emit(db)
    db.execute("select pgsched.enable_subscription('s')")
    emit(db)
    db.execute("select pgsched.enable_subscription('s', false)")
    emit(db)

    assert tasks_made(db) == ["other", "other", "other", "t"]


# --- what is made --------------------------------------------------------------------------------


def test_without_a_template_args_are_the_event(db, clock):
    clock.set(datetime(2026, 3, 1, 12, 0, 0, 250000, UTC))
    db.execute("set timezone = 'Asia/Kolkata'")
    subscribe(db)
    event_id = emit(db, data=json.dumps([1]), subject="x")

    time = "2026-03-01T12:00:00.25+00:00"
    envelope = {"id": str(event_id), "type": "order.created", "source": "pgsched"}
    assert args_made(db) == [{"event": envelope | {"subject": "x", "time": time, "data": [1]}}]


def test_what_asks_for_data_alone_and_what_asks_for_more_get_on_in_one_batch(db):
    """The first are asked of data; a path or a text may look like $.data and not be it."""
    of_data = {"n": "$.data.n", "all": "$.data", "text": "$$.data"}
    subscribe(db, "data", args=of_data, filter='$.data.n == 1 && $.data."$.data" == "$.\\"data\\""')
    subscribe(db, "key", args={"n": "$.data.n"}, key="$.data.n")
    subscribe(db, "more", args={"n": "$.data.n", "type": "$.type"})
    subscribe(db, "other", args={"n": "$.database.n"})
    subscribe(db, "event")
    data = {"n": 1, "$.data": '$."data"'}
    emit(db, data=data)
    of_data_alone = db.execute("select name from pgsched._subscription where not whole order by 1")

    assert of_data_alone.fetchall() == [("data",), ("key",)]
    assert problems(db) == []
    found = [args for args in args_made(db) if "event" not in args]
    assert sorted(found, key=str) == sorted(
        [
            {"n": 1, "all": data, "text": "$.data"},
            {"n": 1},
            {"n": 1, "type": "order.created"},
            {"n": None},
        ],
        key=str,
    )


def test_the_event_s_id_is_that_of_its_source(db):
    subscribe(db, args={"id": "$.id"})
    emit(db, id="a1")

    assert args_made(db) == [{"id": "a1"}]


def test_a_template_takes_values_from_the_event_wherever_it_says(db):
    template = {
        "id": "$.data.id",
        "nested": {"list": [1, "$.data.items[*].sku", {"x": "$.source"}], "$.kept": True},
        "object": "$.data.items[0]",
        "missing": "$.data.nothing.at.all",
        "price": "$$5 off",
        "text": "a $.data.id",
        "total": "$.data.id + 1",
    }
    subscribe(db, args=template)
    emit(db, data={"id": 7, "items": [{"sku": "a"}, {"sku": "b"}]}, source="shop")

    [args] = args_made(db)
    assert args == {
        "id": 7,
        "nested": {"list": [1, "a", {"x": "shop"}], "$.kept": True},
        "object": {"sku": "a"},
        "missing": None,
        "price": "$5 off",
        "text": "a $.data.id",
        "total": 8,
    }


def test_a_job_gets_queue_priority_delay_and_key_of_its_subscription(db, clock):
    clock.advance(0)
    subscribe(db, queue="q", priority=7, delay=timedelta(hours=1), key="$.data.id")
    event_id = emit(db, data={"id": 12})
    [(job_id, *found)] = db.execute("select id, queue, priority, key, labels from pgsched.job")

    assert found == ["q", 7, "12", {"event": str(event_id), "subscription": "s"}]
    assert due_in_s(db, job_id) == 3600


def test_what_a_subscription_leaves_out_is_the_task_s_policy(db):
    declare(db, "t", queue="own", priority=3)
    subscribe(db, key="fixed")
    emit(db)

    found = db.execute("select queue, priority, key from pgsched.job").fetchall()
    assert found == [("own", 3, "fixed")]


@pytest.mark.parametrize(("key", "made_key"), [("$.data.none", None), ("$$x", "$x"), ("x", "x")])
def test_a_key_that_finds_nothing_is_none(db, key, made_key):
    subscribe(db, key=key)
    emit(db)

    assert one(db, "select key from pgsched.job") == made_key


def test_a_task_that_nobody_knows_yet_is_allowed_and_shown(db):
    subscribe(db, task="later")
    emit(db)
    before = [row["task_known"] for row in rows(db)]
    declare(db, "later")

    assert (before, [row["task_known"] for row in rows(db)]) == ([False], [True])
    assert tasks_made(db) == ["later"]


# --- the view, and versions ----------------------------------------------------------------------


def test_the_view_takes_insert_update_and_delete(db):
    db.execute(
        "insert into pgsched.subscription (name, event_type, task, args)"
        " values ('a', 'x', 't', '{\"n\": \"$.data.n\"}'), ('b', 'y', 't', null)"
    )
    db.execute("update pgsched.subscription set args = '{\"m\": \"$.data.n\"}' where name = 'a'")
    db.execute("delete from pgsched.subscription where name = 'b'")
    emit(db, "x", data={"n": 1})
    emit(db, "y")

    assert args_made(db) == [{"m": 1}]
    assert [(row["name"], row["version"], row["enabled"]) for row in rows(db)] == [("a", 2, True)]


def test_each_change_makes_a_version_and_no_change_makes_none(db, clock):
    clock.advance(0)
    first = subscribe(db, filter="$.data.n > 1")
    begun = clock.now
    clock.advance(60)
    same = subscribe(db, filter="$.data.n > 1")
    untouched = one(db, "select updated_at from pgsched.subscription")
    changed = subscribe(db, filter="$.data.n > 2")

    assert (first, same, changed) == (1, 1, 2)
    assert untouched == begun
    assert one(db, "select updated_at from pgsched.subscription") == clock.now


def test_declaring_again_leaves_what_an_operator_disabled_unless_it_says_so(db):
    subscribe(db)
    db.execute("select pgsched.enable_subscription('s', false)")
    subscribe(db, task="other")
    left = one(db, "select enabled from pgsched.subscription")
    subscribe(db, task="other", enabled=True)

    assert (left, one(db, "select enabled from pgsched.subscription")) == (False, True)


def test_a_change_that_expects_an_older_version_changes_nothing(db):
    subscribe(db)
    subscribe(db, task="other")
    update = "update pgsched.subscription set task = 'mine' where name = 's' and version = 1"

    assert db.execute(update).rowcount == 0


def test_ending_a_subscription_keeps_its_jobs(db):
    subscribe(db)
    emit(db)
    db.execute("select pgsched.unsubscribe('s')")
    emit(db)

    assert len(made(db)) == 1
    assert rows(db) == []


@pytest.mark.parametrize("call", ["unsubscribe('x')", "enable_subscription('x')"])
def test_an_unknown_subscription_is_refused(db, call):
    with refused("PS004", "subscription x does not exist"):
        db.execute(f"select pgsched.{call}")
