"""The command `pgsched`, on a real database: what it prints, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo


@pytest.fixture
def dsn(shared_dsn):
    """A database that is shared: nothing here changes its schema."""
    return shared_dsn


REPO = Path(__file__).parents[1]
TASKS = """
from pgsched import Discard, task

@task
async def add(a: int, b: int = 2):
    return a + b

@task
async def refuse(ctx):
    ctx.log("about to give up")
    raise Discard("\\x1b[31mno\\nmore")
"""


@pytest.fixture
def spawn(dsn, tmp_path):
    """Starts the command in a process of its own, with TASKS as module `cli_tasks`; kills it."""
    (tmp_path / "cli_tasks.py").write_text(TASKS)
    started: list[subprocess.Popen[str]] = []

    def start(*argv: str, **env: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", "from pgsched.cli import main; main()", *argv],
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith("PGSCHED_")},
                "PGSCHED_DSN": dsn,
                "PYTHONPATH": f"{REPO}{os.pathsep}{tmp_path}",
                **env,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def enqueued(pgsched, *argv):
    answer = pgsched("enqueue", *argv)
    assert (answer.code, answer.err) == (0, "")
    return int(answer.out)


def kill(db, job_id, error="boom"):
    """Have the job end dead, as a worker would."""
    db.execute(
        "with w as (select gen_random_uuid() as id), r as (select w.id, pgsched.register("
        " w.id, 'w', 'h', 1, 'child', 5, '{default}', '{}', 60) as done from w) select from r"
    )
    [(worker,)] = db.execute("select id from pgsched.stat_worker order by started_at desc limit 1")
    claimed = db.execute("select * from pgsched.claim(%s, 'default', 1)", (worker,)).fetchall()
    [(claim, claimed_id, attempt, *_)] = claimed
    assert claimed_id == job_id
    db.execute(
        "select pgsched.fail(%s, %s, %s, %s, %s, p_final => '{true}')",
        (worker, [claim], [job_id], [attempt], [error]),
    )


# --- enqueue, job --------------------------------------------------------------------------------


def test_enqueue_takes_every_option(pgsched, db):
    job_id = enqueued(
        pgsched, "mail", '{"to": "a"}', "--priority", 7, "--delay", "1h30m", "--queue", "post",
        "--max-attempts", 3, "--timeout", "250ms", "--label", "x=1", "--label", "y=a=b",
        "--key", "k",
    )  # fmt: skip

    found = db.execute(
        "select task, args, priority, queue, max_attempts, timeout_s, labels, key,"
        " extract(epoch from due_at - created_at)::int from pgsched.job where id = %s",
        (job_id,),
    ).fetchone()

    labels = {"x": "1", "y": "a=b"}
    assert found == ("mail", {"to": "a"}, 7, "post", 3, 0.25, labels, "k", 5400)


def test_enqueue_at_a_time_and_args_from_stdin(pgsched, db, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"n": 1}'))
    job_id = enqueued(pgsched, "t", "-", "--at", "2031-01-31T09:00:00+01:00")

    found = db.execute(
        "select args, due_at = '2031-01-31 08:00Z' from pgsched.job where id = %s", (job_id,)
    ).fetchone()

    assert found == ({"n": 1}, True)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["t", "[]"], "args must be a JSON object"),
        (["t", "{"], "args is not JSON"),
        (["t", '{"a": NaN}'], "args must be JSON that Postgres can store"),
        (["t", "{}", "--delay", "soon"], "--delay is not a length of time"),
        (["t", "{}", "--delay", "-5"], "--delay is not a length of time"),
        (["t", "{}", "--at", "2031-01-31T09:00:00"], "--at needs a time zone"),
        (["t", "{}", "--at", "tomorrow"], "--at is not a time"),
        (["t", "{}", "--at", "2031-01-31T09:00Z", "--delay", "5"], "either due_at or delay"),
        (["t", "{}", "--priority", "101"], "priority must be from -100 to 100"),
        (["t", "{}", "--label", "x"], "--label must be key=value"),
        (["t", "{}", "--wait-timeout", "5"], "--wait-timeout needs --wait"),
        (["", "{}"], "task must have 1 to 200 characters"),
        ([], "Missing argument"),
        (["t", "{}", "--prio", "5"], "No such option"),
    ],
)
def test_enqueue_refuses_with_one_line_and_code_2(pgsched, db, argv, said):
    answer = pgsched("enqueue", *argv)

    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert answer.err.startswith("error: ")
    assert answer.err.count("\n") == 1
    assert db.execute("select count(*) from pgsched.job").fetchone() == (0,)


def test_job_list_filters(pgsched, db):
    first = enqueued(pgsched, "a", "--queue", "q1")
    second = enqueued(pgsched, "b", "--queue", "q1")
    later = enqueued(pgsched, "a", "--delay", "1h")
    dead = enqueued(pgsched, "a")
    kill(db, dead)

    def listed(*argv):
        return [each["id"] for each in pgsched("job", "list", *argv, "-o", "json").json]

    assert listed() == [dead, later, second, first]
    assert listed("--limit", 2) == [dead, later]
    assert listed("--task", "a", "--queue", "q1") == [first]
    assert listed("--state", "ready") == [second, first]
    assert listed("--state", "scheduled") == [later]
    assert listed("--state", "dead", "--task", "a") == [dead]
    assert listed("--state", "dead", "--task", "b") == []
    assert listed("--state", "running") == []
    assert listed("--since", "1h") == [dead, later, second, first]
    assert listed("--since", "2040-01-01T00:00:00Z") == []
    refused = pgsched("job", "list", "--state", "lively")
    assert (refused.code, refused.out) == (2, "")


def test_job_show_and_explain(pgsched, db):
    job_id = enqueued(pgsched, "t", '{"a": 1}')
    kill(db, job_id, "ValueError: first\nTraceback: second")

    shown = pgsched("job", "show", job_id)
    as_json = pgsched("job", "show", job_id, "-o", "json").json
    explained = pgsched("job", "explain", job_id)

    assert shown.code == 0
    assert re.search(r"^state +dead", shown.out, re.M)
    assert "told not to retry" in shown.out
    assert "Traceback: second" in shown.out
    assert (as_json["id"], as_json["state"], as_json["args"]) == (job_id, "dead", {"a": 1})
    assert [run["outcome"] for run in as_json["runs"]] == ["failed"]
    assert "told not to retry" in explained.out


@pytest.mark.parametrize("command", ["show", "explain", "cancel", "redrive"])
def test_an_unknown_job_is_code_4(pgsched, command):
    answer = pgsched("job", command, 5)

    assert (answer.code, answer.out) == (4, "")
    assert answer.err.startswith("error: PS001 job 5 does not exist")


def test_cancel_redrive_and_reschedule(pgsched, db):
    first, second = enqueued(pgsched, "t"), enqueued(pgsched, "t")

    cancelled = pgsched("job", "cancel", first, 5, second)
    redriven = pgsched("job", "redrive", first)
    again = pgsched("job", "redrive", first)
    moved = pgsched("job", "reschedule", first, "--delay", "1h", "--queue", "q", "-o", "jsonl")

    assert (cancelled.code, cancelled.out) == (4, f"{first} cancelled\n{second} cancelled\n")
    assert (redriven.code, redriven.out) == (0, f"{first} ready\n")
    assert again.code == 1
    assert again.err.startswith("error: PS020 ")
    assert moved.json == {"id": first, "state": "scheduled"}
    found = db.execute("select queue, priority from pgsched.job where id = %s", (first,))
    assert found.fetchone() == ("q", 0)
    assert pgsched("job", "reschedule", first).code == 2


# --- dead, queue, task, worker, upcoming, stats --------------------------------------------------


def test_dead_list_and_redrive_by_filter(pgsched, db):
    jobs = [enqueued(pgsched, task) for task in ("a", "a", "b")]
    for job_id, error in zip(jobs, ("refused", "timeout", "refused"), strict=True):
        kill(db, job_id, error)

    listed = pgsched("dead", "list", "--task", "a", "-o", "json").json
    unfiltered = pgsched("dead", "redrive")
    redriven = pgsched("dead", "redrive", "--task", "a", "--error-like", "refus%")
    limited = pgsched("dead", "redrive", "--all", "--limit", 1, "-o", "json").json
    rest = pgsched("dead", "redrive", "--all")

    assert [(each["id"], each["error"]) for each in listed] == [
        (jobs[1], "timeout"), (jobs[0], "refused"),
    ]  # fmt: skip
    assert (unfiltered.code, unfiltered.out) == (2, "")
    assert redriven.out == "1 redriven\n"
    assert limited == {"redriven": 1}
    assert rest.out == "1 redriven\n"


def test_queues_and_tasks_are_paused_and_resumed(pgsched, db):
    db.execute("select pgsched.declare_task('mail')")

    def paused(kind):
        return [each["paused"] for each in pgsched(kind, "list", "-o", "json").json]

    assert pgsched("queue", "pause", "post").out == "queue post is paused\n"
    assert pgsched("task", "pause", "mail").code == 0
    assert (paused("queue"), paused("task")) == ([True], [True])
    assert "post (paused)" in pgsched("queue", "list").out
    pgsched("queue", "resume", "post")
    pgsched("task", "resume", "mail")
    assert (paused("queue"), paused("task")) == ([False], [False])
    unknown = pgsched("task", "pause", "male")
    assert (unknown.code, unknown.err[:12]) == (4, "error: PS002")


def test_every_list_prints_every_format(pgsched, db):
    dead = enqueued(pgsched, "t")
    kill(db, dead, 'it\'s, "quoted"\nand more')
    enqueued(pgsched, "t", '{"n": [1, null]}', "--delay", "1h")

    for command in (
        "job list", "dead list", "upcoming", "queue list", "task list", "worker list", "stats",
    ):  # fmt: skip
        argv = command.split()
        tables, as_json, lines, as_csv = (
            pgsched(*argv, "-o", format) for format in ("table", "json", "jsonl", "csv")
        )
        assert [a.code for a in (tables, as_json, lines, as_csv)] == [0, 0, 0, 0], command
        assert "─" in tables.out
        parsed = [json.loads(line) for line in lines.out.splitlines()]
        if command == "stats":
            assert parsed[0].keys() == {"queues", "tasks", "workers", "running"}
            parsed = parsed[0]["queues"]
            assert as_json.json["queues"] == parsed
        elif command != "worker list":  # which tells how long ago
            assert [each.keys() for each in as_json.json] == [each.keys() for each in parsed]
        records = list(csv.DictReader(io.StringIO(as_csv.out)))
        assert [set(record) for record in records] == [set(each) for each in parsed], command
    [letter] = csv.DictReader(io.StringIO(pgsched("dead", "list", "-o", "csv").out))
    assert letter["error"] == 'it\'s, "quoted"\nand more'


def test_empty_lists_say_so_and_are_empty_for_programs(pgsched):
    assert pgsched("job", "list").out == "no job matches\n"
    assert pgsched("job", "list", "-o", "json").json == []
    assert pgsched("job", "list", "-o", "jsonl").out == ""


def test_the_format_can_come_from_the_environment(pgsched, monkeypatch):
    monkeypatch.setenv("PGSCHED_OUTPUT", "json")

    assert pgsched("queue", "list").json == []


def test_what_a_job_contains_cannot_command_a_terminal(pgsched, db):
    job_id = enqueued(pgsched, "t", json.dumps({"a": "\x1b]0;owned\x07 [bold]x[/bold]"}))
    kill(db, job_id, "\x1b[2Jgone\nsecond")

    for argv in (["job", "list"], ["job", "show", job_id], ["dead", "list"], ["stats"]):
        answer = pgsched(*argv)
        assert answer.code == 0
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", answer.out)
    assert "[bold]x[/bold]" in pgsched("job", "list").out


# --- how it ends ---------------------------------------------------------------------------------


def test_no_database_is_code_3_and_the_password_stays_secret(pgsched, dsn):
    for unreachable in (
        "host=127.0.0.1 port=1 user=u password=sesame",
        "postgresql://u:sesame@127.0.0.1:1/x",
        make_conninfo(dsn, dbname="no_such_database", password="sesame"),
    ):
        answer = pgsched("--dsn", unreachable, "job", "list")
        assert (answer.code, answer.out) == (3, "")
        assert answer.err.startswith("error: cannot reach the database: ")
        assert answer.err.count("\n") == 1
        assert "sesame" not in answer.err


@pytest.mark.parametrize(
    "bad",
    [
        "postgresql://u:sesame/1@h/x",
        "postgresql://u:x@sesame@h/x",
        "user=u password=sesame sesame",
        "sesame",
    ],
)
def test_a_dsn_that_is_none_is_code_2_and_is_not_repeated(pgsched, bad):
    answer = pgsched("--dsn", bad, "job", "list")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: PS010 the DSN is not valid")
    assert "sesame" not in answer.err


def test_a_database_without_the_schema_says_migrate(pgsched, empty_dsn):
    for argv in (["job", "list"], ["enqueue", "t"], ["stats"]):
        answer = pgsched("--dsn", empty_dsn, *argv)
        assert (answer.code, answer.out) == (1, "")
        assert answer.err.startswith("error: PS030 ")
        assert "pgsched migrate" in answer.err


def test_migrate_prints_what_it_applies_and_dry_run_changes_nothing(pgsched, empty_dsn):
    planned = pgsched("--dsn", empty_dsn, "migrate", "--dry-run")
    first = pgsched("--dsn", empty_dsn, "migrate")
    second = pgsched("--dsn", empty_dsn, "migrate")
    nothing = pgsched("--dsn", empty_dsn, "migrate", "--dry-run")

    assert planned.out.startswith("begin;")
    assert first.out.splitlines()[0] == "applied 0001_catalogue"
    assert second.out == "nothing to do: the schema is up to date\n"
    assert nothing.out == "-- nothing to do\n"


def test_usage(pgsched):
    assert pgsched().code == 0
    assert "Exit codes" in pgsched("--help").out
    assert pgsched("--version").out.strip()
    for argv in (["nope"], ["job"], ["job", "nope"], ["job", "show", "x"], ["stats", "-o", "xml"]):
        answer = pgsched(*argv)
        assert (answer.code, answer.out) == (2, ""), argv
        assert answer.err.startswith("error: ")
        assert answer.err.count("\n") == 1


# --- with a worker -------------------------------------------------------------------------------


def test_wait_prints_the_result_or_fails_with_the_error(pgsched, spawn):
    worker = spawn("worker", "--app", "cli_tasks", "--concurrency", "5", "--max-seconds", "50")

    added = pgsched("enqueue", "add", '{"a": 40}', "--wait", "--wait-timeout", "20s")
    refused = pgsched("enqueue", "refuse", "--wait", "--wait-timeout", "20s")
    refused_json = pgsched("enqueue", "refuse", "--wait", "-o", "jsonl")
    late = pgsched("enqueue", "unheard_of", "--wait", "--wait-timeout", "50ms")

    assert (added.code, added.out, added.err) == (0, '{"result": 42}\n', "")
    assert (refused.code, refused.out) == (1, "")
    assert re.match(r"error: PS040 job \d+ ended dead\. .*no\n", refused.err)
    assert "\x1b" not in refused.err
    assert refused_json.code == 1
    assert refused_json.json["state"] == "dead"
    assert (late.code, late.err[:12]) == (1, "error: PS041")
    assert worker.poll() is None
    listed = pgsched("worker", "list", "-o", "json").json
    assert {each["role"] for each in listed} == {"supervisor", "child"}
    assert {each["concurrency"] for each in listed if each["role"] == "child"} == {5}
    log = pgsched("job", "show", refused_json.json["id"], "-o", "json").json["log"]
    assert [line["message"] for line in log] == ["about to give up"]


def test_worker_drains(pgsched, spawn):
    enqueued(pgsched, "add", '{"a": 1}')

    out, _ = (worker := spawn("worker", "--app", "cli_tasks", "--drain")).communicate(timeout=40)

    assert worker.returncode == 0
    assert json.loads(out.splitlines()[-1])["succeeded"] == 1


def test_worker_refuses_bad_settings_before_it_starts(pgsched):
    for argv in (["--concurrency", 0], ["--queues", "a:b"], ["--lease", "0.1"], ["--pooler", "x"]):
        answer = pgsched("worker", *argv)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith("error: PS010 PGSCHED_")


def test_stats_watch_prints_until_interrupted(spawn):
    watch = spawn("stats", "--watch", "--interval", "0.1", "-o", "jsonl")

    ticks = [json.loads(watch.stdout.readline()) for _ in range(3)]
    watch.send_signal(2)
    watch.communicate(timeout=20)

    assert [set(tick) for tick in ticks] == [{"queues", "tasks", "workers", "running"}] * 3
    assert watch.returncode == 130


@pytest.mark.parametrize("format", ["json", "jsonl", "csv", "table"])
def test_a_reader_that_leaves_is_no_traceback(spawn, db, format):
    db.execute("insert into pgsched.job (task) values ('t')")
    listing = spawn("job", "list", "-o", format)
    assert listing.stdout is not None
    listing.stdout.close()

    assert listing.stderr.read() == ""
    assert listing.wait(20) == 1
