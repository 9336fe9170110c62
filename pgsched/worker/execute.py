"""Runs handlers: coroutines on the loop, functions in threads, isolated ones in processes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ..client import Scheduler
from ..context import Context
from ..endings import Ending, of_result
from ..errors import InvalidValue
from ..jsontext import clean, load_object
from ..models import Held
from ..registry import Task, Unfit
from . import eager, ending
from .complete import Outbox
from .isolate import IsolatedRunners
from .running import COUNTED, Running, Why
from .unknown import UnknownTasks

if TYPE_CHECKING:
    from ..remote import Client

log = logging.getLogger("pgsched.worker")

# How long a handler that was told to stop may go on before its run is given up.
STOP_S = 5.0


class Executor:
    """Up to `concurrency` handlers at once; endings go to the outbox, then `stir` is called."""

    def __init__(
        self,
        worker: str,
        tasks: Mapping[str, Task],
        outbox: Outbox,
        *,
        concurrency: int,
        result_bytes_max: int,
        isolated: IsolatedRunners,
        scheduler: Scheduler | Client,
        stir: Callable[[], None],
    ) -> None:
        self._worker, self._tasks, self.outbox = worker, tasks, outbox
        self.concurrency, self._result_bytes_max = concurrency, result_bytes_max
        self.claims_max = max(1, concurrency // 2)  # at once: so a claim and a batch overlap
        self._isolated, self._scheduler, self._stir = isolated, scheduler, stir
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="pgsched-task")
        self._unknown = UnknownTasks()
        self._waiters: set[str] = set()  # tasks whose handlers were seen to wait
        # By claim: a job may come back while an abandoned handler of an earlier claim goes on, even
        # at the same attempt, where Postgres crashed and forgot a claim.
        self.running: dict[tuple[int, int], Running] = {}
        self.counts: dict[str, int] = dict.fromkeys(COUNTED, 0)

    @property
    def free(self) -> int:
        """Slots in which no handler runs."""
        return self.concurrency - len(self.running)

    def start(self, rows: list[Held]) -> None:
        """Start each job of one or more claims."""
        prompt: list[Running] = []
        for claim, count in Counter([held[0] for held in rows]).items():
            self.outbox.opened(claim, count)
        for held in rows:
            task = self._tasks.get(held.task)
            if task is None:
                self._hand_back(held)
                continue
            try:
                args = load_object(held.args)
                if task.checks:
                    task.check(args)
            except (ValueError, InvalidValue, RecursionError) as error:
                reason = clean(f"{type(error).__name__}: {error}")
                self._end(held, Ending("failed", error=reason, final=True))
                continue
            run = self.running[held.claim, held.id] = Running(held, task, args)
            if task.is_async and not run.isolated and task.name not in self._waiters:
                prompt.append(run)
            else:
                self._launch(self._run(run))
        if prompt:
            self._launch(self._run_eagerly(prompt))

    def _launch(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.Task(work, loop=self._loop)

    def give_back(self, rows: list[Held]) -> None:
        """Release jobs that were claimed but shall not start."""
        for claim, count in Counter([held[0] for held in rows]).items():
            self.outbox.opened(claim, count)
        for held in rows:
            self.counts["released"] += 1
            self.outbox.unstarted(held, 0.0)

    async def _run_eagerly(self, runs: list[Running]) -> None:
        """
        Run handlers in this one task until one of them waits: the task is that one's from then on,
        and each of the others, and of the task's later jobs, gets its own.
        """
        for at, run in enumerate(runs):
            try:
                self._begin(run)
                result = eager.begin(run.task.bind(run.args))
                if type(result) is not eager.Rest:
                    self._close(run, self._ending(result))
                    continue
            except BaseException as error:
                self._close(run, self._ended_by(run, error))
                continue
            self._waiters.add(run.task.name)
            for other in runs[at + 1 :]:
                self._launch(self._run(other))
            await self._run(run, result)
            break

    async def _run(self, run: Running, rest: eager.Rest | None = None) -> None:
        """Run one handler, or the rest of it, to its end, whatever it does."""
        run.work = asyncio.current_task()
        try:
            if rest is not None:
                end = self._ending(await rest)
            elif run.isolated:
                end = await self._run_isolated(run)
            else:
                self._begin(run)
                if run.task.is_async:
                    work = run.task.bind(run.args)
                else:
                    work = self._loop.run_in_executor(self._threads, _call, run.task, run.args)
                end = self._ending(await work)
        except BaseException as error:  # SystemExit too: a handler may not end this process
            end = self._ended_by(run, error)
        self._close(run, end)

    async def _run_isolated(self, run: Running) -> Ending:
        async with self._isolated.slots:
            self._begin(run)
            end = await self._isolated.run(run, run.timeout_s)
        if run.why is not None and end.kind == "failed":
            return self._stopped(run, end.error)
        return end

    def _ending(self, result: Any) -> Ending | None:
        return None if result is None else of_result(result, self._result_bytes_max)

    def _ended_by(self, run: Running, error: BaseException) -> Ending:
        if isinstance(error, asyncio.CancelledError):
            return self._stopped(run, "it was told to stop")
        if isinstance(error, Unfit):
            return Ending("failed", error=clean(str(error)), final=True)
        end = ending.of_exception(error)
        if run.why is not None and end.kind == "failed":
            return self._stopped(run, end.error)
        return end

    def _close(self, run: Running, end: Ending | None) -> None:
        """The handler is done with: its slot is free, and its end goes to the outbox."""
        if run.timer is not None:
            run.timer.cancel()
        del self.running[run.held.claim, run.held.id]
        if not run.abandoned:
            self._finish(run, end)

    def _begin(self, run: Running) -> None:
        """
        The run's time starts; it gets its context if it wants one.

        Raises CancelledError if it was told to stop before its turn came.
        """
        if run.why is not None:
            raise asyncio.CancelledError
        if run.timeout_s is not None:
            run.timer = self._loop.call_later(run.timeout_s, self._stop, run, "timeout")
        if run.task.wants_ctx:
            run.ctx = self._context(run)
            if not run.isolated:
                run.args["ctx"] = run.ctx

    def _finish(self, run: Running, end: Ending | None) -> None:
        if run.ctx is not None and run.ctx.completed and (end is None or end.kind == "succeeded"):
            # fail() finds the run that complete() wrote, if it committed, and changes nothing
            error = "ctx.complete() was called, but its transaction did not commit"
            self.outbox.ended(run.held, Ending("failed", error=error))
            self.counts["succeeded"] += 1
            self._stir()
        elif end is None or (end.kind == "succeeded" and end.result is None):
            self.counts["succeeded"] += 1
            self.outbox.succeeded(run.held)
            self._stir()
        else:
            self._end(run.held, end)

    def _end(self, held: Held, end: Ending) -> None:
        self.counts[end.kind] += 1
        if end.kind in ("failed", "timed_out"):
            log.warning(
                "job %s of task %s %s at attempt %s: %s",
                held.id,
                held.task,
                end.kind.replace("_", " "),
                held.attempt,
                end.error.partition("\n")[0],
                extra={"job_id": held.id, "task": held.task, "attempt": held.attempt},
            )
        self.outbox.ended(held, end)
        self._stir()

    def _stopped(self, run: Running, error: str) -> Ending:
        match run.why:
            case "timeout":
                return Ending("timed_out", error=f"timed out after {run.timeout_s:g} s")
            case "cancel":
                return Ending("cancelled", error="cancelled while it ran")
            case "shutdown":
                return Ending("released")
            case None:
                return Ending("failed", error=f"CancelledError: {error}, by nobody but itself")

    def _context(self, run: Running) -> Context:
        held = run.held
        return Context(
            id=held.id,
            attempt=held.attempt,
            task=held.task,
            claim=held.claim,
            worker=self._worker,
            transactional=run.task.policy.transactional,
            scheduler=self._scheduler,
            deadline=None if run.timeout_s is None else time.monotonic() + run.timeout_s,
            keep=self._keep,
        )

    def _keep(self, line: Any) -> None:
        """Called from any thread."""
        self._loop.call_soon_threadsafe(self.outbox.line, line)
        self._loop.call_soon_threadsafe(self._stir)

    def stop(self, id: int, why: Why) -> None:
        """Tell the handler of a job to stop; without effect on one that has ended or was told."""
        for run in list(self.running.values()):
            if run.held.id == id:
                self._stop(run, why)

    def _stop(self, run: Running, why: Why) -> None:
        if run.why is not None:
            return
        run.why = why
        if run.ctx is not None:
            run.ctx.cancelled.set()
        in_thread = not (run.task.is_async or run.isolated)
        if run.work is not None and not in_thread:  # a thread cannot be killed, only told
            run.work.cancel()
        self._loop.call_later(STOP_S, self._abandon, run)

    def stop_all(self, why: Why) -> None:
        """Tell every running handler to stop."""
        for run in list(self.running.values()):
            self._stop(run, why)

    def _abandon(self, run: Running) -> None:
        """Report a run whose handler did not stop; its slot stays taken until it does."""
        if run.why == "shutdown":  # the supervisor gives it back once it has killed this process
            return
        if (run.held.claim, run.held.id) in self.running and not run.abandoned:
            run.abandoned = True
            end = self._stopped(run, "")
            end.error = f"{end.error}; its handler did not stop within {STOP_S:g} s".lstrip("; ")
            self._end(run.held, end)

    def _hand_back(self, held: Held) -> None:
        self.counts["unknown"] += 1
        self.outbox.unstarted(held, self._unknown.delay_s(held))
        self._stir()

    def close(self) -> None:
        """Let go of the threads; what still runs in them is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _call(task: Task, args: dict[str, Any]) -> Any:
    try:
        return task.fn(**args)
    except StopIteration as error:  # a future that is given one never ends
        raise RuntimeError("the handler raised StopIteration") from error
