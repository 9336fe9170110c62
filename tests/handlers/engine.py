"""Podman, or docker, for tests: what it has is in a folder of the session's, and one image."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

IMAGE = "localhost/pgsched-test:1"
_COMMANDS = ("cat", "dd", "env", "grep", "head", "sh", "sleep", "test", "yes")
_STORAGE = '[storage]\ndriver = "overlay"\ngraphroot = "{0}/root"\nrunroot = "{0}/run"\n'
# Podman would ask for limits that a test machine may itself be below. A storage of its own, beside
# another at the same time, needs locks of its own.
_CONF = """
[engine]
lock_type = "file"
tmp_dir = "{0}/tmp"
{1}
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
"""


class Engine:
    """A program that runs containers, and the environment that it does so in."""

    def __init__(self, program: str, environ: dict[str, str]) -> None:
        self.program, self.environ = program, environ

    def __call__(self, *args: str, stdin: Path | None = None) -> str:
        """What a command of it prints. Raises AssertionError if it fails."""
        with open(stdin or os.devnull, "rb") as given:
            done = subprocess.run(
                [self.program, *args],
                env={**os.environ, **self.environ},
                stdin=given,
                capture_output=True,
                text=True,
                timeout=30,
            )
        assert done.returncode == 0, done.stderr.strip()
        return done.stdout

    def containers(self, job_id: int) -> list[str]:
        """The names of those that a job has, running or not."""
        names = self("ps", "--all", "--format", "{{.Names}}").split()
        return [name for name in names if name.startswith(f"pgsched-{job_id}-")]


@pytest.fixture(scope="session")
def engine() -> Generator[Engine]:
    """Podman or docker with IMAGE, if it can run a container here."""
    program, busybox = shutil.which("podman") or shutil.which("docker"), shutil.which("busybox")
    if not program or not busybox:
        pytest.skip("podman or docker, and busybox, are not installed (Debian: busybox-static)")
    folder = Path(tempfile.mkdtemp(prefix="pgs-"))  # short: below a longer path, podman hangs
    runtime = 'runtime = "runc"' if shutil.which("runc") else ""
    (folder / "containers.conf").write_text(_CONF.format(folder, runtime))
    (folder / "storage.conf").write_text(_STORAGE.format(folder))
    environ = {
        "CONTAINERS_CONF": f"{folder}/containers.conf",
        "CONTAINERS_STORAGE_CONF": f"{folder}/storage.conf",
    }
    made = Engine(program, environ)
    try:
        made("import", "-", IMAGE, stdin=_files(folder / "image.tar", busybox))
        made("run", "--rm", "--network", "none", "--memory", "64m", IMAGE, "sh", "-c", ":")
    except (AssertionError, subprocess.TimeoutExpired) as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"{program} cannot run a container here: {error}")
    yield made
    made("rmi", "--force", IMAGE)
    shutil.rmtree(folder, ignore_errors=True)


def _files(file: Path, busybox: str) -> Path:
    """What the image has: a shell and some commands, all one program."""
    with tarfile.open(file, "w") as archive:
        archive.add(os.path.realpath(busybox), "bin/busybox")
        for name in _COMMANDS:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
    return file
