"""
The watch process of an embedded Postgres: it starts the server, and stops it after its owner.

`EmbeddedPostgres.start()` runs this file by its path, with FOLDER BIN_DIR OPTIONS, in a session of
its own; so it imports nothing but what comes with Python. It prints one JSON object, {"port",
"socket_dir", "tcp"} or {"error"}, and then reads its standard input, a pipe that the owner holds
open, to the end.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO, Any

_OS_USER = "pgserver"  # Postgres refuses to run as root, so root runs it as this user
_PORT = 5432  # without TCP it is only a part of the socket's name
_SOCKET_PATH_MAX = 100  # bytes; the kernel's limit is 107 on Linux, 103 on macOS
_CONF = """\
# Written by pgsched at each start: changes belong into postgresql.conf, below the include.
listen_addresses = '{listen}'
port = {port}
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
shared_buffers = 256MB
max_connections = 200
max_wal_size = 4GB
max_prepared_transactions = 10
fsync = {fsync}
synchronous_commit = {fsync}
full_page_writes = {fsync}
"""


class Server:
    """One folder's server: prepare the folder, start, count the owners, stop."""

    def __init__(self, folder: Path, bin_dir: Path) -> None:
        self.folder, self.bin_dir, self.data = folder, bin_dir, folder / "data"
        self._owner_lock: IO[str] | None = None
        # Before root drops to another user for it, Postgres runs as whoever we are.
        self._uid, self._gid = os.getuid(), os.getgid()
        self._as_user: dict[str, Any] = {}

    def start(self, *, port: int | None, fsync: bool) -> dict[str, Any]:
        """Start, or join; returns where it listens. Holds an owner's lock from then on."""
        with self._turn():
            if os.getuid() == 0:
                self._become_ordinary()
            if not self._is_running():
                self._make_data(fsync=fsync)
                self._write_conf(port=port, fsync=fsync)
                self._run("pg_ctl", "start", "-w", "-D", "data", "-l", "log", "-t", "60")
            self._owner_lock = (self.folder / "owners").open("w")
            fcntl.flock(self._owner_lock, fcntl.LOCK_SH)
            return self._read_facts()

    def stop_unless_owned(self) -> None:
        """Give back the owner's lock; if that was the last, stop the server."""
        with self._turn():
            if self._owner_lock is not None:
                self._owner_lock.close()
            with (self.folder / "owners").open("w") as owners:
                try:
                    fcntl.flock(owners, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                self._stop()

    def _stop(self) -> None:
        if os.getuid() == 0:
            self._become_ordinary()
        if not self._is_running():
            return
        socket_dir = Path(self._read_facts()["socket_dir"])
        for mode, seconds in (("fast", "30"), ("immediate", "10")):
            with suppress(subprocess.CalledProcessError):
                self._run("pg_ctl", "stop", "-w", "-D", "data", "-m", mode, "-t", seconds)
                break
        if socket_dir != self.folder:
            with suppress(OSError):
                socket_dir.rmdir()

    @contextmanager
    def _turn(self) -> Generator[None]:
        with (self.folder / "turn").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield

    def _run(self, program: str, *args: str) -> None:
        # Names are relative to the folder: pg_ctl hands them to a shell, badly quoted.
        with (self.folder / "watch.log").open("a") as log:
            subprocess.run(
                [str(self.bin_dir / program), *args],
                check=True,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                **self._as_user,
            )

    def _is_running(self) -> bool:
        try:
            self._run("pg_ctl", "status", "-D", "data")
        except subprocess.CalledProcessError:
            return False
        return True

    def _read_facts(self) -> dict[str, Any]:
        lines = (self.data / "postmaster.pid").read_text().splitlines()
        return {"port": int(lines[3]), "socket_dir": lines[4], "tcp": bool(lines[5].strip())}

    def _make_data(self, *, fsync: bool) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        os.chown(password, self._uid, self._gid)
        # Under another name first: an initdb that was killed leaves half a folder behind.
        shutil.rmtree(self.folder / "data.new", ignore_errors=True)
        access = ["--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=password"]
        kind = ["--encoding=UTF8", "--locale=C", *([] if fsync else ["--no-sync"])]
        self._run("initdb", "-D", "data.new", "-U", "postgres", *access, *kind)
        with (self.folder / "data.new" / "postgresql.conf").open("a") as conf:
            conf.write("include 'pgsched.conf'\n")
        (self.folder / "data.new").rename(self.data)

    def _write_conf(self, *, port: int | None, fsync: bool) -> None:
        conf = self.data / "pgsched.conf"
        conf.write_text(
            _CONF.format(
                listen="127.0.0.1" if port else "",
                port=port or _PORT,
                socket_dir=f'"{self._socket_dir(port or _PORT)}"',
                fsync="on" if fsync else "off",
            )
        )
        os.chown(conf, self._uid, self._gid)

    def _socket_dir(self, port: int) -> Path:
        """The folder itself; a short one elsewhere if its path is too long or needs quoting."""
        path = os.fsencode(self.folder / f".s.PGSQL.{port}")
        if len(path) <= _SOCKET_PATH_MAX and not set(path) & set(b"\"'\\,\n"):
            return self.folder
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        short = Path(tempfile.gettempdir(), f"pgsched-{name}")
        short.mkdir(mode=0o700, exist_ok=True)
        # Whoever owns the socket's folder can pose as the server.
        if short.is_symlink() or short.stat().st_uid not in (os.getuid(), self._uid):
            raise PermissionError(f"the socket's folder belongs to somebody else: {short}")
        os.chown(short, self._uid, self._gid)
        return short

    def _become_ordinary(self) -> None:
        """Let an ordinary user run the server, and reach its folder and its programs."""
        with suppress(subprocess.CalledProcessError):  # it exists, or somebody just made it
            command = ["useradd", "--system", "--shell", "/usr/sbin/nologin", _OS_USER]
            subprocess.run(command, check=True, capture_output=True)
        user = pwd.getpwnam(_OS_USER)
        self._uid, self._gid = user.pw_uid, user.pw_gid
        self._as_user = {"user": self._uid, "group": self._gid, "extra_groups": []}
        os.chown(self.folder, self._uid, self._gid)
        for parent in {*self.folder.parents, *self.bin_dir.parents}:
            _widen(parent, 0o001)
        if self.bin_dir.stat().st_mode & 0o005 != 0o005:  # installed under a strict umask
            for path in (self.bin_dir.parent, *self.bin_dir.parent.rglob("*")):
                _widen(path, 0o005 if path.is_dir() or path.parent == self.bin_dir else 0o004)


def _widen(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)


def _carry_on(_signal: int, _frame: FrameType | None) -> None:
    """Ignore a signal; by SIG_IGN the server would inherit that."""


def _watch(folder: Path, bin_dir: Path, options: dict[str, Any]) -> int:
    """Start the server, say where it listens, wait for the owner's end, stop the server."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, _carry_on)
    server = Server(folder, bin_dir)
    try:
        answer = server.start(**options)
    except Exception as error:
        traceback.print_exc()
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
    os.close(sys.stdout.fileno())
    sys.stdin.buffer.read()  # until the owner stops, or is no more
    # If the folder has gone, Postgres notices by itself within a minute.
    with suppress(FileNotFoundError):
        server.stop_unless_owned()
    return 1 if "error" in answer else 0


if __name__ == "__main__":
    folder, bin_dir, options = sys.argv[1:]
    raise SystemExit(_watch(Path(folder), Path(bin_dir), json.loads(options)))
