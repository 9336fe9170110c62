"""What the front door refuses, each time naming the column and what is allowed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.sql.actors import enqueue, one
from tests.sql.refusals import refused

CHECK, NOT_NULL = "23514", "23502"


@pytest.mark.parametrize(
    ("column", "value", "code", "message"),
    [
        ("task", "", CHECK, "task must have 1 to 200 characters"),
        ("task", "x" * 201, CHECK, "task must have 1 to 200 characters"),
        ("task", None, NOT_NULL, '"task"'),
        ("queue", "", CHECK, "queue must have 1 to 200 characters"),
        ("queue", "x" * 201, CHECK, "queue must have 1 to 200 characters"),
        ("args", [1], CHECK, "args must be a JSON object"),
        ("args", "null", CHECK, "args must be a JSON object"),
        ("args", '"text"', CHECK, "args must be a JSON object"),
        ("args", r'{"a": "\u0000"}', "22P05", "Unicode"),
        ("args", r'{"a": "\ud800"}', "22P02", "json"),
        ("args", "{", "22P02", "json"),
        ("priority", 101, CHECK, "priority must be from -100 to 100"),
        ("priority", -101, CHECK, "priority must be from -100 to 100"),
        ("max_attempts", 0, CHECK, "max_attempts must be from 1 to 1000"),
        ("max_attempts", 1001, CHECK, "max_attempts must be from 1 to 1000"),
        ("timeout_s", 0, CHECK, "timeout_s must be above 0"),
        ("timeout_s", "NaN", CHECK, "timeout_s must be above 0"),
        ("timeout_s", "Infinity", CHECK, "timeout_s must be above 0"),
        ("key", "", CHECK, "key must have 1 to 500 characters"),
        ("labels", [], CHECK, "labels must be a JSON object"),
        ("due_at", "infinity", CHECK, "due_at must be finite and before the year 10000"),
        ("due_at", "-infinity", CHECK, "due_at must be finite and before the year 10000"),
        ("due_at", "10000-01-01 00:00:00+00", CHECK, "due_at must be finite"),
        ("retry", {"kind": "never"}, CHECK, "retry.kind: fixed, linear, exponential"),
        ("retry", {"base_s": 1}, CHECK, "retry.kind: fixed, linear, exponential"),
        ("retry", {"kind": "fixed", "base_s": -1}, CHECK, "retry.base_s must be a number from 0"),
        ("retry", {"kind": "fixed", "base_s": "1"}, CHECK, "retry.base_s must be a number"),
        ("retry", {"kind": "fixed", "max_s": 1e9}, CHECK, "retry.max_s must be a number"),
        ("retry", {"kind": "fixed", "multiplier": 0}, CHECK, "retry.multiplier must be a number"),
        ("retry", {"kind": "fixed", "jitter": 1}, CHECK, "retry may have only kind, base_s"),
        ("retry", [], CHECK, "retry may have only kind"),
        (
            "id",
            5,
            "PS010",
            "id, state, attempt, created_at, task_version and owner are given by the database",
        ),
        ("created_at", datetime(2020, 1, 1, tzinfo=UTC), "PS010", "created_at"),
        ("state", "succeeded", "PS010", "state"),
        ("attempt", 9, "PS010", "attempt"),
    ],
)
def test_an_insert_is_refused(db, column, value, code, message):
    with refused(code, message):
        enqueue(db, **{column: value})
    assert one(db, "select count(*) from pgsched._job") == 0


def test_one_bad_row_refuses_the_whole_insert(db):
    with refused(CHECK, "priority"):
        db.execute("insert into pgsched.job (task, priority) values ('t', 1), ('t', 999)")
    assert one(db, "select count(*) from pgsched._ready") == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("delay => '-1 s'", "delay must not be negative"),
        ("delay => '8000 years'", "due_at must be finite and before the year 10000"),
        ("delay => '1 s', due_at => '2030-01-01'", "either due_at or delay"),
    ],
)
def test_enqueue_refuses_a_delay(db, arguments, message):
    with refused("PS010", message):
        db.execute(f"select pgsched.enqueue('t', {arguments})")
    with refused("PS010", message):
        db.execute(f"select pgsched.enqueue_many('t', '{{\"{{}}\"}}', {arguments})")


def test_a_delay_beyond_the_year_9999_is_refused_by_the_column(db, clock):
    clock.set(datetime(9999, 12, 1, tzinfo=UTC))

    with refused(CHECK, "due_at must be finite and before the year 10000"):
        db.execute("select pgsched.enqueue('t', delay => '40 days')")


def test_args_over_the_limit_are_refused_with_both_sizes(db):
    with refused("PS010", "args must not exceed 1048576 bytes"):
        enqueue(db, args={"a": "x" * 1_048_577})
    assert one(db, "select count(*) from pgsched._job") == 0


def test_args_just_below_the_limit_are_taken(db):
    assert enqueue(db, args={"a": "x" * 1_048_500})


def test_args_are_measured_before_compression_also_from_another_table(db):
    db.execute("create temp table source (args jsonb)")
    db.execute(
        "insert into source select jsonb_build_object('a', repeat('x', 2000000)) returning args"
    )
    assert one(db, "select pg_column_size(args) from source") < 100_000

    with refused("PS010", "args must not exceed"):
        db.execute("insert into pgsched.job (task, args) select 't', args from source")


def test_the_limit_of_args_is_a_setting(db):
    with db.transaction(force_rollback=True):
        db.execute("update pgsched._setting set value = 2048 where name = 'args_bytes_max'")
        with refused("PS010", "args must not exceed 2048 bytes"), db.transaction():
            enqueue(db, args={"a": "x" * 2048})
