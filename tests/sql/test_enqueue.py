"""The front door: INSERT INTO pgsched.job, enqueue() and enqueue_many()."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.sql.actors import declare, enqueue, enqueue_n, one, places, state, states
from tests.sql.refusals import refused

COLUMNS = "queue, priority, max_attempts, args, state, attempt"


def row(db, job_id):
    return db.execute(f"select {COLUMNS} from pgsched.job where id = %s", (job_id,)).fetchone()


def test_an_insert_of_a_task_alone_makes_a_ready_job_with_defaults(db):
    job = enqueue(db)

    assert row(db, job) == ("default", 0, 10, {}, "ready", 0)
    assert places(db, job) == ["ready"]


def test_what_an_insert_leaves_out_comes_from_the_tasks_policy(db):
    declare(db, "mail", queue="post", priority=7, max_attempts=3)

    assert row(db, enqueue(db, "mail"))[:3] == ("post", 7, 3)


def test_null_means_the_same_as_left_out(db):
    declare(db, "mail", queue="post", priority=7, max_attempts=3)

    job = enqueue(db, "mail", queue=None, priority=None, max_attempts=None, args=None, due_at=None)

    assert row(db, job) == ("post", 7, 3, {}, "ready", 0)


def test_what_an_insert_names_wins_over_the_policy(db):
    declare(db, "mail", queue="post", priority=7, max_attempts=3)

    job = enqueue(db, "mail", queue="q", priority=-100, max_attempts=1000, args={"a": 1})

    assert row(db, job)[:4] == ("q", -100, 1000, {"a": 1})


def test_many_rows_in_one_insert_each_get_their_own_policy(db):
    declare(db, "mail", queue="post", priority=7)

    found = db.execute(
        "insert into pgsched.job (task, args) values ('mail', '{\"n\":1}'), ('other', default)"
        " returning task, queue, priority, args"
    )

    assert found.fetchall() == [("mail", "post", 7, {"n": 1}), ("other", "default", 0, {})]


def test_insert_select_makes_a_job_for_each_row_with_rising_ids(db):
    found = db.execute(
        "insert into pgsched.job (task, args) select 't', jsonb_build_object('n', n)"
        " from generate_series(1, 300) as n returning id, args"
    ).fetchall()

    assert [args["n"] for _, args in sorted(found, key=lambda r: r[0])] == list(range(1, 301))
    assert states(db, [job_id for job_id, _ in found]) == {"ready": 300}


def test_insert_select_of_no_rows_is_no_error(db):
    assert enqueue_n(db, 0) == []


def test_a_job_can_be_made_inside_a_data_modifying_cte(db):
    db.execute("create temp table orders (id int)")

    job = one(
        db,
        "with o as (insert into orders values (42) returning id), j as ("
        " insert into pgsched.job (task, args) select 't', jsonb_build_object('order', o.id)"
        " from o returning id) select j.id from j",
    )

    assert row(db, job)[3:5] == ({"order": 42}, "ready")


def test_an_insert_may_select_from_a_data_modifying_cte(db):
    db.execute("create temp table orders (id int)")

    job = one(
        db,
        "with o as (insert into orders values (42) returning id) insert into pgsched.job"
        " (task, args) select 't', jsonb_build_object('order', o.id) from o returning id",
    )

    assert row(db, job)[3] == {"order": 42}


def test_returning_has_all_columns_but_neither_state_nor_attempt(db):
    found = db.execute("insert into pgsched.job (task) values ('t') returning *")
    names = [column.name for column in found.description]
    values = dict(zip(names, found.fetchone(), strict=True))

    assert " ".join(names[:12]) == (
        "id task queue priority args state attempt max_attempts due_at created_at key labels"
    )
    assert (values["state"], values["attempt"]) == (None, None)
    assert (values["task"], values["queue"], values["priority"]) == ("t", "default", 0)


def test_rows_that_give_id_as_default_are_no_forgery(db):
    found = db.execute(
        "insert into pgsched.job (id, task) values (default, 'a'), (default, 'b') returning id"
    )

    assert states(db, [r[0] for r in found.fetchall()]) == {"ready": 2}


def test_a_job_exists_if_and_only_if_its_transaction_commits(db, other_db):
    with db.transaction(force_rollback=True):
        job = enqueue(db)

        assert (state(db, job), state(other_db, job)) == ("ready", None)

    assert (state(db, job), places(db, job)) == (None, [])


def test_due_at_in_the_future_makes_a_scheduled_job_that_becomes_ready_by_the_clock(db, clock):
    clock.advance(0)
    job = enqueue(db, due_at=clock.now + timedelta(seconds=10))

    assert state(db, job) == "scheduled"
    clock.advance(10)
    assert state(db, job) == "ready"


def test_due_at_in_the_past_does_not_overtake_who_waits(db, worker):
    early = enqueue(db)
    late = enqueue(db, due_at=datetime(2000, 1, 1, tzinfo=UTC))

    assert [job.id for job in worker.claim(1)] == [early]
    assert [job.id for job in worker.claim(1)] == [late]


def test_a_job_may_be_due_at_the_very_end_of_the_year_9999(db):
    assert state(db, enqueue(db, due_at="9999-12-31 23:59:59.999999+00")) == "scheduled"


def test_enqueue_returns_the_id_and_takes_every_column(db, clock):
    clock.advance(0)

    job = one(
        db,
        "select pgsched.enqueue('t', '{\"a\":1}', queue => 'q', priority => 5, delay => '90 s',"
        " max_attempts => 2, timeout_s => 1.5, retry => '{\"kind\":\"fixed\"}', key => 'k',"
        " labels => '{\"l\":1}', trace => 'tr', parent_id => 9)",
    )

    found = db.execute(
        "select args, queue, priority, due_at, max_attempts, timeout_s, retry, key, labels, trace,"
        " parent_id, state from pgsched.job where id = %s",
        (job,),
    ).fetchone()
    due = clock.now + timedelta(seconds=90)
    assert found == (
        ({"a": 1}, "q", 5, due, 2, 1.5, {"kind": "fixed"}, "k", {"l": 1}, "tr", 9, "scheduled")
    )


def test_enqueue_many_returns_ids_in_the_order_of_args(db):
    args = [json.dumps({"n": n}) for n in range(1000)]
    found = db.execute("select pgsched.enqueue_many('t', %s::jsonb[], queue => 'q')", (args,))
    made = [job_id for (job_id,) in found.fetchall()]

    seen = db.execute("select args->'n' from pgsched.job where queue = 'q' order by id").fetchall()
    assert made == sorted(made)
    assert [n for (n,) in seen] == list(range(1000))


def test_enqueue_many_of_nothing_makes_nothing(db):
    assert db.execute("select pgsched.enqueue_many('t', '{}')").fetchall() == []


@pytest.mark.parametrize("level", ["read committed", "repeatable read", "serializable"])
def test_enqueue_works_in_any_isolation_level(db, level):
    with db.transaction():
        db.execute(f"set transaction isolation level {level}")
        job = enqueue(db)

    assert state(db, job) == "ready"


def test_an_update_of_the_view_is_refused_with_the_functions_to_use(db):
    job = enqueue(db)

    with refused("PS024", "immutable"):
        db.execute("update pgsched.job set priority = 1 where id = %s", (job,))
    assert row(db, job)[1] == 0


def test_a_delete_from_the_view_is_refused(db):
    job = enqueue(db)

    with refused("PS024", "DELETE"):
        db.execute("delete from pgsched.job where id = %s", (job,))
    assert state(db, job) == "ready"
