"""The README's examples, run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.worker.processes import eventually

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.S)


def statements(block: str) -> list[str]:
    text = re.sub(r"--.*", "", block)
    return [each.strip() for each in text.split(";") if each.strip()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The Python examples, as the modules that a reader would make of them."""
    first, second, third = blocks("python")
    (tmp_path / "tasks.py").write_text(first)
    for name, block in (("more", second), ("beside", third)):
        body, script = block.split("\nwith Scheduler()", 1)
        (tmp_path / f"{name}.py").write_text(body)
        text = f"from {name} import *\n\nwith Scheduler(){script}"
        (tmp_path / f"{name}_script.py").write_text(text)
    return tmp_path


def run(folder: Path, dsn: str, *command: str) -> str:
    environment = {**os.environ, "PGSCHED_DSN": dsn, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def working(folder: Path, dsn: str, *options: str) -> Generator[None]:
    """A worker is at work, and ends in good order."""
    environment = {**os.environ, "PGSCHED_DSN": dsn, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", "pgsched", "worker", *options]
    worker = subprocess.Popen(command, cwd=folder, env=environment)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(timeout=40)


def test_from_insert_to_result(dsn: str, db: psycopg.Connection, folder: Path) -> None:
    """The INSERT of the first example is run by a worker, and psql shows its result."""
    first, second, *_ = blocks("sql")
    insert, ask_job, ask_run = statements(first)
    db.execute(insert)

    run(folder, dsn, "-m", "pgsched", "worker", "--app", "tasks", "--drain")

    assert db.execute(ask_job).fetchall()[0][1:3] == ("greet", "succeeded")
    assert db.execute(ask_run).fetchall() == [("greet", "succeeded", "hello, Ada", None)]
    enqueue, change, look = statements(second)
    db.execute(enqueue)
    assert db.execute(change).fetchall()[0][0] == "cancelled"
    assert [row[0] for row in db.execute(look).fetchall()] == ["default"]


def test_python_in_one_minute(dsn: str, db: psycopg.Connection, folder: Path) -> None:
    """The second example's script gets its result, and its transfer happens exactly once."""
    db.execute("create table account (balance int not null)")
    with working(folder, dsn, "--app", "more", "--queues", "mail,default"):
        printed = run(folder, dsn, "more_script.py")
    run(folder, dsn, "-m", "pgsched", "worker", "--app", "more", "--drain")

    assert printed == "{'sent_to': 'ada@example.com'}\n"
    assert db.execute("select balance from account").fetchall() == [(7,)]
    assert db.execute(
        "select task, state, count(*) from pgsched.job group by 1, 2 order by 1"
    ).fetchall() == [
        ("render", "succeeded", 1000),
        ("send", "succeeded", 1),
        ("transfer", "succeeded", 1),
    ]


def test_by_the_clock_and_by_what_happens(dsn: str, db: psycopg.Connection, folder: Path) -> None:
    """The schedules are planned, the event makes a job, and a row that is inserted is an event."""
    _, _, schedules, events = blocks("sql")
    db.execute("create table public.customer (name text)")
    for statement in statements(schedules) + statements(events):
        db.execute(statement)
    db.execute("insert into public.customer values ('Grace')")

    planned = "select schedule::text from pgsched.slot where outcome = 'planned' order by 1"
    made = "select state::text, args from pgsched.job order by id"
    with working(folder, dsn, "--app", "tasks"):
        eventually(lambda: db.execute(planned).fetchall() == [("closing",), ("digest",)])
        eventually(lambda: db.execute(made).fetchall() == [("succeeded", {"name": "Ada"})])
    seen = db.execute("select type, data -> 'new' from pgsched.event order by id").fetchall()
    assert seen == [("customer.created", None), ("customer.inserted", {"name": "Grace"})]


def test_beside_the_code(dsn: str, db: psycopg.Connection, folder: Path) -> None:
    """Once a worker has declared it, an event makes its job, which makes an event."""
    worker = ("-m", "pgsched", "worker", "--app", "beside")
    run(folder, dsn, *worker, "--drain")
    run(folder, dsn, "beside_script.py")
    run(folder, dsn, *worker, "--drain")

    assert db.execute("select name, task from pgsched.schedule order by name").fetchall() == [
        ("nightly", "tell"),
        ("tell", "tell"),
    ]
    assert db.execute("select type, data from pgsched.event order by id").fetchall() == [
        ("order.created", {"total": 7}),
        ("told", {"order": "o-1", "at": "None"}),
    ]
