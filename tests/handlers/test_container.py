"""container.run, with a program in the place of docker that says what it was asked, and cleanup."""

from __future__ import annotations

import shutil

import pytest

from pgsched import Discard
from pgsched.errors import JobFailed
from pgsched.handlers import container
from tests.worker.processes import alive, eventually

# Says what it was asked; the image `wait` runs on, and whoever removes it leaves a word.
DOCKER = """#!/bin/sh
if [ "$1" = rm ]; then echo "$3" > "{folder}/removed"; exit; fi
echo "$@"; cat /dev/stdin
case "$*" in *" wait") echo $$ > "{folder}/pid"; exec sleep 600;; esac
case "$*" in *" bad") echo no >&2; exit 3;; esac
"""


OPTIONS = [
    "--rm", "--network none", "--memory 64m", "--memory-swap 64m", "--cpus 1", "--cap-drop ALL",
    "--security-opt no-new-privileges", "--pids-limit 256", "--env-file /dev/stdin",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """Where the program leaves its words."""
    file = tmp_path / "docker"
    file.write_text(DOCKER.format(folder=tmp_path))
    file.chmod(0o755)
    return tmp_path


@pytest.fixture
def run(folder, work, client):
    """Runs containers by that program."""
    environ = {"PGSCHED_CONTAINER_NETWORKS": "app"}
    work("container.run", {**environ, "PGSCHED_CONTAINER_PROGRAM": str(folder / "docker")})
    return lambda **args: client.enqueue("container.run", args, max_attempts=1)


def test_a_container_has_nothing_but_what_it_is_given(run):
    """Neither network nor rights; its environment is on no command line."""
    result = run(image="a/b:1", argv=["x", "--y"], env={"A": "s p"}, memory_mb=64).result(20)

    asked, env = result["stdout"].splitlines()
    assert env == "A=s p"
    assert asked.endswith(" -- a/b:1 x --y")
    for each in OPTIONS:
        assert each in asked
    assert "--network app" in run(image="i", network="app").result(20)["stdout"]


def test_a_container_that_fails_fails_the_run(run):
    with pytest.raises(JobFailed, match="exit code 3: no"):
        run(image="bad").result(20)


def test_a_cancel_removes_the_container(run, client, folder):
    """By its name, once what ran it is killed."""
    job = run(image="wait")
    pid = int(eventually(lambda: (folder / "pid").exists() and (folder / "pid").read_text()))

    client.cancel(job.id)

    with pytest.raises(JobFailed, match="cancelled"):
        job.result(20)
    assert not alive(pid)
    removed = eventually(lambda: (folder / "removed").exists() and (folder / "removed").read_text())
    assert removed.startswith(f"pgsched-{job.id}-1-")


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
        ({"image": "a/b", "env": {"A=B": "c"}}, "one line"),
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
