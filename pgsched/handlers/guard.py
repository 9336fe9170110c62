"""
A process between a worker and a command that it runs: none of the command's processes outlives it.

The worker writes orders on its stdin, one line of JSON, and keeps that open. A second line asks for
an end (SIGTERM, then SIGKILL after `grace_s`); the end of stdin, and so of the worker, kills all at
once. It adopts whatever the command starts (Linux), also what has left the command's session, and
ends only once all of that is gone. It reports `{"exit_code": ...}` or `{"error": ...}` as JSON.
Above it stands its double (Linux), so that `kill -9` of either leaves one to end what goes on.

Started as `python -I -S guard.py FD [FD]`: it needs nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_LOOK_S = 1.0
_KILL_S = 5.0


def main() -> None:
    """Run one command to its end, and say how it ended."""
    report, passed = int(sys.argv[1]), [int(fd) for fd in sys.argv[2:]]
    os.set_inheritable(report, False)
    control = os.fdopen(os.dup(0), "rb", buffering=0)
    parent = os.getppid()
    orders = json.loads(_first_line(control))
    folder = tempfile.mkdtemp(prefix="pgsched-")
    if _LINUX:
        _adopt()
        double = os.getpid()
        if guard := os.fork():
            _stand_by(guard, parent, folder, passed)
            return
        _adopt()
        parent = double
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _wake)
    signal.signal(signal.SIGTERM, _wake)  # it is for the worker to say, by stdin
    if _LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    try:
        try:
            process = _start(orders, folder, passed)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            said: dict[str, Any] = {"error": f"it cannot be started: {error}"}
        else:
            _let_go(passed)
            code = _watch(process, control, wake, parent, orders["grace_s"])
            said = {} if code is None else {"exit_code": code}
        _kill_all(_KILL_S)
        if orders["after"] and said != {"exit_code": 0}:
            subprocess.run(orders["after"], timeout=30, env=orders["env"], check=False)
    finally:
        _remove(folder)
    with contextlib.suppress(BrokenPipeError):
        os.write(report, json.dumps(said).encode() if said else b"")


def _adopt() -> None:
    """What is below this process, and loses its parent, becomes its child."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _stand_by(guard: int, worker: int, folder: str, passed: list[int]) -> None:
    """End what a guard that was killed has left; nothing, if it has ended by itself."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    _let_go(passed)
    while (ended := os.waitpid(guard, os.WNOHANG))[0] == 0:
        signal.sigtimedwait({signal.SIGCHLD}, _LOOK_S)
        if os.getppid() != worker:
            return  # the guard sees that, and does the rest
    _kill_all(_KILL_S)
    if os.WIFSIGNALED(ended[1]):  # else it is gone, and by now its name may be anybody's
        _remove(folder)


def _remove(folder: str) -> None:
    """Remove a folder, with those in it that may not be written to, as Go keeps its modules."""
    with contextlib.suppress(OSError):
        if os.path.islink(folder):  # by the command: where that leads to is none of ours
            os.unlink(folder)
            return
        os.chmod(folder, 0o700)
        for at, folders, _ in os.walk(folder):
            for path in (os.path.join(at, name) for name in folders):
                if not os.path.islink(path):
                    os.chmod(path, 0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _let_go(passed: list[int]) -> None:
    """Close what the command writes to: whoever reads that waits for all who hold it."""
    for fd in (0, 1, 2, *passed):
        os.dup2(os.open(os.devnull, os.O_RDWR), fd)


def _first_line(control: Any) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        more = control.read(65536)
        if not more:
            sys.exit(1)
        line += more
    return line


def _wake(number: int, frame: FrameType | None) -> None:
    """The wake-up pipe tells."""


def _start(orders: dict[str, Any], folder: str, passed: list[int]) -> subprocess.Popen[bytes]:
    """Start the command as the leader of a session, in `folder` unless told otherwise."""
    limits = {getattr(resource, name): value for name, value in orders["limits"].items()}
    if limits.get(resource.RLIMIT_NPROC):
        limits[resource.RLIMIT_NPROC] += _threads_of(os.getuid())

    def prepare() -> None:
        if _LINUX:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        os.umask(0o077)
        for number, value in limits.items():
            _, most = resource.getrlimit(number)
            least = value if most == resource.RLIM_INFINITY else min(value, most)
            resource.setrlimit(number, (least, least))

    with tempfile.TemporaryFile() as stdin:
        stdin.write(orders["stdin"].encode())
        stdin.seek(0)
        return subprocess.Popen(
            orders["argv"],
            executable=orders["program"],
            cwd=orders["cwd"] or folder,
            env={"TMPDIR": folder, "HOME": folder, **orders["env"]},
            stdin=stdin,
            pass_fds=passed,
            start_new_session=True,
            preexec_fn=prepare,
        )


def _threads_of(user: int) -> int:
    """How many threads a user has: what RLIMIT_NPROC counts."""
    count = 0
    for process in os.scandir("/proc"):
        with contextlib.suppress(OSError):
            if process.name.isdigit() and process.stat().st_uid == user:
                count += len(os.listdir(f"/proc/{process.name}/task"))
    return count


def _watch(
    process: subprocess.Popen[bytes], control: Any, wake: int, parent: int, grace_s: float
) -> int | None:
    """
    Wait for the command's end, or bring it about; returns its exit code, -9 for signal 9; None if
    nobody waits for it any more.
    """
    kill_at: float | None = None
    listening = [control, wake]
    while True:
        if (code := _reaped(process.pid)) is not None:
            # Podman ends with 0 if it is asked to while it starts a container, and leaves that.
            return code if kill_at is None else code or -signal.SIGTERM
        now = time.monotonic()
        orphaned = os.getppid() != parent
        if orphaned or (kill_at is not None and now >= kill_at):
            _kill_all(_KILL_S)
            return None if orphaned else -signal.SIGKILL
        left = _LOOK_S if kill_at is None else min(_LOOK_S, kill_at - now)
        ready, _, _ = select.select(listening, [], [], left)
        if wake in ready:
            os.read(wake, 4096)
        if control in ready:
            if not control.read(4096):
                _kill_all(_KILL_S)
                return None
            if kill_at is None:
                kill_at = time.monotonic() + grace_s
                for pid in _descendants():
                    _send(pid, signal.SIGTERM)


def _reaped(leader: int) -> int | None:
    """Bury what has ended; the exit code of the command, once it has."""
    code = None
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            if pid == leader:
                code = os.waitstatus_to_exitcode(status)
    return code


def _kill_all(within_s: float) -> None:
    """Kill everything below this process until nothing is left, or it is no use."""
    ends = time.monotonic() + within_s
    while time.monotonic() < ends:
        for pid in _descendants():
            _send(pid, signal.SIGKILL)
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.002)


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _descendants() -> Iterator[int]:
    """Every process below this one."""
    parents: dict[int, list[int]] = {}
    if _LINUX:
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as stat:
                parent = int(stat.read().rpartition(b")")[2].split()[1])
                parents.setdefault(parent, []).append(int(name))
    else:
        listed = subprocess.run(["/bin/ps", "-axo", "pid=,ppid="], capture_output=True, check=False)
        for line in listed.stdout.splitlines():
            pid, parent = map(int, line.split())
            parents.setdefault(parent, []).append(pid)
    todo = [os.getpid()]
    while todo:
        found = parents.get(todo.pop(), [])
        yield from found
        todo += found


if __name__ == "__main__":
    main()
