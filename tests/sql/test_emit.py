"""emit(): an event comes into being once, in the caller's transaction, with the jobs of it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.sql.actors import one, wait_until_blocked
from tests.sql.events import args_made, emit, made, problems, subscribe, tasks_made
from tests.sql.refusals import refused
from tests.sql.test_plans import scans_of

CHECK, NOT_NULL, DENIED = "23514", "23502", "42501"
ROLE = f"pgsched_teller_{os.getpid()}"
DAY = timedelta(days=1)
EVENTS = "select count(*) from pgsched._event"


# --- one event -----------------------------------------------------------------------------------


def test_an_event_is_kept_with_all_that_was_said_and_the_job_that_it_made(db, clock):
    clock.advance(0)
    subscribe(db)
    event_id = emit(db, data={"n": 1}, source="shop", subject="order 7", id="a1")

    found = db.execute(
        "select e.type, e.source, e.subject, e.external_id, e.time, e.data, e.depth, e.cause_job,"
        " e.jobs, e.problems from pgsched.event as e where e.id = %s",
        (event_id,),
    ).fetchall()
    job_id = one(db, "select j.id from pgsched.job as j")

    facts = ("order.created", "shop", "order 7", "a1", clock.now, {"n": 1}, 0, None)
    assert found == [(*facts, [job_id], [])]


def test_what_is_left_out_is_source_pgsched_and_empty_data(db):
    emit(db)

    found = db.execute("select source, subject, external_id, data from pgsched.event").fetchall()
    assert found == [("pgsched", None, None, {})]


@pytest.mark.parametrize("data", ["[1, null]", '"text"', "0", "null"])
def test_data_is_any_json(db, data):
    event_id = one(db, "select pgsched.emit('a', %s::jsonb)", data)

    assert one(db, "select data::text from pgsched.event where id = %s", event_id) == data


def test_an_event_that_nobody_subscribes_to_makes_no_job(db):
    subscribe(db, event_type="order.paid")
    emit(db)

    assert made(db) == []


def test_a_rollback_leaves_neither_event_nor_job_nor_key(db):
    subscribe(db)
    with db.transaction(force_rollback=True):
        emit(db, id="a1")
        assert len(made(db)) == 1

    for table in ("_event", "_event_key", "_event_job", "_job", "_ready"):
        assert one(db, f"select count(*) from pgsched.{table}") == 0
    assert emit(db, id="a1") > 0


# --- once ----------------------------------------------------------------------------------------


def test_the_same_source_and_id_twice_is_one_event(db):
    subscribe(db)
    first = emit(db, id="a1", data={"n": 1})
    second = emit(db, id="a1", data={"n": 2})
    emit(db, id="a1", source="elsewhere", data={"n": 3})
    emit(db, id="a2", data={"n": 4})

    assert first == second
    assert [args["event"]["data"]["n"] for args in args_made(db)] == [1, 3, 4]


def test_of_two_connections_that_emit_the_same_id_at_once_one_makes_it(db, other_db, connect, dsn):
    """The second waits for the first to commit, and returns its event."""
    subscribe(db)
    observer = connect(dsn)
    other_db.execute("set statement_timeout = '5s'")
    with ThreadPoolExecutor(1) as pool:
        with db.transaction():
            first = emit(db, id="a1")
            second = pool.submit(emit, other_db, id="a1")
            wait_until_blocked(observer, other_db)
        assert second.result() == first

    assert one(db, EVENTS) == len(made(db)) == 1


def test_source_and_id_may_be_as_long_as_they_may_be(db):
    """Of letters that do not compress: else the index would refuse both together."""
    letters = "".join(chr(0x1F300 + 37 * n % 700) for n in range(300))

    assert emit(db, source=letters, id=letters[::-1]) == emit(db, source=letters, id=letters[::-1])


def test_when_the_first_rolls_back_the_second_makes_the_event(db, other_db, connect, dsn):
    subscribe(db)
    observer = connect(dsn)
    other_db.execute("set statement_timeout = '5s'")
    with ThreadPoolExecutor(1) as pool:
        with db.transaction(force_rollback=True):
            first = emit(db, id="a1")
            second = pool.submit(emit, other_db, id="a1")
            wait_until_blocked(observer, other_db)
        assert second.result() != first

    assert one(db, EVENTS) == len(made(db)) == 1


def test_in_repeatable_read_a_race_is_a_serialization_failure_and_not_a_second_event(db, other_db):
    with other_db.transaction():
        other_db.execute("set transaction isolation level repeatable read")
        other_db.execute("select 1")
        emit(db, id="a1")
        with refused("40001", "could not serialize"), other_db.transaction():
            emit(other_db, id="a1")

    assert one(db, EVENTS) == 1


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argument", "value", "code", "message"),
    [
        ("type", "", CHECK, "type must be words of A-Z a-z 0-9 _ - with dots, at most 200"),
        ("type", "a..b", CHECK, "type must be words"),
        ("type", "a.*", CHECK, "type must be words"),
        ("type", "a\n", CHECK, "type must be words"),
        ("type", "größe", CHECK, "type must be words"),
        ("type", "a" * 201, CHECK, "type must be words"),
        ("type", None, NOT_NULL, '"type"'),
        ("data", None, NOT_NULL, '"data"'),
        ("source", "", CHECK, "source must have 1 to 500 characters"),
        ("source", "x" * 501, CHECK, "source must have 1 to 500 characters"),
        ("source", "😀" * 301, CHECK, "source must have 1 to 500 characters, at most 1200 bytes"),
        ("id", "😀" * 301, CHECK, "id must have 1 to 500 characters, at most 1200 bytes"),
        ("source", None, NOT_NULL, '"source"'),
        ("subject", "", CHECK, "subject must have 1 to 500 characters"),
        ("id", "", CHECK, "id must have 1 to 500 characters"),
        ("id", "x" * 501, CHECK, "id must have 1 to 500 characters"),
        ("data", '"\\u0000"', "22P05", "Unicode"),
        ("data", "[" * 100_000, "54001", "stack depth"),
        ("data", '"' + "x" * 1_048_577 + '"', "PS010", "data must not exceed 1048576 bytes"),
        ("cause_job", 5, "PS001", "job 5 does not exist"),
    ],
)
def test_emit_refuses(db, argument, value, code, message):
    with refused(code, message):
        emit(db, **{argument: value})

    assert one(db, EVENTS) == 0


def test_deep_data_makes_a_job_like_any_other(db):
    subscribe(db, filter='$.data[0][0][0] == 1 || $.type == "order.created"')
    subscribe(db, "b", args={"deep": "$.data"})
    emit(db, data="[" * 2000 + "]" * 2000)

    assert one(db, "select count(*) from pgsched.job") == 2
    assert problems(db) == []


def test_args_that_a_job_must_not_have_are_a_problem_of_their_subscription_alone(db):
    subscribe(db, "twice", args={"a": "$.data", "b": "$.data"})
    subscribe(db, "once", task="once", args={"a": "$.data"})
    subscribe(db, "long", key="$.data")
    emit(db, data='"' + "x" * 600_000 + '"')

    assert tasks_made(db) == ["once"]
    assert problems(db) == [
        "long: key has not 1 to 500 characters",
        "twice: args exceed 1048576 bytes",
    ]


# --- many ----------------------------------------------------------------------------------------


def test_many_events_are_made_by_one_insert_into_the_view(db):
    subscribe(db)
    db.execute(
        "insert into pgsched.event (type, data) select 'order.created', jsonb_build_object('n', n)"
        " from generate_series(1, 500) as n"
    )

    assert [args["event"]["data"]["n"] for args in args_made(db)] == list(range(1, 501))
    assert one(db, "select count(distinct e.time) from pgsched.event as e") == 1


@pytest.mark.parametrize(
    "column", ["id", "external_id", "time", "depth", "cause_job", "jobs", "attributes"]
)
def test_an_insert_into_the_view_forges_nothing(db, column):
    with refused("PS010", "gives type, source, subject and data alone"):
        db.execute(
            f"insert into pgsched.event (type, {column})"
            f" select 'a', x.{column} from (select 1 as id, '' as external_id, now() as time,"
            " 1 as depth, 1 as cause_job, '{}'::bigint[] as jobs, '{}'::jsonb as attributes) as x"
        )


def test_one_event_for_a_thousand_subscriptions_is_one_insert_of_jobs(db):
    db.execute(
        "insert into pgsched.subscription (name, event_type, task)"
        " select 's' || n, case n %% 4 when 0 then '*' when 1 then 'order.*' else 'order.created'"
        " end, 't' || n from generate_series(1, 1000) as n",
        (),
    )
    with db.transaction(force_rollback=True):
        db.execute("create table public.inserts (n bigint)")
        db.execute(
            "create function seen() returns trigger language plpgsql as 'begin"
            " insert into public.inserts select count(*) from new_jobs; return null; end'"
        )
        db.execute(
            "create trigger seen after insert on pgsched._job referencing new table as new_jobs"
            " for each statement execute function seen()"
        )
        event_id = emit(db)
        inserts = db.execute("select n from public.inserts").fetchall()
        jobs = one(db, "select cardinality(jobs) from pgsched.event where id = %s", event_id)
        tasks = tasks_made(db)

    assert inserts == [(1000,)]
    assert jobs == len(set(tasks)) == 1000


@pytest.mark.parametrize("analyzed", [True, False])
def test_subscriptions_and_tasks_that_do_not_matter_are_not_read(db, analyzed):
    db.execute(
        "insert into pgsched.subscription (name, event_type, task)"
        " select 's' || n, 'other.' || n, 't' from generate_series(1, 2000) as n"
    )
    db.execute("insert into pgsched.task (name) select 't' || n from generate_series(1, 2000) n")
    subscribe(db)
    if analyzed:
        db.execute("analyze pgsched._subscription, pgsched._task")
    emit(db)
    scans = scans_of(db, lambda: emit(db))

    assert (scans["_subscription"].seq, scans["_task"].seq) == (0, 0)


def test_events_beyond_an_array_s_size_are_taken_in_parts(db):
    subscribe(db, filter="$.data.n >= 9999")
    db.execute(
        "insert into pgsched.event (type, data) select 'order.created', jsonb_build_object('n', n)"
        " from generate_series(1, 20003) as n"
    )

    assert one(db, "select count(*) from pgsched._job") == 20003 - 9998
