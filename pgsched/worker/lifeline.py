"""What ends a process when the one that answers for it is gone, whatever its handlers do."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """
    Be killed when the parent process ends (Linux), also if it ended before this call.

    The kernel watches the parent's *thread* that spawned this process: spawn from the main thread.
    Elsewhere `end_at` does it, later.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def end_at(deadline: float) -> None:
    """
    Let the kernel end this process at `deadline` (of time.monotonic()), unless called again.

    SIGALRM keeps its default action, so no Python code has to run: a handler that holds the
    interpreter's lock cannot keep the process alive beyond its lease.
    """
    signal.setitimer(signal.ITIMER_REAL, max(deadline - time.monotonic(), 0.001))
