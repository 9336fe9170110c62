"""A watched table changes its shape: no write fails for it, and events go on where they can."""

from __future__ import annotations

import os
from contextlib import contextmanager

import pytest

from tests.sql.actors import one
from tests.sql.events import put, seen, watch
from tests.sql.keeper import run_out
from tests.sql.refusals import refused

WHOLE = "insert or update or delete"
FUNCTIONS = "select count(*) from pg_proc where proname ^@ '_pgsched_'"


def subjects_and_data(conn):
    return [(subject, data["new"] or data["old"]) for _, subject, data in seen(conn)]


@contextmanager
def warnings(conn):
    """What Postgres warns of in the body."""
    told = []

    def tell(diagnostic):
        told.append(diagnostic.message_primary)

    conn.add_notice_handler(tell)
    yield told
    conn.remove_notice_handler(tell)


# --- renamed -------------------------------------------------------------------------------------


def test_a_renamed_key_is_still_the_subject(shop):
    watch(shop, WHOLE)
    shop.execute("alter table shop.orders rename id to order_id")
    shop.execute("insert into shop.orders (order_id, status) values (1, 'new')")
    shop.execute("update shop.orders set status = 'paid'")
    shop.execute("delete from shop.orders")

    row = {"order_id": 1, "status": "new", "total": None, "odd %name": None}
    paid = row | {"status": "paid"}
    assert subjects_and_data(shop) == [("1", row), ("1", paid), ("1", paid)]


def test_columns_and_a_condition_know_a_renamed_column_by_the_name_that_it_had(shop):
    """What subscriptions take from data stays where it was."""
    condition = "new.status = 'paid' and old.status is distinct from new.status"
    watch(shop, WHOLE, columns=["status"], when_=condition)
    shop.execute("alter table shop.orders rename status to state")
    shop.execute("insert into shop.orders (id, state) values (1, 'paid'), (2, 'new')")
    shop.execute("update shop.orders set state = 'paid'")

    assert subjects_and_data(shop) == [("1", {"status": "paid"}), ("2", {"status": "paid"})]


def test_a_new_column_that_takes_the_name_of_a_renamed_one_takes_its_place(shop):
    watch(shop, columns=["status"])
    shop.execute("alter table shop.orders rename status to state")
    shop.execute("alter table shop.orders add status text")
    shop.execute("insert into shop.orders values (1, 'a', 1, 'b', 'c')")

    assert subjects_and_data(shop) == [("1", {"status": "c"})]


def test_watching_again_takes_the_names_of_now(shop):
    watch(shop, columns=["status"])
    shop.execute("alter table shop.orders rename status to state")
    watch(shop, columns=["state"])
    shop.execute("insert into shop.orders (id, state) values (1, 'paid')")

    assert subjects_and_data(shop) == [("1", {"state": "paid"})]


def test_a_renamed_table_is_watched_on(shop):
    watch(shop)
    shop.execute("alter table shop.orders rename to purchases")
    shop.execute("insert into shop.purchases (id) values (1)")

    assert [subject for _, subject, _ in seen(shop)] == ["1"]


# --- dropped, or of another type -----------------------------------------------------------------


def test_a_dropped_column_is_null(shop):
    watch(shop, WHOLE, columns=["status", "total"], when_="new.total is null or new.total > 5")
    shop.execute("alter table shop.orders drop total, drop id")
    shop.execute("insert into shop.orders (status) values ('new')")

    assert subjects_and_data(shop) == [(None, {"status": "new", "total": None})]


def test_where_a_condition_works_no_more_writes_go_on_with_a_warning(shop):
    watch(shop, when_="new.total > 5")
    shop.execute("alter table shop.orders alter total type text")
    with warnings(shop) as told:
        shop.execute("insert into shop.orders (id, total) values (1, '9')")

    assert one(shop, "select count(*) from shop.orders") == 1
    assert seen(shop) == []
    why = "operator does not exist: text > integer"
    assert told == [f"rows of shop.orders are no events of type order.created: {why}"]


def test_a_condition_of_another_type_that_works_is_asked(shop):
    watch(shop, when_="new.total > 5")
    shop.execute("alter table shop.orders alter total type int")
    put(shop, 1, total=5)
    put(shop, 2, total=6)

    assert [subject for _, subject, _ in seen(shop)] == ["2"]


def test_an_error_of_a_condition_is_the_writer_s_as_in_any_trigger(shop):
    watch(shop, when_="1 / new.total > 0")

    with refused("22012", "division by zero"):
        put(shop, 1, total=0)


def test_a_copy_of_a_table_whose_columns_have_other_numbers_gives_no_other_column(shop):
    """As pg_dump makes it of a table with a dropped column: here the numbers are made to differ."""
    shop.execute("create table shop.copied (gone text, status text, id int primary key, note text)")
    watch(shop, table="shop.copied", columns=["status"])
    definition = one(
        shop,
        "select pg_get_triggerdef(oid) from pg_trigger where tgrelid = 'shop.copied'::regclass",
    )
    shop.execute("drop table shop.copied")
    shop.execute("create table shop.copied (status text, note text, id int primary key)")
    shop.execute(definition)
    shop.execute("insert into shop.copied values ('new', 'secret', 1)")
    shop.execute("alter table shop.copied rename status to state")
    shop.execute("insert into shop.copied values ('new', 'secret', 2)")

    assert [data for _, data in subjects_and_data(shop)] == [{"status": "new"}, {"status": None}]


# --- what is left behind -------------------------------------------------------------------------


def test_upkeep_drops_the_function_of_a_table_that_is_gone_and_no_other(shop):
    """Else it would keep its owner from being dropped."""
    shop.execute("create table shop.kept (id int)")
    watch(shop, table="shop.kept")
    watch(shop, WHOLE)
    role = f"pgsched_gone_{os.getpid()}"
    shop.execute(f"create role {role}; grant all on schema shop to {role}")
    name = one(shop, "select tgfoid::regproc::text from pg_trigger where tgname ^@ 'pgsched_up'")
    shop.execute(f"alter function {name}() owner to {role}")
    shop.execute("drop table shop.orders")
    before = one(shop, FUNCTIONS)
    done = run_out(shop, "watches")

    assert (before, one(shop, FUNCTIONS), done[0]) == (2, 1, "dropped 1 functions")
    shop.execute(f"revoke all on schema shop from {role}; drop role {role}")
    shop.execute("create table shop.orders (id int)")


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [None, ["id", "r", "c", "new"]])
def test_columns_may_have_any_name(shop, columns):
    names = "r, c, new, old, pgsched_new, pgsched_row, n"
    shop.execute(f"create table shop.odd (id int primary key, {names.replace(',', ' text,')} text)")
    watch(shop, WHOLE, table="shop.odd", columns=columns, when_="new.r = '1' or old.new = '3'")
    shop.execute("insert into shop.odd values (9, '1', '2', '3', '4', '5', '6', '7')")
    shop.execute("update shop.odd set r = '0'")

    row = dict(zip(names.split(", "), "1234567", strict=True)) | {"id": 9}
    kept = {name: row[name] for name in columns or row}
    assert subjects_and_data(shop) == [("9", kept), ("9", kept | {"r": "0"})]


def test_the_subject_is_the_key_without_what_its_index_only_includes(shop):
    shop.execute("create table shop.line (id int, note text, primary key (id) include (note))")
    watch(shop, table="shop.line")
    shop.execute("insert into shop.line values (1, 'secret')")

    assert [subject for subject, _ in subjects_and_data(shop)] == ["1"]


# --- rows that a trigger does not see ------------------------------------------------------------


def test_virtual_generated_columns_are_left_out_and_cannot_be_named(shop):
    """Postgres gives NULL for them in a transition table, or an error."""
    if shop.info.server_version < 180000:
        pytest.skip("Postgres has them from 18 on")
    shop.execute("create table shop.sum (id int, a int, b int generated always as (a + 1))")
    watch(shop, WHOLE, table="shop.sum")
    shop.execute("insert into shop.sum values (1, 5)")
    shop.execute("alter table shop.sum add c int generated always as (a + 2)")
    shop.execute("update shop.sum set a = 6")

    assert [data for _, data in subjects_and_data(shop)] == [{"id": 1, "a": 5}, {"id": 1, "a": 6}]
    with refused("PS010", "columns must name columns of the table"):
        watch(shop, table="shop.sum", columns=["b"])
    with refused("PS010", "when_ must be a condition on new and old"):
        watch(shop, table="shop.sum", when_="new.b > 1")


def test_rows_that_a_partition_does_not_let_in_leave_the_others_with_their_own_old_rows(shop):
    shop.execute(
        "create table shop.parted (id int, part int, primary key (id, part))"
        " partition by list (part)"
    )
    for n in range(5):
        shop.execute(f"create table shop.part{n} partition of shop.parted for values in ({n})")
    shop.execute(
        "create function shop.refuse() returns trigger language plpgsql as 'begin return null; end'"
    )
    shop.execute(
        "create trigger refuse before insert on shop.part4 for each row"
        " execute function shop.refuse()"
    )
    shop.execute("alter table shop.parted add status text")
    shop.execute("insert into shop.parted values (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c')")
    watch(shop, "update", table="shop.parted")
    shop.execute(
        "update shop.parted set part = case part when 1 then 4 else part end, status = status || 1"
    )

    pairs = [(data["old"]["status"], data["new"]["status"]) for _, _, data in seen(shop)]
    assert sorted(pairs) == [("b", "b1"), ("c", "c1")]
