"""Who may emit events and watch tables, and with whose rights that is done."""

from __future__ import annotations

import os

import psycopg
import pytest

from tests.sql.actors import acting_as, one
from tests.sql.events import emit, made, put, run_next, seen, subscribe, watch
from tests.sql.keeper import set_setting
from tests.sql.refusals import refused

ROLE, OWNER, WRITER = (f"pgsched_{name}_{os.getpid()}" for name in ("teller", "keeper", "till"))
DENIED = "42501"


@pytest.fixture
def teller(db, connect, dsn):
    """A connection as a role that may emit events, and nothing else."""
    with acting_as(db, connect, dsn, ROLE, f"select pgsched.grant_emit('{ROLE}')") as conn:
        yield conn


@pytest.fixture
def roles(shop, connect, dsn):
    """The table's owner, who may emit, and a role that may write the table and nothing else."""
    shop.execute(f"create role {OWNER}; create role {WRITER}")
    shop.execute(f"alter schema shop owner to {OWNER}; alter table shop.orders owner to {OWNER}")
    shop.execute(f"grant usage on schema shop to {WRITER}")
    shop.execute(f"grant insert, update, select on shop.orders to {WRITER}")
    shop.execute(f"select pgsched.grant_emit('{OWNER}')")
    owner, writer = connect(dsn), connect(dsn)
    owner.execute(f"set role {OWNER}")
    writer.execute(f"set role {WRITER}")
    yield owner, writer
    owner.close()
    writer.close()
    shop.execute(f"drop owned by {OWNER}, {WRITER} cascade; drop role {OWNER}, {WRITER}")
    shop.execute("create schema shop")


# --- emit -----------------------------------------------------------------------------------------


def test_who_may_emit_makes_jobs_by_subscriptions_alone(db, teller):
    subscribe(db)
    emit(teller, id="a1")
    teller.execute("insert into pgsched.event (type) values ('order.created')")

    assert len(made(db)) == 2
    for statement in (
        "insert into pgsched.job (task) values ('t')",
        "select * from pgsched.event",
        "insert into pgsched.event (id, type) values (1, 'a')",
        "insert into pgsched.subscription (name, event_type, task) values ('a', '*', 't')",
        "select pgsched._make_jobs('{}', '{}')",
    ):
        with refused(DENIED, "permission denied"):
            teller.execute(statement)


def test_a_chain_is_followed_on_behalf_of_who_may_only_emit(db, teller):
    subscribe(db)
    emit(db)
    teller.execute("select set_config('pgsched.cause_job', %s, false)", (str(run_next(db).id),))
    teller.execute("insert into pgsched.event (type) values ('a')")

    assert one(db, "select depth from pgsched.event where type = 'a'") == 1


def test_a_chain_is_named_to_those_who_may_read_events_alone(db, teller):
    """Anybody may name any job as the cause."""
    subscribe(db, task="secret")
    emit(db)
    emit(db, cause_job=run_next(db).id)
    cause = run_next(db).id
    with db.transaction(force_rollback=True):
        set_setting(db, "event_depth_max", 1)
        for grant in (None, f"select pgsched.grant_observe('{ROLE}')"):
            if grant:
                db.execute(grant)
            db.execute(f"set local role {ROLE}")
            with pytest.raises(psycopg.Error) as caught, db.transaction():
                emit(db, "a", cause_job=cause)
            assert caught.value.sqlstate == "PS027"
            assert ("secret" in caught.value.diag.message_detail) == bool(grant)
            db.execute("reset role")


def test_who_was_granted_nothing_may_not_ask_for_a_depth(db, connect, dsn):
    usage = f"grant usage on schema pgsched to {ROLE}"
    with (
        acting_as(db, connect, dsn, ROLE, usage) as conn,
        refused(DENIED, "permission denied for function _depth_here"),
    ):
        conn.execute("select pgsched._depth_here()")


def test_who_was_granted_nothing_may_not_emit(db, connect, dsn):
    role = f"pgsched_nobody_{os.getpid()}"
    db.execute(f"create role {role}; grant usage on schema pgsched to {role}")
    conn = connect(dsn)
    conn.execute(f"set role {role}")
    with refused(DENIED, "permission denied for function emit"):
        emit(conn)

    db.execute(f"drop owned by {role}; drop role {role}")


# --- watch ----------------------------------------------------------------------------------------


def test_only_the_owner_of_a_table_may_watch_it(roles):
    _, writer = roles
    writer.execute("reset role")
    writer.execute(f"select pgsched.grant_emit('{WRITER}')")
    writer.execute(f"set role {WRITER}")

    with refused(DENIED, "must be owner of table shop.orders"):
        watch(writer)


def test_an_owner_who_may_not_emit_is_told_whom_to_ask(shop, roles):
    owner, _ = roles
    shop.execute(f"revoke insert (data) on pgsched.event from {OWNER}")

    with refused(DENIED, "the owner of table shop.orders may not emit events"):
        watch(owner)
    with refused(DENIED, "the owner of table shop.orders may not emit events"):
        watch(shop)


def test_who_may_only_write_the_table_makes_events_of_its_rows_and_no_others(shop, roles):
    owner, writer = roles
    subscribe(shop)
    watch(owner, "insert or update")
    put(writer, 1, status="new")

    assert (len(seen(shop)), len(made(shop))) == (1, 1)
    with refused(DENIED, "permission denied"):
        writer.execute("insert into pgsched.event (type) values ('order.created')")


@pytest.mark.parametrize("by", ["owner", "superuser"])
def test_a_condition_runs_as_the_table_s_owner_whoever_writes_or_watched(shop, roles, by):
    owner, writer = roles
    owner.execute("create table shop.who (name text)")
    owner.execute(
        "create function shop.note() returns boolean language plpgsql as"
        " 'begin insert into shop.who values (current_user); return true; end'"
    )
    watch(owner if by == "owner" else shop, when_="shop.note()")
    put(writer, 1)
    put(shop, 2)

    assert owner.execute("select name from shop.who").fetchall() == [(OWNER,)] * 2


def test_a_writer_s_search_path_does_not_choose_the_functions_of_a_condition(shop, roles):
    """Else a writer could run what they like as the table's owner."""
    owner, writer = roles
    watch(owner, when_="lower(new.status) = 'new'")
    shop.execute(
        "create function shop.lower(text) returns text language plpgsql as"
        " 'begin raise exception ''trapped''; end'"
    )
    writer.execute("set search_path = shop, pg_catalog")
    put(writer, 1, status="NEW")

    assert len(seen(shop)) == 1


def test_the_function_of_a_watch_serves_no_table_of_others(shop, roles):
    owner, writer = roles
    watch(owner)
    name = one(
        shop, "select tgfoid::regproc::text from pg_trigger where tgname ^@ 'pgsched_insert_'"
    )
    writer.execute("create temp table mine (id int)")

    with refused(DENIED, "permission denied for function"):
        writer.execute(
            "create trigger forged after insert on mine referencing new table as pgsched_new"
            f" for each statement execute function {name}()"
        )
