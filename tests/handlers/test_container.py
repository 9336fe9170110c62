"""container.run by a real podman or docker, what it refuses without, and cleanup."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from pgsched import Discard, Scheduler
from pgsched.errors import JobFailed
from pgsched.handlers import command, container
from tests.handlers.engine import IMAGE, engine
from tests.worker.processes import EFFECTS, WorkerProcess, children_of, eventually

__all__ = ["engine"]

HARD = "exec sleep 600"  # as process 1 it hears no SIGTERM
SOFT = 'trap "exit 0" TERM; sleep 600 & wait'


def environ(engine):
    return {
        **engine.environ,
        "PGSCHED_HANDLERS": "container.run",
        "PGSCHED_CONTAINER_PROGRAM": engine.program,
        "PGSCHED_CONTAINER_NETWORKS": "host",
        "SECRET": "of the worker",
    }


@pytest.fixture(scope="module")
def served(engine, copy, template, tmp_path_factory):
    """A worker that runs containers, for all tests that leave it alive."""
    folder = tmp_path_factory.mktemp("containers")
    with copy(template) as dsn, psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(EFFECTS)
        process = WorkerProcess(dsn, folder, app="tests.apps.own", environ=environ(engine))
        try:
            yield process.ready(conn)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def scheduler(served):
    with Scheduler(served.dsn) as made:
        yield made


def enqueue(scheduler, *argv, image=IMAGE, timeout_s=None, **args):
    args |= {"image": image, "argv": list(argv)}
    return scheduler.enqueue("container.run", args, max_attempts=1, timeout_s=timeout_s)


@pytest.fixture
def run(scheduler):
    """What a container comes to."""
    return lambda *argv, **args: enqueue(scheduler, *argv, **args).result(20)


def begun(engine, job):
    """The name of a job's container, once it runs."""
    names = eventually(lambda: engine.containers(job.id), or_else="there is no container")
    up = ("inspect", "--format", "{{.State.Running}}", *names)
    eventually(lambda: engine(*up).strip() == "true", or_else="it does not run")
    return names[0]


def test_a_container_answers_by_its_output(run):
    """It has the environment that it is given, to the letter, and nothing of the worker's."""
    given = {"A": " s  p ", "B": "\"q\" 's'", "C": "#x=*", "D": r"\n$HOME`x`", "E": "é☃", "F": ""}

    result = run("sh", "-c", "env; echo $0 $1 >&2", "x", "--y", env=given)

    env = dict(line.split("=", 1) for line in result["stdout"].splitlines())
    assert {name: env.pop(name) for name in given} == given
    assert env.keys() <= {"PATH", "HOME", "HOSTNAME", "TERM", "container", "PWD", "SHLVL"}
    assert (result["exit_code"], result["stderr"]) == (0, "x --y\n")


def test_output_is_kept_up_to_a_limit(run):
    result = run("sh", "-c", "yes | head -c 3000000", output_bytes_max=100)

    assert result["stdout"].startswith("y\ny\n")
    assert "2999900 bytes left out" in result["stdout"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["sh", "-c", "echo why >&2; exit 3"], "exit code 3: why"),
        (["dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1"], "137, killed: memory_mb"),
        (["sh", "-c", "for i in $(seq 300); do sleep 60 & done"], "can't fork"),
        (["no-such"], "exit code 127: .*no-such"),
    ],
)
def test_a_container_that_fails_fails_the_run(run, argv, said):
    """By itself, or for more memory or processes than it may have."""
    with pytest.raises(JobFailed, match=said):
        run(*argv, memory_mb=64)


def test_an_image_that_is_neither_here_nor_to_be_had_fails_the_run(run):
    """With the program's own words, at once."""
    with pytest.raises(JobFailed, match=r"(?s)exit code 125: .*registry\.invalid"):
        run(image="registry.invalid/x:1")


def test_a_container_has_nothing_of_the_machine(run, tmp_path):
    """No file, network or right of it, and the cpus that it is given."""
    (tmp_path / "file").touch()
    script = (
        "cat /proc/net/dev | grep :; grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status;"
        f"test -e {tmp_path} || echo none; cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu/*quota_us"
    )

    alone, *rest = run("sh", "-c", f"{script}; true", cpus=0.5)["stdout"].splitlines()
    shared = run("sh", "-c", "cat /proc/net/dev", network="host")["stdout"]

    assert alone.split() == ["lo:", *["0"] * 16]
    assert [line.split()[1] for line in rest[:3]] == ["0" * 16, "0" * 16, "1"]
    assert rest[3:] in (["none", "50000"], ["none", "50000 100000"])
    assert shared.count(":") == Path("/proc/net/dev").read_text().count(":")


def test_a_cancel_asks_a_container_to_end_and_removes_it(engine, scheduler):
    """Nobody saw its environment on a command line."""
    job = enqueue(scheduler, "sh", "-c", SOFT, env={"PASS": "pa55word"})
    begun(engine, job)

    said = command_lines()
    scheduler.cancel(job.id)

    with pytest.raises(JobFailed, match="cancelled"):
        job.result(20)
    assert SOFT.encode() in said
    assert b"pa55word" not in said
    eventually(lambda: not engine.containers(job.id), or_else="it is still there")


def command_lines():
    """Those of all processes."""
    found = b""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found += file.read_bytes()
    return found


def test_a_timeout_kills_a_container_that_hears_nothing_and_removes_it(engine, scheduler):
    job = enqueue(scheduler, "sh", "-c", HARD, timeout_s=1)

    with pytest.raises(JobFailed, match="timed out"):
        job.result(20)
    eventually(lambda: not engine.containers(job.id), or_else="it is still there")


def test_the_death_of_a_child_removes_the_container(engine, served, scheduler):
    """Nobody is there to ask; the job runs anew in another."""
    job = enqueue(scheduler, "sh", "-c", SOFT)
    name = begun(engine, job)

    with psycopg.connect(served.dsn, autocommit=True) as conn:
        [child] = served.children(conn)
    os.kill(child, signal.SIGKILL)

    eventually(lambda: name not in engine.containers(job.id), or_else="it is still there")
    assert begun(engine, job).startswith(f"pgsched-{job.id}-2-")
    scheduler.cancel(job.id)
    eventually(lambda: not engine.containers(job.id), or_else="the other is still there")


def test_the_death_of_the_guard_removes_the_container(engine, served, scheduler):
    """What it was to guard is not below it, but podman's or docker's."""
    job = enqueue(scheduler, "sh", "-c", SOFT)
    begun(engine, job)

    with psycopg.connect(served.dsn, autocommit=True) as conn:
        [child] = served.children(conn)
    for guard in children_of(child):
        os.kill(guard, signal.SIGKILL)

    with pytest.raises(JobFailed, match="guard of the command was killed"):
        job.result(20)
    assert not engine.containers(job.id)


def test_the_end_of_the_worker_removes_the_container(engine, worker, client):
    process = worker(app="tests.apps.own", environ=environ(engine), grace_s=0)
    job = enqueue(client, "sh", "-c", SOFT)
    begun(engine, job)

    process.signal(signal.SIGTERM)
    process.wait()

    eventually(lambda: not engine.containers(job.id), or_else="it is still there")


def test_what_was_asked_to_end_is_cleaned_up_after_though_it_ends_with_0(tmp_path):
    """Podman does so while it starts a container, and leaves that."""
    begun, removed = tmp_path / "begun", tmp_path / "removed"
    script = f"trap 'exit 0' TERM; touch {begun}; while :; do sleep 0.01; done"
    asked = command.Command("/bin/sh", ["sh", "-c", script], {}, after=["touch", str(removed)])

    async def cancel():
        running = asyncio.ensure_future(command.run(asked))
        await asyncio.to_thread(eventually, begun.exists)
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(cancel())

    eventually(removed.exists, or_else="it was left")


class Ctx:
    id, attempt = 1, 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"image": "--privileged"}, "image must be"),
        ({"image": "x y"}, "image must be"),
        ({"image": "other"}, "is not allowed"),
        ({"image": "a/b", "network": "host"}, "network host"),
        ({"image": "a/b", "env": {"A": "b\nC=d"}}, "one line"),
        ({"image": "a/b", "env": {"A": "b\n"}}, "one line"),
        ({"image": "a/b", "env": {"A=B": "c"}}, "one line"),
        ({"image": "a/b", "env": {"A": 1}}, "one line"),
        ({"image": "a/b", "env": {"A": "é" * 31_000}}, "below 60 KiB"),
        ({"image": "a/b", "memory_mb": 1}, "memory_mb must be"),
        ({"image": "a/b", "cpus": 0}, "cpus must be"),
        ({"image": "a/b"}, "neither"),
    ],
)
def test_what_is_not_allowed_is_dead_and_so_is_a_machine_without_docker(monkeypatch, args, said):
    monkeypatch.setenv("PGSCHED_CONTAINER_IMAGES", "a/*,-*,x*")
    container.permits.cache_clear()
    if said == "neither":
        monkeypatch.setattr(shutil, "which", lambda name, path: None)
    else:
        monkeypatch.setattr(shutil, "which", lambda name, path: "/bin/false")

    made = container.container(Ctx(), **args)
    with pytest.raises(Discard, match=said):
        made.send(None)
    container.permits.cache_clear()


def test_cleanup_does_the_upkeep_until_nothing_is_left(work, client, db):
    """Or so many steps."""
    work("system.cleanup")
    db.execute("update pgsched._upkeep set next_at = '2020-01-01'")

    one = client.enqueue("system.cleanup", {"steps_max": 1}).result(30)
    all_of_it = client.enqueue("system.cleanup").result(30)

    assert one["steps"] <= 1
    assert all_of_it["more"] is False
    left = "select count(*) from pgsched._upkeep where next_at = '2020-01-01'"
    assert db.execute(left).fetchone() == (0,)
