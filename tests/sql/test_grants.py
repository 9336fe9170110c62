"""A producer's role: column-wise INSERT and USAGE is all it needs, and all it has."""

from __future__ import annotations

import os

import pytest
from psycopg import errors

from tests.sql.actors import acting_as, enqueue, one, state
from tests.sql.events import emit
from tests.sql.refusals import refused

ROLE = f"pgsched_producer_{os.getpid()}"
DENIED = "42501"


@pytest.fixture
def producer(db, connect, dsn):
    """A connection as a role that may insert task and args, and nothing else."""
    usage = f"grant usage on schema pgsched to {ROLE}"
    columns = f"grant insert (task, args) on pgsched.job to {ROLE}"
    with acting_as(db, connect, dsn, ROLE, usage, columns) as conn:
        yield conn


def test_a_producer_enqueues_with_column_grants_alone(db, producer):
    producer.execute("insert into pgsched.job (task, args) values ('t', '{}')")

    assert state(db, one(db, "select id from pgsched.job")) == "ready"


def test_a_producer_wakes_a_sleeper(worker, other_db, producer):
    other_db.execute("listen pgsched")
    worker.nap()

    producer.execute("insert into pgsched.job (task) values ('t')")

    other_db.execute("select 1")
    assert len(list(other_db.notifies(timeout=0))) == 1


@pytest.mark.parametrize("column", ["id", "created_at", "queue", "priority", "state"])
def test_a_producer_may_not_name_other_columns(producer, column):
    with refused(DENIED, "permission denied"):
        producer.execute(f"insert into pgsched.job (task, {column}) values ('t', null)")


def test_a_producer_touches_no_private_table(db, producer):
    enqueue(db)
    tables = db.execute(
        "select c.oid::regclass::text from pg_class as c where c.relkind in ('r', 'p')"
        " and c.relnamespace = 'pgsched'::regnamespace and not c.relispartition"
    ).fetchall()

    assert len(tables) > 15
    for (table,) in tables:
        for statement in ("select from {}", "delete from {}", "insert into {} default values"):
            with pytest.raises(errors.InsufficientPrivilege):
                producer.execute(statement.format(table))


def test_a_producer_reads_no_job(producer):
    with refused(DENIED, "permission denied"):
        producer.execute("select * from pgsched.job")


def test_a_producer_cannot_set_the_sequence_of_ids_back(producer):
    with refused(DENIED, "permission denied"):
        producer.execute("select setval('pgsched._id_seq', 0)")


def test_a_search_path_of_ones_own_does_not_choose_our_tables(db, producer):
    db.execute("create schema trap; create table trap._ready (id int)")
    db.execute(f"grant usage on schema trap to {ROLE}")
    producer.execute("set search_path = trap, pgsched")

    producer.execute("insert into pgsched.job (task) values ('t')")

    assert one(db, "select count(*) from trap._ready") == 0
    db.execute("drop schema trap cascade")


def test_a_temporary_type_of_ones_own_does_not_run_as_the_owner(db, producer):
    """With an empty search path, Postgres looks for types among a session's own first."""
    db.execute(f"create table public.caught (who text); grant insert on public.caught to {ROLE}")
    producer.execute(
        "create function pg_temp.spy(anyelement) returns boolean language plpgsql as"
        " 'begin insert into public.caught values (current_user); return true; end'"
    )
    for name in ("text", "timestamptz", "jsonb", "uuid"):
        producer.execute(
            f"create domain pg_temp.{name} as pg_catalog.{name} check (pg_temp.spy(value))"
        )

    producer.execute("insert into pgsched.job (task, args) values ('t', '{}'), ('u', '{}')")

    assert (
        db.execute("select distinct who from public.caught where who <> %s", (ROLE,)).fetchall()
        == []
    )
    db.execute("drop table public.caught cascade")


def test_an_observer_reads_every_public_view_and_no_private_table(db, connect, dsn):
    enqueue(db)
    emit(db)
    views = [
        name
        for (name,) in db.execute(
            "select c.relname from pg_class as c where c.relkind = 'v'"
            " and c.relnamespace = 'pgsched'::regnamespace and not c.relname ^@ '_'"
        ).fetchall()
    ]
    grant = f"select pgsched.grant_observe('{ROLE}')"
    with acting_as(db, connect, dsn, ROLE, grant) as observer:
        observer.execute("set jit = off")  # of 124 partitions: 5 s on Postgres 15
        for view in views:
            observer.execute(f"select * from pgsched.{view}")
        with refused(DENIED, "permission denied"):
            observer.execute("select * from pgsched._event")

    assert {"job", "event", "subscription", "schedule", "slot", "calendar"} <= {*views}
