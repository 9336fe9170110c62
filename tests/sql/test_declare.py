"""declare_schedule(), declare_subscription(), retire_declarations(): operators win."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from tests.sql.actors import one
from tests.sql.events import subscribe
from tests.sql.refusals import refused
from tests.sql.timetable import change, schedule

WHOLE = {
    "schedule": {"cron": "0 6 * * *", "timezone": "Europe/Berlin", "jitter": "90 seconds"},
    "subscription": {"event_type": "order.*", "args": {"n": "$.data.n"}, "delay": "90 seconds"},
}


def declare(conn, columns=None, *, kind="schedule", name="s", task="t"):
    conn.execute(
        f"select pgsched.declare_{kind}(%s, %s, %s)",
        (name, task, Jsonb(WHOLE[kind] if columns is None else columns)),
    )


def retire(conn, *names, kind="schedule", tasks=("t",)) -> list[str]:
    return one(
        conn, "select pgsched.retire_declarations(%s, %s, %s)", kind, list(tasks), list(names)
    )


def row(conn, kind="schedule", name="s") -> dict[str, Any] | None:
    found = conn.execute(f"select to_jsonb(s) from pgsched.{kind} as s where name = %s", (name,))
    return next((value for (value,) in found.fetchall()), None)


def overridden(conn, kind="schedule", name="s"):
    """Columns, and whether it is removed."""
    [found] = conn.execute(
        "select d.overridden, d.removed from pgsched.declaration as d"
        " where d.kind = %s and d.name = %s",
        (kind, name),
    ).fetchall()
    return found


@pytest.fixture(params=["schedule", "subscription"])
def kind(request) -> str:
    return request.param


def test_what_is_declared_is_made_once(db, kind):
    declare(db, kind=kind)
    made = row(db, kind)
    declare(db, kind=kind)

    assert made is not None
    assert (made["task"], made["version"]) == ("t", 1)
    assert row(db, kind) == made
    assert overridden(db, kind) == ([], False)


def test_what_code_changes_is_written_and_what_an_operator_changed_stays(db):
    declare(db)
    change(db, timezone="UTC", priority=7)
    declare(db)
    assert overridden(db) == (["priority", "timezone"], False)

    declare(db, {"every": "1 hour", "timezone": "Europe/Berlin"}, task="other")
    now = row(db)
    assert now is not None
    assert (now["cron"], now["every"], now["task"], now["jitter"]) == (
        None, "1 hour", "other", "00:00:00",
    )  # fmt: skip
    assert (now["timezone"], now["priority"]) == ("UTC", 7)

    declare(db, {"every": "1 hour", "timezone": "Asia/Tokyo"}, task="other")
    assert overridden(db) == (["priority"], False)


def test_a_subscription_keeps_what_an_operator_changed_too(db):
    declare(db, kind="subscription")
    db.execute("update pgsched.subscription set enabled = false, delay = '5 seconds'")
    declare(db, {"event_type": "order.*", "filter": "$.data.n > 1"}, kind="subscription")

    now = row(db, "subscription")
    assert now is not None
    assert (now["filter"], now["args"], now["enabled"]) == ("$.data.n > 1", None, False)
    assert now["delay"] == "00:00:00"  # code has left it out now, which is a change of it
    assert overridden(db, "subscription") == (["enabled"], False)


def test_what_an_operator_removed_stays_away_until_code_declares_otherwise(db, kind):
    declare(db, kind=kind)
    db.execute(f"delete from pgsched.{kind}")
    declare(db, kind=kind)
    assert row(db, kind) is None
    assert overridden(db, kind) == (None, True)

    declare(db, {**WHOLE[kind], "priority": 3}, kind=kind)
    now = row(db, kind)
    assert now is not None
    assert now["priority"] == 3


def test_what_an_operator_made_before_stays_the_operator_s(db):
    schedule(db, every="5 minutes")
    subscribe(db, event_type="a")
    declare(db)
    declare(db, kind="subscription")

    [schedules, subscriptions] = [row(db, kind) for kind in WHOLE]
    assert schedules is not None
    assert subscriptions is not None
    assert (schedules["every"], subscriptions["event_type"]) == ("5 minutes", "a")
    assert overridden(db) == (["cron", "every", "jitter", "timezone"], False)


def test_what_an_operator_made_outlives_the_end_of_its_declaration(db):
    """Also what an operator made in the place of what code had made."""
    schedule(db)
    subscribe(db, "s")
    for kind in WHOLE:
        declare(db, kind=kind)
        declare(db, {**WHOLE[kind], "priority": 3}, kind=kind)
        assert retire(db, kind=kind) == []
        assert row(db, kind) is not None
    declare(db, name="again")
    db.execute("delete from pgsched.schedule where name = 'again'")
    schedule(db, "again")

    assert retire(db) == []
    assert row(db, name="again") is not None
    assert db.execute("select from pgsched.declaration").fetchall() == []


def test_what_code_declares_no_more_is_ended_and_comes_back_with_it(db, kind):
    for name, task in (("s", "t"), ("kept", "t"), ("others", "u")):
        declare(db, kind=kind, name=name, task=task)

    assert retire(db, "kept", kind=kind) == ["s"]
    assert row(db, kind) is None
    assert row(db, kind, "kept") is not None
    assert row(db, kind, "others") is not None
    declare(db, kind=kind)
    assert row(db, kind) is not None


def test_an_operator_can_have_back_what_code_declares(db, kind):
    declare(db, kind=kind)
    declared = {**(row(db, kind) or {}), "version": 0}
    restore = "select pgsched.restore_declared(%s, 's')"
    db.execute(f"update pgsched.{kind} set priority = 3, task = 'other'")
    db.execute(restore, (kind,))
    assert overridden(db, kind) == ([], False)

    db.execute(f"delete from pgsched.{kind}")
    db.execute(restore, (kind,))
    assert overridden(db, kind) == ([], False)
    now = {**(row(db, kind) or {}), "version": 0}
    times = {"created_at", "updated_at"}
    assert {k: now[k] for k in now.keys() - times} == {
        k: declared[k] for k in declared.keys() - times
    }


def test_what_no_code_declares_cannot_be_restored(db):
    schedule(db)
    for kind, code in (("schedule", "PS003"), ("subscription", "PS004")):
        with refused(code, f"no code declares {kind} 's'"):
            db.execute("select pgsched.restore_declared(%s, 's')", (kind,))


def test_what_an_operator_made_is_never_retired(db):
    schedule(db)

    assert retire(db) == []
    assert row(db) is not None


def test_workers_that_start_at_once_declare_once(db, dsn, connect, kind):
    conns = [connect(dsn) for _ in range(8)]
    with ThreadPoolExecutor(len(conns)) as threads:
        for n in range(10):
            list(threads.map(lambda c, n=n: declare(c, kind=kind, name=f"s{n}"), conns))

    versions = db.execute(f"select s.version from pgsched.{kind} as s").fetchall()
    assert versions == [(1,)] * 10


def test_a_declaration_waits_for_another_of_the_same_and_finds_it(db, other_db, kind):
    with db.transaction(force_rollback=True):
        declare(db, kind=kind)
        with refused("57014", "statement timeout"):
            declare(other_db, kind=kind)

    declare(other_db, kind=kind)
    with db.transaction():
        declare(db, kind=kind)
        declare(other_db, kind=kind)  # unchanged: nobody waits
    assert overridden(db, kind) == ([], False)


def test_what_may_be_declared_is_what_an_operator_may_change(db):
    """And what holds of what code leaves out is what an INSERT makes of it."""
    declare(db, {"cron": "0 6 * * *"})
    declare(db, {"event_type": "a"}, kind="subscription")
    given = {"name", "version", "updated_at", "created_at"}
    derived = {"after", "next_at", "runs", "last_job", "problem", "task_known", "owner"}

    for kind in WHOLE:
        found = row(db, kind)
        assert found is not None
        [(names,)] = db.execute(
            "select array(select jsonb_object_keys(pgsched._declarable(%s)))", (kind,)
        ).fetchall()
        assert set(names) == found.keys() - given - derived
        assert overridden(db, kind) == ([], False)


def test_an_unknown_column_is_refused_and_nothing_is_remembered(db, kind):
    with refused("PS010", f"'runs' of a {kind} cannot be declared"):
        declare(db, {**WHOLE[kind], "runs": 5}, kind=kind)

    assert db.execute("select count(*) from pgsched.declaration").fetchall() == [(0,)]


def test_the_kind_to_retire_must_be_known(db):
    with refused("PS010", "kind must be"):
        retire(db, kind="task")
