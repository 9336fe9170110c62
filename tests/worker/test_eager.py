"""Handlers that never wait share an asyncio task; nothing else may be shared."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any, cast

import pytest

from pgsched import Scheduler
from pgsched.models import Held, Policy
from pgsched.registry import Task
from pgsched.worker.complete import Outbox
from pgsched.worker.execute import Executor
from pgsched.worker.isolate import IsolatedRunners

NAME = contextvars.ContextVar("NAME", default="nobody")
_NO_ISOLATION = cast(IsolatedRunners, None)  # no task here asks for it


class Bed:
    """An executor of one handler, `handler(i)`, with nothing behind it."""

    def __init__(self, handler: Callable[..., Any], timeout_s: float | None = None) -> None:
        declared = Task(handler, "t", Policy(timeout_s=timeout_s))
        self.outbox = Outbox()
        self.stirred = asyncio.Event()
        self.executor = Executor(
            "w",
            {"t": declared},
            self.outbox,
            concurrency=100,
            result_bytes_max=1000,
            isolated=_NO_ISOLATION,
            scheduler=Scheduler(""),
            stir=self.stirred.set,
        )

    def start(self, jobs: int, claim: int = 1) -> None:
        """Jobs of one claim, numbered from 0."""
        self.executor.start(
            [Held(claim, i, 1, "t", f'{{"i": {i}}}', None, None) for i in range(jobs)]
        )

    async def ended(self) -> dict[int, tuple[str, str]]:
        """Once none runs: job to (how it ended, its result or error)."""
        async with asyncio.timeout(10):
            while self.executor.running:
                await self.stirred.wait()
                self.stirred.clear()
        self.executor.close()
        told = self.outbox.take().singly()
        return {job.id: (end.kind, end.result or end.error) for job, end in told}


def test_handlers_that_never_wait_share_a_task():
    """And each has its own result, or its own error."""
    tasks: set[Any] = set()

    async def handler(i: int) -> int:
        tasks.add(asyncio.current_task())
        return 10 // (i - 1)

    async def main() -> dict[int, tuple[str, str]]:
        bed = Bed(handler)
        bed.start(3)
        return await bed.ended()

    ended = asyncio.run(main())
    assert len(tasks) == 1
    assert (ended[0], ended[2]) == (("succeeded", "-10"), ("succeeded", "10"))
    assert ended[1][0] == "failed"
    assert "ZeroDivisionError" in ended[1][1]


@pytest.mark.parametrize("waits", [False, True])
def test_each_handler_has_a_context_of_its_own(waits):
    """What one sets is not seen by the next, and is there after it waited."""

    async def handler(i: int) -> list[str]:
        before = NAME.get()
        NAME.set(f"job {i}")
        if waits:
            await asyncio.sleep(0)
        return [before, NAME.get()]

    async def main() -> dict[int, tuple[str, str]]:
        bed = Bed(handler)
        bed.start(3)
        return await bed.ended()

    assert asyncio.run(main()) == {i: ("succeeded", f'["nobody","job {i}"]') for i in range(3)}


def test_a_handler_that_waits_holds_up_nobody():
    """Nor those that came with it, when that was not known yet; nor those that come later."""

    async def main() -> dict[int, tuple[str, str]]:
        all_here = asyncio.Barrier(8)

        async def handler(i: int) -> bool:
            task = asyncio.current_task()
            await all_here.wait()  # only if all of them wait at once does any go on
            return asyncio.current_task() is task

        bed = Bed(handler)
        bed.start(4)
        await asyncio.sleep(0)
        bed.start(4, claim=2)
        return await bed.ended()

    assert set(asyncio.run(main()).values()) == {("succeeded", "true")}


def test_a_handler_that_was_begun_eagerly_can_use_its_task():
    """Timeouts, task groups and exceptions of what it waits for are as in any task."""

    async def handler(i: int) -> list[Any]:
        seen: list[Any] = []
        try:
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        except TimeoutError:
            seen.append("timed out")
        async with asyncio.TaskGroup() as group:
            seen.append(await group.create_task(asyncio.sleep(0, "slept")))
        future = asyncio.get_running_loop().create_future()
        future.set_exception(KeyError("k"))
        try:
            await future
        except KeyError:
            seen.append("raised")
        return seen

    async def main() -> dict[int, tuple[str, str]]:
        bed = Bed(handler)
        bed.start(1)
        return await bed.ended()

    assert asyncio.run(main()) == {0: ("succeeded", '["timed out","slept","raised"]')}


@pytest.mark.parametrize("begun", [False, True])
def test_whoever_is_told_to_stop_is_stopped_and_nobody_else(begun):
    """Before its turn came, or while it waits; the others go on."""

    async def main() -> dict[int, tuple[str, str]]:
        go_on = asyncio.Event()

        async def handler(i: int) -> int:
            if begun:
                await go_on.wait()
            return i

        bed = Bed(handler)
        bed.start(3)
        if begun:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        bed.executor.stop(1, "cancel")
        bed.executor.stop(2, "shutdown")
        go_on.set()
        return await bed.ended()

    ended = asyncio.run(main())
    assert ended[0] == ("succeeded", "0")
    assert [ended[1][0], ended[2][0]] == ["cancelled", "released"]


def test_a_timeout_ends_a_handler_that_was_begun_eagerly():
    """It reaches only that one."""

    async def handler(i: int) -> None:
        if i == 1:
            await asyncio.Event().wait()

    async def main() -> dict[int, tuple[str, str]]:
        bed = Bed(handler, timeout_s=0.01)
        bed.start(3)
        return await bed.ended()

    ended = asyncio.run(main())
    assert [ended[i][0] for i in range(3)] == ["succeeded", "timed_out", "succeeded"]
