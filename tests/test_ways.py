"""The ways of running, each by its command in the README's table, and one job through it."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from pgsched import Scheduler
from tests.api.remote import key_of
from tests.test_readme import README, blocks
from tests.worker.processes import ROOT, eventually
from tests.worker.remote import NO_DATABASE

COMMANDS = dict(re.findall(r"^\| (.+?) \| `(pgsched [^`]+)`", README, re.M))
MADE = {"task": "greet", "args": {"name": "Ada"}}
DONE = ("succeeded", "hello, Ada")
Process = subprocess.Popen[str]
Run = Callable[..., Process]


@pytest.fixture
def folder() -> Generator[Path]:
    """With `tasks.py` of the README; not tmp_path, which root's server may not read."""
    with tempfile.TemporaryDirectory() as name:
        Path(name, "tasks.py").write_text(blocks("python")[0])
        yield Path(name)


@pytest.fixture
def run(folder: Path) -> Generator[Run]:
    """Starts the command of a way there, as the installed script is; kills it."""
    started: list[Process] = []

    def start(way: str, api: str = "", **environ: str) -> Process:
        program, *argv = shlex.split(COMMANDS[way].replace("https://jobs.example", api))
        assert program == "pgsched"
        kept = {name: value for name, value in os.environ.items() if "PGSCHED" not in name}
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "pgsched", *argv],
            cwd=folder,
            env={**kept, "PYTHONPATH": str(ROOT), **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def stop(process: Process, by: int = signal.SIGTERM) -> None:
    """Ask it to end, as it does in good order."""
    process.send_signal(by)
    _, err = process.communicate(timeout=50)
    assert process.returncode in (0, -by), err


def answers(ask: httpx.Client) -> bool:
    """Whether it does by now."""
    try:
        return ask.get("/health/ready").is_success
    except httpx.TransportError:
        return False


def outcome(ask: httpx.Client, id: str) -> tuple[str, Any]:
    """What came of a job."""
    told = ask.get(f"/v1/jobs/{id}?wait=40").json()
    return told["state"], told["result"]


def test_all_in_one(run: Run) -> None:
    """A server, which goes with its owner, the schema, an API and a worker."""
    dev = run("all in one, for development")
    assert dev.stdout is not None
    told = "".join(iter(dev.stdout.readline, "worker    at work; Ctrl-C ends it all\n"))
    [url] = re.findall(r"^api +(http://127\.0\.0\.1:\d+)/", told, re.M)
    with httpx.Client(base_url=url, timeout=60) as ask:
        made = ask.post("/v1/jobs", json=MADE).json()
        assert outcome(ask, made["id"]) == DONE
    stop(dev, signal.SIGINT)

    [dsn] = re.findall(r"^psql +psql '(.*)'$", told, re.M)
    assert re.search(r"^schema +\d+ scripts applied$", told, re.M)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(dsn)


def test_a_worker_on_the_database(run: Run, dsn: str) -> None:
    """On all queues that it names."""
    worker = run("a worker on the database", PGSCHED_DSN=dsn)
    with Scheduler(dsn) as scheduler:
        jobs = [scheduler.enqueue(**MADE, queue=queue) for queue in ("mail", "default")]
        assert [job.result(timeout=40) for job in jobs] == ["hello, Ada"] * 2
    stop(worker)


def test_the_api_alone_and_a_worker_over_http_alone(
    run: Run, folder: Path, dsn: str, db: psycopg.Connection
) -> None:
    """The API takes the job, and runs none; the worker has a URL and a key, and no database."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url, key = f"http://127.0.0.1:{port}", key_of(db, "root", ["read", "write", "worker", "admin"])
    folder.joinpath("key").write_text(key)
    api = run("[the HTTP API](docs/api.md) alone", PGSCHED_DSN=dsn, PGSCHED_PORT=str(port))
    headers = {"authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url, timeout=60, headers=headers) as ask:
        eventually(lambda: answers(ask), or_else="the API does not answer")
        made = ask.post("/v1/jobs", json=MADE).json()
        worker = run("[a worker over HTTP](docs/workers.md) alone", url, PGSCHED_DSN=NO_DATABASE)
        assert outcome(ask, made["id"]) == DONE
    stop(worker)
    stop(api)
