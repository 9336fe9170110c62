"""watch(): rows of somebody's table become events, in the same transaction, with their rights."""

from __future__ import annotations

import pytest

from tests.sql.actors import one
from tests.sql.events import args_made, made, put, seen, subscribe, watch
from tests.sql.refusals import refused


def changes(conn):
    """Operation, status before and after, of each event in order."""
    found = [data for _, _, data in seen(conn)]
    return [
        (each["operation"], *((each[side] or {}).get("status") for side in ("old", "new")))
        for each in found
    ]


# --- rows ----------------------------------------------------------------------------------------


def test_an_inserted_row_is_an_event_with_all_its_columns(shop):
    watch(shop)
    put(shop, 7, status="new", total=1.5)

    row = {"id": 7, "status": "new", "total": 1.5, "odd %name": None}
    assert seen(shop) == [("order.created", "7", {"operation": "insert", "new": row, "old": None})]
    assert one(shop, "select source from pgsched.event") == "shop.orders"


def test_updates_carry_the_row_before_and_after_and_deletes_the_row_before(shop):
    watch(shop, "insert or update or delete", "order.changed")
    put(shop, 1, 2, status="new")
    shop.execute("update shop.orders set status = 'paid' where id = 2")
    shop.execute("delete from shop.orders")

    assert changes(shop) == [
        ("insert", None, "new"),
        ("insert", None, "new"),
        ("update", "new", "paid"),
        *sorted([("delete", "new", None), ("delete", "paid", None)]),
    ]


def test_only_the_operations_named_are_watched(shop):
    watch(shop, "UPDATE or delete")
    put(shop, 1, status="new")
    shop.execute("update shop.orders set status = 'paid'")
    shop.execute("delete from shop.orders")

    assert [operation for operation, _, _ in changes(shop)] == ["update", "delete"]


def test_a_row_whose_key_changes_is_paired_with_itself(shop):
    watch(shop, "update")
    put(shop, 1, 2, 3, status="new")
    shop.execute("update shop.orders set id = 10 - id, status = id::text")

    pairs = [(data["old"]["id"], data["new"]["id"]) for _, _, data in seen(shop)]
    assert sorted(pairs) == [(1, 9), (2, 8), (3, 7)]


def test_an_upsert_is_an_insert_or_an_update_row_by_row(shop):
    watch(shop, "insert or update")
    put(shop, 1, status="new")
    shop.execute(
        "insert into shop.orders (id, status) values (1, 'again'), (2, 'new')"
        " on conflict (id) do update set status = excluded.status"
    )

    assert sorted(changes(shop), key=str) == sorted(
        [("insert", None, "new"), ("insert", None, "new"), ("update", "new", "again")], key=str
    )


def test_columns_are_what_data_has_and_what_an_update_must_change(shop):
    watch(shop, "insert or update", columns=["status", "odd %name"])
    put(shop, 1, status="new", total=1)
    shop.execute("update shop.orders set total = 2")
    shop.execute("update shop.orders set status = 'paid'")

    assert [data["new"] for _, _, data in seen(shop)] == [
        {"status": "new", "odd %name": None},
        {"status": "paid", "odd %name": None},
    ]


def test_an_update_that_changes_nothing_is_no_event(shop):
    watch(shop, "update")
    put(shop, 1, status="new")
    shop.execute("update shop.orders set status = 'new'")
    shop.execute("update shop.orders set status = 'x' where false")

    assert seen(shop) == []


def test_a_condition_sees_new_and_old(shop):
    condition = "new.status = 'paid' and old.status is distinct from new.status -- not 'new'"
    watch(shop, "insert or update or delete", when_=condition)
    put(shop, 1, 2, status="new")
    put(shop, 3, status="paid")
    shop.execute("update shop.orders set status = 'paid', total = 5")
    shop.execute("delete from shop.orders")

    assert sorted(subject for _, subject, _ in seen(shop)) == ["1", "2", "3"]


def test_a_table_without_a_key_has_events_without_subject(shop):
    shop.execute("create table shop.log (id int)")
    watch(shop, table="shop.log")
    shop.execute("insert into shop.log values (1)")

    assert [subject for _, subject, _ in seen(shop)] == [None]


def test_a_key_of_several_columns_is_joined_in_its_order(shop):
    shop.execute("create table shop.line (no int, order_id int, primary key (order_id, no))")
    watch(shop, table="shop.line")
    shop.execute("insert into shop.line (order_id, no) values (7, 1)")

    assert [subject for _, subject, _ in seen(shop)] == ["7,1"]


def test_rows_of_a_partitioned_table_become_events_wherever_they_move(shop):
    shop.execute("create table shop.parted (id int, status text) partition by list (id)")
    for n in (1, 2):
        shop.execute(f"create table shop.part{n} partition of shop.parted for values in ({n})")
    watch(shop, "insert or update", table="shop.parted")
    shop.execute("insert into shop.parted values (1, 'a'), (2, 'b')")
    shop.execute("update shop.parted set id = 3 - id")

    pairs = [(data["old"], data["new"]) for _, _, data in seen(shop) if data["old"]]
    assert sorted((old["id"], new["id"], new["status"]) for old, new in pairs) == [
        (1, 2, "a"), (2, 1, "b"),
    ]  # fmt: skip


def test_copy_makes_events_and_jobs_as_an_insert_does(shop):
    subscribe(shop, args={"id": "$.data.new.id"})
    watch(shop)
    with shop.cursor().copy("copy shop.orders (id) from stdin") as copy:
        copy.write("1\n2\n")

    assert args_made(shop) == [{"id": 1}, {"id": 2}]


def test_a_rollback_takes_back_rows_events_and_jobs(shop):
    subscribe(shop)
    watch(shop)
    with shop.transaction(force_rollback=True):
        put(shop, 1)
        assert len(made(shop)) == 1

    assert (seen(shop), made(shop)) == ([], [])


def test_ten_thousand_rows_are_one_insert_of_events_and_one_of_jobs(shop):
    """Each row has its event and its job; each of the two inserts is one statement."""
    subscribe(shop, args={"id": "$.data.new.id"})
    watch(shop)
    calls = "select coalesce(sum(n_tup_ins), 0) from pg_stat_xact_user_tables where relname ~ %s"
    shop.execute("create table shop.seen (name text)")
    for table in ("_event", "_job"):
        shop.execute(
            f"create function shop.saw{table}() returns trigger language plpgsql as"
            f" 'begin insert into shop.seen values (''{table}''); return null; end'"
        )
        shop.execute(
            f"create trigger saw after insert on pgsched.{table}"
            f" for each statement execute function shop.saw{table}()"
        )
    with shop.transaction():
        shop.execute("insert into shop.orders (id) select n from generate_series(1, 10000) as n")
        events_made = one(shop, calls, r"^_event_2")
        jobs_made = one(shop, calls, r"^_job_2")
    seen = shop.execute("select name from shop.seen order by 1").fetchall()

    assert (events_made, jobs_made, seen) == (10000, 10000, [("_event",), ("_job",)])
    shop.execute("drop trigger saw on pgsched._event; drop trigger saw on pgsched._job")


# --- watching again, and no more -----------------------------------------------------------------


def test_watching_again_takes_the_place_of_before_and_leaves_other_types(shop):
    watch(shop, "insert or update")
    watch(shop, "insert", "other")
    watch(shop, "insert", columns=["id"])
    put(shop, 1)
    shop.execute("update shop.orders set status = 'x'")

    new = {"operation": "insert", "new": {"id": 1}, "old": None}
    assert sorted((type, data) for type, _, data in seen(shop) if type != "other") == [
        ("order.created", new)
    ]
    assert len(seen(shop)) == 2


def test_after_unwatch_nothing_is_left_behind(shop):
    before = one(shop, "select count(*) from pg_proc")
    watch(shop, "insert or update or delete")
    shop.execute("select pgsched.unwatch('shop.orders', 'order.created')")
    put(shop, 1)

    assert seen(shop) == []
    assert one(shop, "select count(*) from pg_proc") == before
    assert one(shop, "select count(*) from pg_trigger where tgname ^@ 'pgsched_'") == 0
    with refused("PS010", "the table is not watched for events of this type"):
        shop.execute("select pgsched.unwatch('shop.orders', 'order.created')")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ({"operations": "insert, update"}, "PS010", "operations must be insert, update, delete"),
        ({"operations": "truncate"}, "PS010", "operations must be"),
        ({"operations": ""}, "PS010", "operations must be"),
        ({"operations": None}, "PS010", "operations must be"),
        ({"type": "a b"}, "23514", "type must be words"),
        ({"columns": ["id", "nope"]}, "PS010", "columns must name columns of the table"),
        ({"columns": []}, "PS010", "columns must name columns of the table"),
        ({"when_": "new.nope = 1"}, "PS010", "when_ must be a condition on new and old"),
        ({"when_": "1"}, "PS010", "when_ must be a condition on new and old"),
        ({"when_": "true) or (("}, "PS010", "when_ must be a condition on new and old"),
        ({"table": "pgsched._setting"}, "PS010", "only a table of your own can be watched"),
        ({"table": "pg_class"}, "PS010", "only a table of your own can be watched"),
        ({"table": "pgsched.job"}, "PS010", "only a table of your own can be watched"),
        ({"table": None}, "PS010", "only a table of your own can be watched"),
    ],
)
def test_watch_refuses(shop, arguments, code, message):
    with refused(code, message):
        watch(shop, **arguments)

    assert one(shop, "select count(*) from pg_trigger where tgname ^@ 'pgsched_'") == 0


def test_a_type_s_quotes_are_no_sql(shop):
    """Nor are those of a condition or of a table's name."""
    shop.execute('create table shop."o\'; drop" (id int, "a\'b" text)')
    watch(shop, table='shop."o\'; drop"', columns=["a'b"], when_="new.\"a'b\" = '''; --'")
    shop.execute("insert into shop.\"o'; drop\" values (1, '''; --')")

    assert [data["new"] for _, _, data in seen(shop)] == [{"a'b": "'; --"}]
    assert one(shop, "select source from pgsched.event") == "shop.o'; drop"
