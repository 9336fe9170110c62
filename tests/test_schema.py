"""Migrating: once, by any number at once, never backwards, and by an ordinary role."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from pgsched import schema
from pgsched.errors import PgschedError, SchemaChanged, SchemaMissing, SchemaTooNew
from tests.schema_dump import dump, fresh_dump
from tests.sql.actors import one

REPO = Path(__file__).parents[1]


@pytest.fixture
def empty(connect, empty_dsn):
    """A connection to a database without the schema."""
    return connect(empty_dsn)


@pytest.fixture
def folder(tmp_path):
    """A small sql/ to change at will: two migrations, a function in a file, one in a folder."""
    small = tmp_path / "sql"
    (small / "migrations").mkdir(parents=True)
    (small / "functions" / "20_more").mkdir(parents=True)
    (small / "migrations" / "0001_one.sql").write_text("create table pgsched.one (id int);\n")
    (small / "migrations" / "0002_two.sql").write_text("create table pgsched.two (id int);\n")
    write_function(small / "functions" / "10_one.sql", "one", 1)
    write_function(small / "functions" / "20_more" / "two.sql", "two", 2)
    return small


def write_function(path, name, value):
    path.write_text(
        f"create or replace function pgsched.get_{name}() returns int language sql"
        f" set search_path = '' as $$ select {value} from pgsched.{name} limit 0 $$;\n"
    )


def has_schema(conn):
    return conn.execute("select to_regnamespace('pgsched') is not null").fetchone()[0]


def migrate_dsn(dsn, folder=None):
    with psycopg.connect(dsn) as conn:
        return schema.migrate(conn, folder)


# --- the SQL that is shipped -------------------------------------------------------------------


def test_migrations_are_numbered_from_one_without_gaps():
    names = sorted(path.name for path in (schema.sql_folder() / "migrations").glob("*"))

    assert [name[:5] for name in names] == [f"{n:04}_" for n in range(1, len(names) + 1)]
    assert all(name.endswith(".sql") for name in names)


def test_every_file_of_functions_has_a_number_and_none_is_overlooked():
    for path in (schema.sql_folder() / "functions").iterdir():
        assert path.name[:2].isdigit(), path
        inside = list(path.iterdir()) if path.is_dir() else [path]
        assert all(file.suffix == ".sql" for file in inside), path


def test_migrating_twice_changes_nothing_the_second_time(empty):
    first = schema.migrate(empty)
    recorded = empty.execute("select * from pgsched._migration order by name").fetchall()

    assert first[0] == "0001_catalogue"
    assert first[-1] == "functions"
    assert schema.migrate(empty) == []
    assert empty.execute("select * from pgsched._migration order by name").fetchall() == recorded
    schema.check(empty)
    newest = "select max(lo) - pgsched.id_at(now()) from pgsched._partitions('_job')"
    assert one(empty, newest) > 59 * one(empty, "select pgsched._day()")


def test_twenty_migrations_at_once_apply_everything_once(empty, empty_dsn):
    """Even where transactions are serializable by default, and would not see the first one's."""
    strict = make_conninfo(empty_dsn, options="-c default_transaction_isolation=serializable")
    with ThreadPoolExecutor(20) as pool:
        applied = list(pool.map(migrate_dsn, [strict] * 20))

    assert sum(names != [] for names in applied) == 1
    schema.check(empty)


def test_an_ordinary_role_can_install_it(admin, connect, empty_dsn):
    """It owns the database, and is neither superuser nor may it make roles."""
    role = f"pgsched_test_owner_{os.getpid()}"
    database = psycopg.conninfo.conninfo_to_dict(empty_dsn)["dbname"]
    admin.execute(f"create role {role} login password 'ordinary'")
    admin.execute(f"alter database {database} owner to {role}")
    try:
        with connect(empty_dsn) as conn:
            conn.execute(f"set session authorization {role}")

            assert schema.migrate(conn)
            assert schema.migrate(conn) == []
            schema.check(conn)
    finally:
        admin.execute(f"drop database {database} with (force)")
        admin.execute(f"create database {database}")
        admin.execute(f"drop role {role}")


def test_the_owner_of_the_schema_can_upgrade_it_without_create_on_the_database(
    admin, connect, empty_dsn, folder
):
    role = f"pgsched_test_upgrader_{os.getpid()}"
    admin.execute(f"create role {role}")
    try:
        with connect(empty_dsn) as conn:
            conn.execute(f"create schema pgsched authorization {role}")
            conn.execute(f"set session authorization {role}")
            assert schema.migrate(conn, folder)
            (folder / "migrations" / "0003_three.sql").write_text("create table pgsched.t ();")

            assert schema.migrate(conn, folder) == ["0003_three", "functions"]

            conn.execute("reset session authorization")
            conn.execute(f"drop owned by {role}")
    finally:
        admin.execute(f"drop role {role}")


def test_a_database_upgraded_step_by_step_equals_a_fresh_one(dsn, empty_dsn, tmp_path):
    """Functions come last, as they may use all tables: earlier steps go without them."""
    upto = tmp_path / "sql"
    (upto / "migrations").mkdir(parents=True)
    for path in sorted((schema.sql_folder() / "migrations").iterdir()):
        shutil.copy(path, upto / "migrations")
        assert migrate_dsn(empty_dsn, upto)[0] == path.stem

    assert migrate_dsn(empty_dsn) == ["functions"]
    assert dump(empty_dsn) == dump(dsn)


def test_the_committed_dump_is_fresh():
    committed = REPO / "sql" / "schema.sql"

    assert committed.exists(), "run make schema"
    assert committed.read_text() == fresh_dump(), "run make schema"


# --- how it is applied -------------------------------------------------------------------------


def test_only_what_is_missing_is_applied(empty, folder):
    assert schema.migrate(empty, folder) == ["0001_one", "0002_two", "functions"]
    (folder / "migrations" / "0003_three.sql").write_text("create table pgsched.three (id int);")

    assert schema.migrate(empty, folder) == ["0003_three", "functions"]


def test_changed_functions_are_created_again(empty, folder):
    schema.migrate(empty, folder)
    write_function(folder / "functions" / "20_more" / "two.sql", "two", 22)

    assert schema.migrate(empty, folder) == ["functions"]
    assert (
        "22" in empty.execute("select prosrc from pg_proc where proname = 'get_two'").fetchone()[0]
    )


def test_a_changed_migration_is_refused(empty, folder):
    schema.migrate(empty, folder)
    (folder / "migrations" / "0001_one.sql").write_text("create table pgsched.other (id int);")

    for action in (schema.migrate, schema.plan, schema.check):
        with pytest.raises(SchemaChanged, match="0001_one"):
            action(empty, folder)


def test_a_newer_schema_is_refused(empty, folder):
    schema.migrate(empty, folder)
    (folder / "migrations" / "0002_two.sql").unlink()

    for action in (schema.migrate, schema.plan, schema.check):
        with pytest.raises(SchemaTooNew, match="0002_two"):
            action(empty, folder)


def test_a_failing_migration_leaves_nothing_and_is_named(empty, folder):
    (folder / "migrations" / "0003_bad.sql").write_text("create table pgsched.x (); select 1/0;")

    with pytest.raises(psycopg.errors.DivisionByZero) as caught:
        schema.migrate(empty, folder)
    assert caught.value.__notes__ == ["while applying 0003_bad"]
    assert not has_schema(empty)


def test_names_are_not_looked_up_in_the_callers_search_path(empty, folder):
    (folder / "migrations" / "0003_bare.sql").write_text("create table bare (id int);")

    with pytest.raises(psycopg.errors.InvalidSchemaName):
        schema.migrate(empty, folder)


def test_migrate_works_whatever_the_connections_defaults_are(empty_dsn, folder):
    with psycopg.connect(empty_dsn, row_factory=dict_row) as conn:
        conn.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
        schema.migrate(conn, folder)
        schema.check(conn, folder)
        assert schema.plan(conn, folder) == ""


def test_migrate_refuses_an_open_transaction(empty, folder):
    with empty.transaction(), pytest.raises(PgschedError, match="open transaction"):
        schema.migrate(empty, folder)


def test_an_old_server_is_refused(empty, folder, monkeypatch):
    monkeypatch.setattr(schema, "OLDEST_SERVER", 990000)

    for action in (schema.migrate, schema.plan, schema.check):
        with pytest.raises(PgschedError, match="needs Postgres 99"):
            action(empty, folder)


# --- plan and check ----------------------------------------------------------------------------


def test_plan_tells_everything_and_changes_nothing(empty, folder):
    text = schema.plan(empty, folder)

    assert "create schema pgsched;" in text
    assert text.index("pgsched.one (id") < text.index("pgsched.two (id") < text.index("get_two")
    assert not has_schema(empty)


def test_the_plan_run_by_hand_is_the_migration(empty, folder):
    empty.execute(schema.plan(empty, folder))

    assert schema.migrate(empty, folder) == []


def test_plan_of_a_current_schema_is_empty(empty, folder):
    schema.migrate(empty, folder)

    assert schema.plan(empty, folder) == ""


def test_check_misses_a_schema_that_is_not_there(empty):
    with pytest.raises(SchemaMissing, match="pgsched migrate"):
        schema.check(empty)


def test_check_misses_what_an_older_schema_lacks(empty, folder):
    schema.migrate(empty, folder)
    (folder / "migrations" / "0003_three.sql").write_text("create table pgsched.three (id int);")

    with pytest.raises(SchemaMissing, match=r"lacks 0003_three\..*pgsched migrate"):
        schema.check(empty, folder)


def test_the_connection_can_be_used_after_a_failed_check(empty_dsn):
    with psycopg.connect(empty_dsn) as conn:
        with pytest.raises(SchemaMissing):
            schema.check(conn)

        assert conn.execute("select 1").fetchone() == (1,)
