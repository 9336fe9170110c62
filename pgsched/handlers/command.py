"""Runs a command below a guard: whatever happens here, nothing of the command goes on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

from ..channel import channel
from ..context import Discard
from ..jsontext import clean

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_GUARD = str(Path(__file__).with_name("guard.py"))
_SURPLUS_S = 1.0  # for the guard, beyond the time that a command has to end
GRACE_S_MAX = 3.0
"""A worker gives a handler that was told to stop 5 s; the guard needs some of them."""


class Kept:
    """The head and the tail of a stream, half of `bytes_max` each; the rest is counted."""

    def __init__(self, bytes_max: int) -> None:
        self._half = bytes_max // 2
        self._head, self._tail, self.length = bytearray(), bytearray(), 0

    def add(self, data: bytes) -> None:
        """What came next."""
        self.length += len(data)
        room = self._half - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > self._half:
            del self._tail[: len(self._tail) - self._half]

    @property
    def truncated(self) -> bool:
        """Whether something was left out."""
        return self.length > len(self._head) + len(self._tail)

    @property
    def head(self) -> bytes:
        """What came first."""
        return bytes(self._head)

    @property
    def text(self) -> str:
        """What was kept, with a line that says what was not."""
        between = b""
        if self.truncated:
            left_out = self.length - len(self._head) - len(self._tail)
            between = b"\n... %d bytes left out ...\n" % left_out
        return clean((self._head + between + self._tail).decode("utf-8", "replace"))

    async def read(self, stream: asyncio.StreamReader) -> None:
        """All of a stream, to its end."""
        while data := await stream.read(65536):
            self.add(data)

    async def drain(self, pipe: FileIO) -> None:
        """All of a pipe, to its end; it is closed then."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def more() -> None:
            data = pipe.read(65536)
            if data:
                self.add(data)
            elif data is not None:  # that is nothing now
                ended.set()

        with pipe:
            loop.add_reader(pipe, more)
            try:
                await ended.wait()
            finally:
                loop.remove_reader(pipe)


@dataclass
class Command:
    """
    What is run: `program` with `argv`, in `cwd` (None: a folder of its own, removed after), with
    just this environment, and `limits` by the names that Python's `resource` has for them.

    `after` is run unless it ends with 0, by itself. `answer_bytes` above 0 gives it one more pipe,
    whose number is appended to `argv`, to answer by.
    """

    program: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: str | None = None
    stdin: str = ""
    grace_s: float = 2.0
    limits: Mapping[str, int] = field(default_factory=dict[str, int])
    after: Sequence[str] = ()
    output_bytes_max: int = 32_768
    answer_bytes: int = 0


@dataclass
class Ended:
    """How it ended: `exit_code` is -9 for signal 9; `answer` is a byte too long if it was cut."""

    exit_code: int
    stdout: Kept
    stderr: Kept
    answer: bytes

    @property
    def result(self) -> dict[str, Any]:
        """What a job keeps of it."""
        return {
            "exit_code": self.exit_code,
            "stdout": self.stdout.text,
            "stderr": self.stderr.text,
            "truncated": self.stdout.truncated or self.stderr.truncated,
        }


async def run(command: Command) -> Ended:
    """
    Run a command. Cancelling this ends all that it has started, before this returns.

    Raises Discard if it cannot be started.
    """
    argv = list(command.argv)
    with contextlib.ExitStack() as passed:
        report, theirs = await channel()
        fds, answer = [passed.enter_context(theirs).fileno()], None
        if command.answer_bytes:
            answer, theirs = await channel()
            fds.append(passed.enter_context(theirs).fileno())
            argv.append(str(fds[-1]))
        (stdout, to_stdout), (stderr, to_stderr) = _pipe(passed), _pipe(passed)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-S", _GUARD, *map(str, fds)),
            env={"PATH": PATH},
            stdin=asyncio.subprocess.PIPE,
            stdout=to_stdout,
            stderr=to_stderr,
            pass_fds=fds,
            start_new_session=True,
        )
    assert process.stdin is not None
    hearing = asyncio.ensure_future(_hear(process, command, report, answer, stdout, stderr))
    try:
        process.stdin.write(_orders(command, argv))
        return await asyncio.shield(hearing)
    except asyncio.CancelledError:
        process.stdin.write(b"end\n")
        await asyncio.wait([hearing], timeout=command.grace_s + _SURPLUS_S)
        raise
    finally:
        process.stdin.close()  # and so all ends
        hearing.cancel()


def _pipe(passed: contextlib.ExitStack) -> tuple[FileIO, int]:
    """
    A pipe to read from, and the end to pass on.

    The PIPE of uvloop is a socket, which nobody can open by the name /dev/stderr.
    """
    ours, theirs = os.pipe()
    passed.callback(os.close, theirs)
    os.set_blocking(ours, False)
    return FileIO(ours), theirs


def _orders(command: Command, argv: list[str]) -> bytes:
    orders = {
        "program": command.program,
        "argv": argv,
        "env": _environment(command),
        "cwd": command.cwd,
        "stdin": command.stdin,
        "grace_s": command.grace_s,
        "limits": dict(command.limits),
        "after": list(command.after),
    }
    return json.dumps(orders).encode() + b"\n"


def _environment(command: Command) -> dict[str, str]:
    return {"PATH": PATH, "LANG": "C.UTF-8", **command.env}


async def _hear(
    process: asyncio.subprocess.Process,
    command: Command,
    report: asyncio.StreamReader,
    answer: asyncio.StreamReader | None,
    *output: FileIO,
) -> Ended:
    stdout, stderr = Kept(command.output_bytes_max), Kept(command.output_bytes_max)
    answered = Kept(2 * command.answer_bytes + 2)  # its head is what is allowed, and a byte more
    reading = [kept.drain(pipe) for kept, pipe in zip((stdout, stderr), output, strict=True)]
    if answer is not None:
        reading.append(answered.read(answer))
    said, *_ = await asyncio.gather(report.read(), *reading)
    await process.wait()
    if not said:
        if command.after:
            quiet = dict.fromkeys(("stdin", "stdout", "stderr"), asyncio.subprocess.DEVNULL)
            cleanup = await asyncio.create_subprocess_exec(
                *command.after, env=_environment(command), **quiet
            )
            await cleanup.wait()
        raise RuntimeError("the guard of the command was killed, and the command with it")
    told: dict[str, Any] = json.loads(said)
    if "error" in told:
        raise Discard(told["error"])
    return Ended(told["exit_code"], stdout, stderr, answered.head)
