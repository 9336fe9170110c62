"""
Handlers with isolation="process": each runs in a process of its own that can be killed.

The parent keeps runners for reuse. A runner reads one JSON line a job, and writes JSON lines: what
the handler keeps while it runs, then how it ended. Started as `python -m pgsched.worker.isolate`.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

from .. import handlers, registry
from ..channel import channel
from ..client import Scheduler
from ..context import Context, LogLine
from ..endings import Ending, of_result
from . import ending, lifeline
from .running import Running

if TYPE_CHECKING:
    from ..remote import Client

# How long a handler that was told to stop may take, before its process is killed.
_TOLD_S = 2.0


class _Runner:
    """One isolated process: its own session, so that a kill reaches what it started too."""

    def __init__(self, process: asyncio.subprocess.Process, answers: asyncio.StreamReader) -> None:
        self.process, self.answers = process, answers

    def tell(self) -> None:
        """Its handler shall stop."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


class IsolatedRunners:
    """
    Runs jobs in isolated processes, which it starts at need and uses again.

    As many at once as `slots` allows, four for each processor: a process a job at the concurrency
    of coroutines would bring the machine down. The time of a job that waits for one has not begun.
    """

    def __init__(
        self, environ: dict[str, str], app: str | None, handlers: str, result_bytes_max: int
    ) -> None:
        self._environ, self._app, self._handlers = environ, app, handlers
        self._result_bytes_max = result_bytes_max
        self._spare: list[_Runner] = []
        self.slots = asyncio.Semaphore(4 * (os.cpu_count() or 1))

    async def run(self, run: Running, timeout: float | None) -> Ending:
        """Run one handler. Cancelling this tells it, and kills its process if it does not end."""
        while self._spare and self._spare[-1].process.returncode is not None:
            self._spare.pop()  # it died after its last job
        runner = self._spare.pop() if self._spare else await self._start()
        held = run.held
        order = {
            "task": held.task,
            "args": run.args,
            "ctx": {"id": held.id, "attempt": held.attempt, "claim": held.claim},
            "worker": run.ctx.worker if run.ctx else "",
            "timeout_s": timeout,
            "result_bytes_max": self._result_bytes_max,
        }
        stdin = runner.process.stdin
        assert stdin is not None
        stdin.write(json.dumps(order).encode() + b"\n")
        hearing = asyncio.ensure_future(self._hear(runner, run))
        try:
            return await asyncio.shield(hearing)
        except asyncio.CancelledError:
            runner.tell()
            await asyncio.wait([hearing], timeout=_TOLD_S)
            if not hearing.done():
                runner.kill()
            return await hearing

    async def _hear(self, runner: _Runner, run: Running) -> Ending:
        """Read what a runner says until the run has ended, or the process has."""
        try:
            while line := await runner.answers.readline():
                answer = json.loads(line)
                if "end" in answer:
                    if run.ctx is not None:
                        run.ctx.completed = answer["completed"]
                    self._spare.append(runner)
                    return Ending(**answer["end"])
                if run.ctx is not None:
                    run.ctx.keep(LogLine(**answer["line"]))
        except BaseException:
            runner.kill()
            raise
        code = await runner.process.wait()
        died = f"signal {-code}" if code < 0 else f"exit code {code}"
        return Ending("failed", error=f"the handler's process ended by itself ({died})")

    async def _start(self) -> _Runner:
        answers, theirs = await channel(limit=256 * 1024 * 1024)
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "pgsched.worker.isolate",
                self._app or "",
                str(theirs.fileno()),
                str(os.getpid()),
                env={**os.environ, **self._environ, "PGSCHED_HANDLERS": self._handlers},
                stdin=asyncio.subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        return _Runner(process, answers)

    def close(self) -> None:
        """Kill the runners that wait for work."""
        while self._spare:
            self._spare.pop().kill()


def serve(app: str, orders: TextIO, answers: TextIO) -> None:
    """What a runner does: run one order after the other, until its input ends."""
    if app:
        importlib.import_module(app)
    handlers.allow(os.environ["PGSCHED_HANDLERS"])

    def tell(what: dict[str, Any]) -> None:
        answers.write(json.dumps(what) + "\n")
        answers.flush()

    for line in orders:
        order = json.loads(line)
        task = registry.tasks()[order["task"]]
        timeout = order["timeout_s"]
        scheduler = _scheduler()  # for one job: another has a loop of its own
        ctx = Context(
            **order["ctx"],
            scheduler=scheduler,
            task=task.name,
            worker=order["worker"],
            transactional=task.policy.transactional,
            deadline=time.monotonic() + timeout if timeout is not None else None,
            keep=lambda kept: tell({"line": asdict(kept)}),
        )
        args = {**order["args"], "ctx": ctx} if task.wants_ctx else order["args"]
        signal.signal(signal.SIGTERM, _teller(ctx))
        try:
            made = task.fn(**args)
            result = asyncio.run(_cancellable(made, ctx)) if task.is_async else made
            end = of_result(result, order["result_bytes_max"])
        except BaseException as error:
            end = ending.of_exception(error)
        scheduler.close()
        tell({"end": asdict(end), "completed": ctx.completed})


def _scheduler() -> Scheduler | Client:
    """For its handlers; this process has a side's `environ`."""
    if not os.environ.get("PGSCHED_API"):
        return Scheduler(max_connections=1)
    from ..remote import Client

    return Client()


def _teller(ctx: Context) -> Callable[[int, FrameType | None], None]:
    return lambda number, frame: ctx.cancelled.set()


async def _cancellable(made: Awaitable[Any], ctx: Context) -> Any:
    """A coroutine is not only told, but cancelled."""
    task = asyncio.current_task()
    assert task is not None

    def stop() -> None:
        ctx.cancelled.set()
        task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    try:
        return await made
    finally:
        await ctx.scheduler.aclose()


def main() -> None:
    """Keep stdin and the answers' pipe from the handlers, so that they may read and print."""
    app, answers_fd, parent = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    lifeline.die_with_parent(parent)
    orders = os.fdopen(os.dup(0), "r", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.set_inheritable(answers_fd, False)
    with os.fdopen(answers_fd, "w", encoding="utf-8") as answers:
        serve(app, orders, answers)


if __name__ == "__main__":
    main()
