"""
What a peer's own process runs: the same commands for every system, so that all are measured alike.

A peer is one file beside `floor.py`, run by the Python of its own environment; it ends with
`program(setup=..., client=..., work=...)`. This module is all that it has of this repository, so it
needs only the standard library. `program.mjs` is the same for Node.

Commands, as the first argument: `setup` makes the tables; `client` enqueues, told by lines of JSON
on its standard input; `work N` runs jobs as N processes would (1 unless the peer starts them
itself), until it is sent SIGTERM.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import mmap
import os
import random
import struct
import sys
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

Args = dict[str, Any]
"""Of one job: `i`, its number; `pad`, a text that makes it large; `stamp`, tell when it starts."""

URL = os.environ.get("BENCH_URL", "")
"""Where the peer's store is, as a URL; Postgres' own PGHOST, PGPORT, PGUSER, PGDATABASE are set."""

VARIANT = os.environ.get("BENCH_VARIANT", "")
"""Which of the variants that the file names is measured; empty if it names none."""

_FOLDER = Path(os.environ.get("BENCH_FOLDER", "."))
_TICK = struct.Struct("qdd")


class Client(Protocol):
    """How jobs are made; its functions return, or what they return is awaited, once confirmed."""

    def one(self, args: Args) -> Awaitable[object] | None:
        """Enqueue one job, in a statement and transaction of its own."""
        ...

    def many(self, args: list[Args]) -> Awaitable[object] | None:
        """Enqueue so many jobs in the fastest way that the system documents."""
        ...

    def left(self) -> Awaitable[int] | int:
        """How many jobs are not yet acknowledged."""
        ...


class _Ticks:
    """How many handlers ran in this process, when the first and the last did: a mapped file."""

    def __init__(self) -> None:
        path = _FOLDER / f"{os.getpid()}.ticks"
        path.write_bytes(bytes(_TICK.size))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _TICK.size)
        self._count, self._first = 0, 0.0

    def add(self, jobs: int) -> None:
        now = time.time()
        self._first = self._first or now
        self._count += jobs
        _TICK.pack_into(self._map, 0, self._count, self._first, now)


_ticks: _Ticks | None = None
_making = threading.Lock()


def ran(i: int = 0, pad: str = "", stamp: bool = False) -> None:
    """Every handler calls this with its job's args, and no more: from one thread at a time."""
    if stamp:
        _stamp(i)
    tick()


def tick(jobs: int = 1) -> None:
    """Count so many jobs as run."""
    global _ticks
    if _ticks is None:
        with _making:  # the first handlers may be those of several threads
            _ticks = _ticks or _Ticks()
    _ticks.add(jobs)


def _stamp(i: int) -> None:
    """Write down when job *i* started; in one write each, for many processes append."""
    now = time.time()
    with (_FOLDER / f"{os.getpid()}.stamps").open("a") as file:
        file.write(f"{i} {now:.6f}\n")


def _forget() -> None:
    global _ticks
    _ticks = None


os.register_at_fork(after_in_child=_forget)


def program(
    *,
    setup: Callable[[], Awaitable[None] | None],
    client: Callable[[], AbstractAsyncContextManager[Client]],
    work: Callable[[int], Awaitable[None] | None],
    run: Callable[[Any], Any] = asyncio.run,
) -> None:
    """
    Do what the command line asks for.

    `client` is an async context manager, of connections that stay open; `work` gets the number of
    processes. `run` runs a coroutine: `uvloop.run` where the peer is faster with it.
    """
    if sys.argv[1] == "setup":
        _call(run, setup)
    elif sys.argv[1] == "client":
        run(_serve(client))
    else:
        _call(run, functools.partial(work, int(sys.argv[2])))


def _call(run: Callable[[Any], Any], what: Callable[[], Awaitable[None] | None]) -> None:
    if inspect.iscoroutinefunction(getattr(what, "func", what)):
        run(what())
    else:
        what()


async def _serve(client: Callable[[], AbstractAsyncContextManager[Client]]) -> None:
    """Obey lines of JSON, each answered by one."""
    async with client() as opened:
        _answer({"ready": True})
        async for order in _orders():
            do = order.pop("do")
            _answer(await _ORDERS[do](opened, **order))


async def _orders() -> AsyncGenerator[dict[str, Any]]:
    """Read without standing in the way of what the client does in the background."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        yield json.loads(line)


def _answer(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


async def _await(what: Awaitable[Any] | Any) -> Any:
    return await what if inspect.isawaitable(what) else what


def _args(first: int, jobs: int, pad: int, stamp: bool) -> list[Args]:
    """Args of jobs numbered from *first*; a pad is random, so that no compression hides it."""
    made: list[Args] = [{"i": i} for i in range(first, first + jobs)]
    for each in made:
        if pad:
            each["pad"] = random.randbytes(pad // 2).hex()
        if stamp:
            each["stamp"] = True
    return made


async def _many(client: Client, first: int, jobs: int, batch: int, pad: int = 0) -> dict[str, Any]:
    """Enqueue in bulk, *batch* jobs a call: seconds that the calls took."""
    took = 0.0
    for start in range(first, first + jobs, batch):
        args = _args(start, min(batch, first + jobs - start), pad, stamp=False)
        begun = time.perf_counter()
        await _await(client.many(args))
        took += time.perf_counter() - begun
    return {"seconds": took}


async def _one(client: Client, first: int, jobs: int, pad: int = 0) -> dict[str, Any]:
    """Enqueue one after the other: seconds that the calls took."""
    args = _args(first, jobs, pad, stamp=False)
    begun = time.perf_counter()
    for each in args:
        await _await(client.one(each))
    return {"seconds": time.perf_counter() - begun}


async def _paused(client: Client, first: int, jobs: int, gap_s: float) -> dict[str, Any]:
    """Enqueue stamped jobs singly, with pauses of *gap_s* to twice that: [i, sent, confirmed]."""
    times: list[tuple[int, float, float]] = []
    for each in _args(first, jobs, 0, stamp=True):
        await asyncio.sleep(gap_s * (1 + random.random()))
        sent = time.time()
        await _await(client.one(each))
        times.append((each["i"], sent, time.time()))
    return {"times": times}


async def _pace(
    client: Client, first: int, per_s: float, seconds: float, batch: int
) -> dict[str, Any]:
    """
    Enqueue at a steady rate, *batch* jobs a call, the last of each stamped: [i, due] of those.

    `due` is when the call should have been made: one that comes late counts its lateness too.
    """
    begun, times = time.time(), list[tuple[int, float]]()
    for call in range(int(per_s * seconds / batch)):
        args = _args(first + call * batch, batch, 0, stamp=False)
        args[-1]["stamp"] = True  # the others of a call start before it
        due = begun + call * batch / per_s
        await asyncio.sleep(max(0.0, due - time.time()))
        await _await(client.many(args))
        times.append((args[-1]["i"], due))
    return {"times": times, "seconds": time.time() - begun}


async def _left(client: Client) -> dict[str, Any]:
    return {"left": await _await(client.left())}


_ORDERS: dict[str, Callable[..., Awaitable[dict[str, Any]]]] = {
    "many": _many,
    "one": _one,
    "paused": _paused,
    "pace": _pace,
    "left": _left,
}
