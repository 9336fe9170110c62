"""replay(): what a subscription has not made of past events is made, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sql.actors import one, wait_until_blocked
from tests.sql.events import args_made, emit, made, problems, subscribe
from tests.sql.refusals import refused


def replay(conn, name="s", since="2020-01-02", until="2100-01-01", max_jobs=1000):
    call = "select pgsched.replay(%s, %s, %s, %s)"
    return one(conn, call, name, since, until, max_jobs)


def numbers(conn):
    return [args["event"]["data"]["n"] for args in args_made(conn)]


@pytest.fixture
def past(db):
    """Five events that nobody subscribed to, n from 0 to 4."""
    return [emit(db, data={"n": n}) for n in range(5)]


def test_a_new_subscription_gets_the_events_of_before_in_their_order(db, past):
    subscribe(db)

    assert replay(db) == 5
    assert numbers(db) == [0, 1, 2, 3, 4]


def test_it_is_safe_to_repeat(db, past):
    subscribe(db)
    emit(db, data={"n": 5})

    assert [replay(db), replay(db), len(made(db))] == [5, 0, 6]


def test_only_events_that_match_count_and_a_disabled_subscription_is_served(db, past):
    emit(db, "other", data={"n": 3})
    subscribe(db, filter="$.data.n > 2", enabled=False)

    assert replay(db) == 2
    assert numbers(db) == [3, 4]


def test_other_subscriptions_are_not_touched(db, past):
    subscribe(db, "s", task="s")
    subscribe(db, "other", task="other")
    replay(db)

    assert {task for task, _ in made(db)} == {"s"}


def test_a_range_of_time_is_from_to_below(db):
    for n, second in enumerate(("11:59:59", "12:00:00", "12:00:59", "12:01:00")):
        db.execute(
            "insert into pgsched._event (id, time, depth, type, source, data) select"
            " pgsched.id_at(d), d, 0, 'order.created', 'x', %s::jsonb"
            " from (select current_date + %s::time at time zone 'UTC') as x (d)",
            (f'{{"n": {n}}}', second),
        )
    subscribe(db)
    today = one(db, "select current_date::text")

    assert replay(db, since=f"{today} 12:00Z", until=f"{today} 12:01Z") == 2
    assert numbers(db) == [1, 2]


def test_a_problem_that_was_mended_is_made_up_for(db):
    subscribe(db, filter="strict $.data.n > 1")
    emit(db, data={"m": 5, "n": "text"})
    before = problems(db)
    again = replay(db)
    subscribe(db, filter="$.data.m > 1")

    assert (len(before), again, len(problems(db))) == (1, 0, 1)
    assert replay(db) == 1
    assert problems(db) == []


def test_a_renamed_subscription_is_still_the_same(db, past):
    subscribe(db)
    replay(db)
    db.execute("update pgsched.subscription set name = 'renamed'")

    assert (replay(db, "renamed"), len(made(db))) == (0, 5)


def test_it_stops_at_max_jobs_and_goes_on_when_called_again(db, past):
    subscribe(db)

    assert [replay(db, max_jobs=2) for _ in range(4)] == [2, 2, 1, 0]
    assert numbers(db) == [0, 1, 2, 3, 4]


def test_more_than_a_step_s_events_are_gone_through(db):
    db.execute(
        "insert into pgsched.event (type, data) select 'order.created', jsonb_build_object('n', n)"
        " from generate_series(1, 2500) as n"
    )
    subscribe(db, filter="$.data.n > 2490")

    assert replay(db) == 10


def test_two_at_once_make_each_job_once(db, other_db, connect, dsn, past):
    subscribe(db)
    observer = connect(dsn)
    other_db.execute("set statement_timeout = '5s'")
    with ThreadPoolExecutor(1) as pool:
        with db.transaction():
            replay(db)
            second = pool.submit(replay, other_db)
            wait_until_blocked(observer, other_db)
        assert second.result() == 0

    assert len(made(db)) == 5


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ({"name": "x"}, "PS004", "subscription x does not exist"),
        ({"max_jobs": 0}, "PS010", "max_jobs must be from 1 to 100000"),
        ({"max_jobs": 100_001}, "PS010", "max_jobs must be from 1 to 100000"),
        ({"since": None}, "PS010", "since must be before until, and both finite"),
        ({"until": "infinity"}, "PS010", "since must be before until, and both finite"),
        ({"since": "2100-01-01"}, "PS010", "since must be before until, and both finite"),
    ],
)
def test_replay_refuses(db, arguments, code, message):
    subscribe(db)

    with refused(code, message):
        replay(db, **arguments)


def test_replay_needs_read_committed(db):
    subscribe(db)
    db.execute("set default_transaction_isolation = 'repeatable read'")

    with refused("PS023", "READ COMMITTED"):
        replay(db)
