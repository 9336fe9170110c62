"""sql.run: one statement, with a role's rights and no way out of them."""

from __future__ import annotations

import os

import pytest
from psycopg.conninfo import make_conninfo

from pgsched.errors import JobFailed
from tests.worker.processes import eventually, outcomes

LOGIN, READER, WRITER, OTHER = (
    f"pgsched_{name}_{os.getpid()}" for name in ("login", "reader", "writer", "other")
)


@pytest.fixture
def run(dsn, db, work, client):
    """Runs statements on a worker that may become two roles, by a login with no rights."""
    db.execute(
        f"create role {READER}; create role {WRITER}; create role {OTHER};"
        f"create role {LOGIN} login password 'p' noinherit in role {READER}, {WRITER};"
        "create table public.thing (n int primary key deferrable, t text);"
        "insert into public.thing select n, 'x' from generate_series(1, 50) as n;"
        f"grant select on public.thing to {READER};"
        f"grant select, insert, update on public.thing to {WRITER}"
    )
    work("sql.run", {"PGSCHED_SQL_DSN": login_dsn(dsn), "PGSCHED_SQL_ROLES": f"{READER},{WRITER}"})

    def start(statement, role=READER, **args):
        return client.enqueue(
            "sql.run", {"statement": statement, "role": role, **args}, max_attempts=1
        )

    yield start
    db.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [LOGIN])
    db.execute(f"drop owned by {READER}, {WRITER}, {LOGIN}, {OTHER}")
    db.execute(f"drop role {LOGIN}; drop role {READER}; drop role {WRITER}; drop role {OTHER}")


def login_dsn(dsn):
    return make_conninfo(dsn, user=LOGIN, password="p")


def test_rows_come_as_json_and_params_go_as_it(run, db):
    """Of any kind; and what changes rows says how many."""
    kinds = run(
        "select $1::int + 1 as a, $2::text, $3::jsonb -> 'x' as j, $4::bool, null as n, 1.50 as d,"
        " 'NaN'::float8 as f, date '2026-01-02' as t, current_user::text as u",
        params=[2, "é", {"x": [1]}, True],
    ).result(20)
    made = run("insert into thing values ($1), ($2)", WRITER, params=[51, 52]).result(20)
    some = run("select n from thing order by n", rows_max=3).result(20)
    none = run("select n from thing where false").result(20)

    assert kinds["columns"] == ["a", "text", "j", "bool", "n", "d", "f", "t", "u"]
    assert kinds["rows"] == [[3, "é", [1], True, None, "1.50", "NaN", "2026-01-02", READER]]
    assert (made["status"], made["row_count"], made["rows"]) == ("INSERT 0 2", 2, [])
    assert (some["rows"], some["row_count"], some["truncated"]) == ([[1], [2], [3]], 52, True)
    assert (none["columns"], none["rows"], none["truncated"]) == (["n"], [], False)
    assert db.execute("select count(*) from public.thing").fetchone() == (52,)


def test_what_is_kept_of_rows_has_a_limit(run):
    """However large they are."""
    found = run("select repeat('x', 100000) from generate_series(1, 300)").result(20)

    assert (len(found["rows"]), found["row_count"], found["truncated"]) == (5, 300, True)


HOP = """
select set_config('role', 'none', false), query_to_xml('select * from pgsched._job', true, true, '')
"""
OUT = [
    ("insert into thing values (60)", "42501: permission denied"),
    ("select 1; select 2", "42601: cannot insert multiple commands"),
    ("commit; insert into thing values (60)", "42601: cannot insert multiple commands"),
    ("reset role; insert into thing values (60)", "42601"),
    ("do $$ begin execute 'reset role'; insert into thing values (60); end $$", "permission"),
    ("do $$ begin execute 'set role postgres'; end $$", "permission denied to set role"),
    ("do $$ begin execute 'set session authorization postgres'; end $$", "permission denied"),
    (f"set role {OTHER}", "permission denied to set role"),
    (HOP, "permission denied for"),
    ("copy thing to program 'true'", "permission denied"),
    ("copy thing to stdout", "COPY by the client"),
    ("select 1 from", "42601: syntax error"),
    ("select * from pgsched._job", "permission denied for"),
    ("select pg_sleep(60)", "57014: canceling statement due to statement timeout"),
]


def test_there_is_no_way_out_of_the_role(run, db):
    """One statement alone; and the login itself has no rights to fall back on."""
    jobs = [run(text, timeout_s=1 if "sleep" in text else 20) for text, _ in OUT]
    alone = [run("reset role").result(20)["status"], run("commit").result(20)["status"]]

    for job, (text, said) in zip(jobs, OUT, strict=True):
        with pytest.raises(JobFailed, match=said):
            print(text, job.result(20))
    assert alone == ["RESET", "COMMIT"]
    assert db.execute("select count(*) from public.thing").fetchone() == (50,)


@pytest.mark.parametrize(
    ("statement", "said", "runs"),
    [
        ("select 1 from", "42601", 1),
        ("insert into thing values (60)", "42501", 1),
        ("select 1 from nothing", "42P01", 1),
        ("vacuum", "25001", 1),
        ("prepare transaction 'stays'", "0A000", 1),
        ("--", "is empty", 1),
        ("select 1/0", "22012", 2),
    ],
)
def test_what_cannot_be_different_a_moment_later_is_tried_once(
    run, client, db, statement, said, runs
):
    """Another error may be of the data, or of the moment."""
    args = {"statement": statement, "role": READER}
    job = client.enqueue("sql.run", args, max_attempts=2, retry={"kind": "fixed", "base_s": 0})

    with pytest.raises(JobFailed, match=said):
        job.result(20)
    assert outcomes(db, job.id) == ["failed"] * runs


def test_only_the_roles_that_are_allowed_are_had(run, db):
    """By name; and nothing is done by halves where a check comes at the end."""
    late = "with a as (update thing set n = 1 where n = 2) select set_config('x.y', 'z', false)"
    for role in (OTHER, LOGIN, "postgres", "none", f"{READER}; reset role"):
        with pytest.raises(JobFailed, match="is not among"):
            run("select 1", role).result(20)
    with pytest.raises(JobFailed, match="duplicate key"):
        run(late, WRITER).result(20)
    assert db.execute("select count(*) from public.thing where n = 2").fetchone() == (1,)


def test_a_login_with_rights_of_its_own_is_refused(run, db):
    """A superuser, a member of the schema's owner or of a role that is not allowed."""
    for change, back, said in (
        ("alter role {l} createrole", "alter role {l} nocreaterole", "must not be mighty"),
        ("alter role {l} superuser", "alter role {l} nosuperuser", "must not be mighty"),
        (f"grant {OTHER} to {{l}}", f"revoke {OTHER} from {{l}}", f"one of {OTHER}"),
        (f"grant {OTHER} to {READER}", f"revoke {OTHER} from {READER}", f"one of {OTHER}"),
        ("grant pg_read_all_data to {l}", "revoke pg_read_all_data from {l}", "pg_read_all_data"),
    ):
        db.execute(change.format(l=LOGIN))
        with pytest.raises(JobFailed, match=said):
            run("select 1").result(20)
        db.execute(back.format(l=LOGIN))
    assert run("select 1").result(20)["rows"] == [[1]]


def test_a_cancel_ends_the_statement(run, client, db):
    """In the server, too."""
    ask = "select state from pg_stat_activity where usename = %s and query like '%%pg_sleep%%'"
    job = run("select pg_sleep(600)", timeout_s=3600)
    eventually(lambda: db.execute(ask, [LOGIN]).fetchall() == [("active",)])

    client.cancel(job.id)

    with pytest.raises(JobFailed, match="cancelled"):
        job.result(20)
    eventually(lambda: db.execute(ask, [LOGIN]).fetchall() == [])
    assert outcomes(db, job.id) == ["cancelled"]


def test_a_worker_says_at_its_start_what_it_needs(pgsched, monkeypatch):
    """A login, and roles."""
    assert "PGSCHED_SQL_ROLES" in pgsched("worker", "--handlers", "sql.run").err
    monkeypatch.setenv("PGSCHED_SQL_ROLES", "a")
    assert "PGSCHED_SQL_DSN" in pgsched("worker", "--handlers", "sql.run").err
