"""What is refused of a subscription when it is written, before any event comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sql.actors import one
from tests.sql.events import emit, made, subscribe
from tests.sql.refusals import refused

CHECK, NOT_NULL = "23514", "23502"


@pytest.mark.parametrize(
    ("argument", "value", "code", "message"),
    [
        ("name", "", CHECK, "name must have 1 to 200 characters"),
        ("event_type", "", CHECK, r"event_type must be \*, a type, or a type followed by"),
        ("event_type", "order*", CHECK, "event_type must be"),
        ("event_type", "*.created", CHECK, "event_type must be"),
        ("event_type", None, NOT_NULL, '"event_type"'),
        ("task", "", CHECK, "task must have 1 to 200 characters"),
        ("filter", "$.a ===", "PS010", "filter must be a JSON path"),
        ("filter", "", "PS010", "filter must be a JSON path"),
        ("filter", "$.data.total ? (@ > 10)", "PS010", "filter must be a predicate"),
        ("filter", "$.data.paid", "PS010", "filter must be a predicate"),
        ("filter", "1 + 1", "PS010", "filter must be a predicate"),
        ("filter", "exists($.**.a)", "PS010", r"filter must not use \.\*\*"),
        ("filter", '$.a like_regex "("', "PS010", "filter must be a JSON path"),
        ("filter", "$.a == 1 && $b == 1", "PS010", "filter must not use variables"),
        ("filter", '$.a.datetime("x") == 1', "PS010", "filter must be a JSON path"),
        (
            "filter",
            "$.a.timestamp_tz() == 1",
            "PS010",
            r"filter must (not use \.timest|be a JSON p)",
        ),
        (
            "filter",
            "$.a.decimal(5000) == 1",
            "PS010",
            r"filter must (not use \.decimal|be a JSON p)",
        ),
        ("args", {"a": "$dollars"}, "PS010", "args at a must not use variables"),
        ("args", {"a": ["$ 5"]}, "PS010", "args at a.0 must be a JSON path"),
        ("args", {"a": "$.**"}, "PS010", r"args at a must not use \.\*\*"),
        ("args", "[]", CHECK, "args must be a JSON object"),
        ("queue", "", CHECK, "queue must have 1 to 200 characters"),
        ("priority", 101, CHECK, "priority must be from -100 to 100"),
        ("delay", timedelta(-1), CHECK, "delay must be from 0 to 7000 years"),
        ("delay", None, NOT_NULL, '"delay"'),
        ("key", "", CHECK, "key must have 1 to 500 characters"),
        ("key", "$(", "PS010", "key must be a JSON path"),
    ],
)
def test_a_subscription_is_refused_when_it_is_written(db, argument, value, code, message):
    with refused(code, message):
        subscribe(db, **{argument: value})

    assert one(db, "select count(*) from pgsched.subscription") == 0


def test_two_stars_in_a_name_are_no_descent(db):
    subscribe(db, filter='$.data."a.**" == 1')
    emit(db, data={"a.**": 1})

    assert len(made(db)) == 1


def test_what_looks_like_a_method_or_a_variable_in_a_string_or_a_name_is_none(db):
    subscribe(db, filter='$.data."$b .string()" == "$c.decimal(1) .datetime(\\"x\\")"')
    emit(db, data={"$b .string()": '$c.decimal(1) .datetime("x")'})

    assert len(made(db)) == 1


@pytest.mark.parametrize("column", ["version = 5", "updated_at = now()"])
def test_version_and_time_of_change_are_the_database_s(db, column):
    subscribe(db)

    with refused("PS010", "version and updated_at are given by the database"):
        db.execute(f"update pgsched.subscription set {column}")
