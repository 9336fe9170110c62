"""
A worker that only pushes, beside an API process: `python -m pgsched.push.beside PARENT`.

It does the upkeep and ticks schedules, too, and ends with the process that started it.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

from ..settings import Settings, variable
from ..worker import lifeline, run

log = logging.getLogger("pgsched.push")
_END_S = 60.0
_AGAIN_S = 2.0


@contextmanager
def pushing(settings: Settings) -> Generator[None]:
    """
    Push meanwhile, in a process of its own, that is started anew where it ends by itself.

    Everything but the database is read from this process's environment there.
    """
    given = {
        "dsn": settings.dsn,
        "log_format": settings.log_format,
        "log_level": settings.log_level,
    }
    environ = {**os.environ, **{variable(name): value for name, value in given.items() if value}}
    environ.pop(variable("api"), None)  # of the programs here that have no database
    beside = _Beside(environ)
    beside.start()
    try:
        yield
    finally:
        beside.close()


class _Beside(threading.Thread):
    """Starts it, and waits for its end: the kernel ends it with the thread that started it."""

    def __init__(self, environ: dict[str, str]) -> None:
        super().__init__(name="pgsched-push", daemon=True)
        self._environ = environ
        self._closing = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """One after the other."""
        while not self._closing.is_set():
            process = self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(os.getpid())],
                env=self._environ,
                start_new_session=True,  # Ctrl-C is for who started it, which then asks it to end
            )
            if self._closing.is_set():
                process.terminate()
            code = process.wait()
            if not self._closing.is_set():
                log.warning("the pusher ended with %s: another is started", code)
                self._closing.wait(_AGAIN_S)

    def close(self) -> None:
        """Ask it to end, and see to that."""
        self._closing.set()
        if self._process is not None:
            self._process.terminate()
        self.join(_END_S)
        if self.is_alive() and self._process is not None:
            self._process.kill()
            self.join()


def main() -> int:
    """Push until SIGTERM, or until the parent process has ended; returns the exit code."""
    lifeline.die_with_parent(int(sys.argv[1]))
    return run(Settings.from_env(push=True, processes=0))


if __name__ == "__main__":
    sys.exit(main())
