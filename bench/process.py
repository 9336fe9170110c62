"""A process of a peer: started, told by lines of JSON, watched, and stopped with all it started."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .measure import BenchError
from .peer import Peer

_ANSWER_S = 120.0  # the longest order takes seconds; a soak's answer is read when it is due
_STOP_S = 5


class Process:
    """One process of a peer, in a session of its own; what it prints is kept in *folder*."""

    def __init__(
        self, peer: Peer, folder: Path, environment: Mapping[str, str], *args: str
    ) -> None:
        self.name = peer.name
        descriptor, self._log = tempfile.mkstemp(".log", dir=folder)
        with open(descriptor, "a") as log:
            self.process = subprocess.Popen(
                peer.command(*args),
                env=environment,
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if args[0] == "client" else log,
                stderr=log,
                start_new_session=True,
            )

    def told(self) -> str:
        """The last of what it printed."""
        return Path(self._log).read_text(errors="replace")[-2000:]

    def check(self) -> None:
        """Raises BenchError if it has ended."""
        if self.process.poll() is not None:
            code = self.process.returncode
            raise BenchError(f"{self.name}: a process ended with {code}: {self.told()}")

    def stop(self) -> None:
        """Ask it to end, and make it, with all that it started."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_STOP_S)
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for file in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):  # it never read what is still to be flushed
                if file is not None:
                    file.close()


class Client(Process):
    """What enqueues; see `Client` in drive/program.py for its orders."""

    def __init__(self, peer: Peer, folder: Path, environment: Mapping[str, str]) -> None:
        super().__init__(peer, folder, environment, "client")
        try:
            self.answer()
        except BaseException:
            self.stop()
            raise

    def send(self, do: str, **arguments: Any) -> None:
        """
        Give an order whose answer `answer` waits for: several clients work at once.

        Raises BenchError if it has ended.
        """
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise self._ended() from error

    def answer(self) -> dict[str, Any]:
        """Raises BenchError if it has ended, or does not answer in time."""
        assert self.process.stdout is not None
        ends, line = time.monotonic() + _ANSWER_S, b""
        while not line.endswith(b"\n"):
            left_s = max(ends - time.monotonic(), 0)
            if not select.select([self.process.stdout], [], [], left_s)[0]:
                why = f"a client has not answered within {_ANSWER_S:g} s"
                raise BenchError(f"{self.name}: {why}: {self.told()}")
            # not its readline(), which would wait for the rest of a line for ever
            if not (part := os.read(self.process.stdout.fileno(), 2**16)):
                raise self._ended()
            line += part
        return json.loads(line)

    def order(self, do: str, **arguments: Any) -> dict[str, Any]:
        self.send(do, **arguments)
        return self.answer()

    def _ended(self) -> BenchError:
        """Its end of a pipe is closed, so that it ends too."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_STOP_S)
        code = self.process.poll()
        return BenchError(f"{self.name}: a client ended with {code}: {self.told()}")
