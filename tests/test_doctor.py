"""`pgsched doctor`: each trouble is made for real, found, and comes with advice."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from pgsched import cli, doctor
from tests.sql.events import subscribe, watch
from tests.sql.timetable import schedule


def found(dsn, name):
    """What the check of this name found."""
    [check] = [each for each in doctor.examine(dsn) if each.name == name]
    return check


def level(dsn, name):
    check = found(dsn, name)
    assert check.found
    assert (check.level == "ok") <= (check.advice == "")
    assert check.level == "ok" or check.advice
    return check.level


def set_for_database(db, setting):
    db.execute(f"alter database {db.info.dbname} set {setting}")


@pytest.fixture
def in_shape(db):
    """Upkeep has been done, and a worker lives."""
    for _ in range(100):
        [(_, _, more)] = db.execute("select * from pgsched.upkeep()").fetchall()
        if not more:
            break
    db.execute(
        "select pgsched.register(gen_random_uuid(), 'w', 'h', 1, 'child', 5, '{q}', '{}', 3600)"
    )


def test_a_database_in_shape_has_nothing_but_ok(dsn, db, in_shape, admin):
    shared = ("long transactions", "prepared")  # of the whole server, so of other tests too
    levels = {each.name: each.level for each in doctor.examine(dsn) if each.name not in shared}

    assert set(levels.values()) == {"ok"}, levels
    assert levels.keys() == {
        "server", "schema", "pooler", "notify", "clocks", "isolation", "autovacuum", "hot tables",
        "partitions", "upkeep", "workers", "schedules", "tasks", "watches",
    }  # fmt: skip


def test_without_the_schema_it_fails_and_says_migrate(empty_dsn):
    check = found(empty_dsn, "schema")

    assert check.level == "fail"
    assert "pgsched migrate" in check.advice
    assert "partitions" not in [each.name for each in doctor.examine(empty_dsn)]


def test_an_older_schema_fails_and_other_functions_warn(dsn, db):
    db.execute("update pgsched._migration set sha256 = 'other' where name = 'functions'")
    other = level(dsn, "schema")
    db.execute("delete from pgsched._migration where name ^@ '0002'")

    assert (other, level(dsn, "schema")) == ("warn", "fail")


def test_partitions_that_run_out_warn_then_fail(dsn, db):
    def drop_after(days):
        for table, hi in db.execute(
            "select p.name, pgsched.id_time(p.hi) > now() + make_interval(days => %s)"
            " from pgsched._partitions('_log') as p",
            (days,),
        ).fetchall():
            if hi:
                db.execute(f"drop table pgsched.{table}")

    before = level(dsn, "partitions")
    drop_after(2)
    some = level(dsn, "partitions")
    drop_after(-10)
    none = level(dsn, "partitions")

    assert (before, some, none) == ("ok", "warn", "fail")


def test_notify_off_warns(dsn, db):
    set_for_database(db, "pgsched.notify = off")

    assert level(dsn, "notify") == "warn"


def test_another_isolation_level_warns(dsn, db):
    set_for_database(db, "default_transaction_isolation = serializable")

    assert level(dsn, "isolation") == "warn"


def test_track_counts_off_fails(dsn, db):
    set_for_database(db, "track_counts = off")

    assert level(dsn, "autovacuum") == "fail"


def test_a_dead_worker_warns(dsn, db, in_shape):
    before = level(dsn, "workers")
    db.execute("update pgsched._worker set lease_until = now() - interval '1 s'")
    dead = level(dsn, "workers")
    db.execute("delete from pgsched._worker")
    none = level(dsn, "workers")

    assert (before, dead, none) == ("ok", "warn", "warn")


def test_upkeep_that_is_late_warns_and_that_failed_fails(dsn, db, in_shape):
    before = level(dsn, "upkeep")
    db.execute("update pgsched._upkeep set next_at = now() - interval '1 hour'")
    late = level(dsn, "upkeep")
    db.execute("update pgsched._upkeep set error = '42P01 gone' where step = 'stats'")
    failed = found(dsn, "upkeep")

    assert (before, late) == ("ok", "warn")
    assert (failed.level, failed.found) == ("fail", "stats: 42P01 gone")


def test_dead_rows_in_a_hot_table_warn(dsn, db):
    db.execute("alter table pgsched._ready set (autovacuum_enabled = off)")
    with db.transaction():
        db.execute(
            "insert into pgsched._ready select n, 'q', 0, 1, now()"
            " from generate_series(1, 201000) as n"
        )
        db.execute("delete from pgsched._ready")
    db.execute("select pg_stat_force_next_flush()")

    assert level(dsn, "hot tables") == "warn"


def test_a_snapshot_that_is_held_too_long_warns(dsn, other_db, monkeypatch):
    monkeypatch.setattr(doctor.server, "SNAPSHOT_S", (0, 3600))
    with other_db.transaction():
        other_db.execute("select pg_current_xact_id()")
        check = found(dsn, "long transactions")

    assert check.level == "warn"
    assert "pg_terminate_backend" in check.advice


def test_a_prepared_transaction_that_is_forgotten_warns(dsn, db, other_db, monkeypatch):
    if db.execute("show max_prepared_transactions").fetchone() == ("0",):
        pytest.skip("the server has max_prepared_transactions = 0")
    monkeypatch.setattr(doctor.server, "PREPARED_S", 0)
    other_db.execute("begin")
    other_db.execute("select pg_current_xact_id()")
    other_db.execute("prepare transaction 'forgotten'")

    check = found(dsn, "prepared")
    other_db.execute("rollback prepared 'forgotten'")

    assert check.level == "warn"
    assert "'forgotten'" in check.advice


def test_a_clock_that_is_wrong_warns(dsn, monkeypatch):
    real = time.time
    monkeypatch.setattr(doctor.server.time, "time", lambda: real() + 60)

    assert level(dsn, "clocks") == "warn"


def test_the_command_exits_1_on_a_failure_and_prints_the_advice(dsn, db, capsys):
    good = cli.run(["--dsn", dsn, "doctor", "-o", "json"])
    checks = json.loads(capsys.readouterr().out)
    db.execute("delete from pgsched._migration where name = 'functions'")
    bad = cli.run(["--dsn", dsn, "doctor"])
    printed = capsys.readouterr().out

    assert (good, bad) == (0, 1)
    assert checks[0]["name"] == "server"
    assert "schema: " in printed
    assert "pgsched migrate" in printed


# --- through a real transaction pooler -----------------------------------------------------------


PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


@pytest.fixture
def pooled(dsn, request):
    """DSN of this test's database through pgbouncer, in transaction or session mode."""
    if PGBOUNCER is None:
        pytest.skip("pgbouncer is not installed (Debian: apt-get install pgbouncer)")
    server = conninfo_to_dict(dsn)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "pgbouncer.ini")
        config.write_text(
            f"[databases]\n* = host={server['host']} port={server['port']} user={server['user']}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = any\npool_mode = {request.param}\nquery_wait_timeout = 5\n"
        )
        Path(folder).chmod(0o755)
        as_owner: list[str] = []
        if os.geteuid() == 0:  # pgbouncer refuses to run as root; the server's user may connect
            socket_file = Path(str(server["host"]), f".s.PGSQL.{server['port']}")
            as_owner = ["-u", socket_file.owner() if socket_file.exists() else "nobody"]
        pooler = subprocess.Popen(
            [PGBOUNCER, *as_owner, str(config)], stderr=subprocess.PIPE, text=True
        )
        assert pooler.stderr is not None
        log: list[str] = []
        while not log or "process up" not in log[-1]:
            log.append(pooler.stderr.readline())
            assert log[-1], log
        yield make_conninfo("", host="127.0.0.1", port=port, user="u", dbname=server["dbname"])
        pooler.kill()
        pooler.communicate()


@pytest.mark.parametrize("pooled", ["transaction"], indirect=True)
def test_a_transaction_pooler_is_found(pooled):
    checks = {each.name: each for each in doctor.examine(pooled)}

    assert checks["pooler"].level == "warn"
    assert "PGSCHED_DSN" in checks["pooler"].advice
    assert checks["schema"].level == "ok"


@pytest.mark.parametrize("pooled", ["session"], indirect=True)
def test_a_session_pooler_is_no_trouble(pooled):
    checks = {each.name: each for each in doctor.examine(pooled)}

    assert checks["pooler"].found.startswith("one in session mode")
    assert (checks["pooler"].level, checks["notify"].level) == ("ok", "ok")


def test_schedules_with_a_problem_are_named(db, dsn, in_shape):
    assert level(dsn, "schedules") == "ok"
    db.execute(
        "insert into pgsched.schedule (name, task, cron)"
        " select 's' || n, 't', '0 0 30 2 *' from generate_series(1, 5) as n"
    )
    db.execute("update pgsched._schedule set plan_problem = 'never fires' where name <> 's2'")

    assert level(dsn, "schedules") == "warn"
    check = found(dsn, "schedules")
    assert check.found == (
        "4 of 5 have a problem: s1: never fires; s3: never fires; s4: never fires"
    )


def test_what_makes_jobs_that_no_live_worker_knows_is_named(db, dsn):
    schedule(db, "left", task="renamed")
    schedule(db, "held", task="renamed", paused=True)
    schedule(db, "right", task="t")
    subscribe(db, "sub", task="removed")
    subscribe(db, "off", task="removed", enabled=False)
    alone = level(dsn, "tasks")
    db.execute(
        "select pgsched.register(gen_random_uuid(), 'w', 'h', 1, 'child', 5, '{q}', '{t}', 3600)"
    )

    assert (alone, level(dsn, "tasks")) == ("ok", "warn")
    assert found(dsn, "tasks").found == (
        "2 make jobs that no live worker knows: schedule left (renamed), subscription sub (removed)"
    )


def test_columns_of_a_watched_table_that_changed_warn_and_what_a_dropped_one_leaves(dsn, db):
    db.execute('create table "größe" (id int, status text)')
    watch(db, type="a.b", table='"größe"', when_="new.status = 'ö'")
    before = found(dsn, "watches")
    db.execute('alter table "größe" rename status to state')
    changed = found(dsn, "watches")
    db.execute('drop table "größe"')
    dropped = found(dsn, "watches")

    assert [each.level for each in (before, changed, dropped)] == ["ok", "warn", "warn"]
    assert "größe" in changed.found
    assert "_pgsched_" in dropped.found
