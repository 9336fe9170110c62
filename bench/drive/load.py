"""
Loads a server by HTTP, as fast as it answers: `python -m bench.drive.load`, told by lines of JSON.

Each line names the port, the connections, the seconds and the request as text; the answer has how
many came back with 201, and the seconds that they took. One request at a time on a connection,
which is kept: what is spent here is a tenth of what a server spends in Python.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import uvloop


class _Asking(asyncio.Protocol):
    """One connection: asks again as soon as it is answered, until the time is over."""

    def __init__(self, request: bytes, ends: float, done: asyncio.Future[None]) -> None:
        self.request, self.ends, self.done = request, ends, done
        self.count = 0
        self.left = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.left += data
        head, blank, body = self.left.partition(b"\r\n\r\n")
        if not blank or len(body) < _length(head):
            return
        if not head.startswith(b"HTTP/1.1 201"):
            self.end(RuntimeError(self.left.decode()))
            return
        self.left = b""
        self.count += 1
        if time.perf_counter() < self.ends:
            self.transport.write(self.request)
        else:
            self.end()

    def end(self, error: Exception | None = None) -> None:
        if not self.done.done():
            self.done.set_exception(error) if error else self.done.set_result(None)
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.end(exc or ConnectionError("the server hung up"))


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])


async def _load(port: int, connections: int, seconds: float, request: str) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    asking = [
        _Asking(request.encode(), begun + seconds, loop.create_future()) for _ in range(connections)
    ]
    for each in asking:
        await loop.create_connection(lambda each=each: each, "127.0.0.1", port)
    await asyncio.gather(*(each.done for each in asking))
    took = time.perf_counter() - begun
    return {"count": sum(each.count for each in asking), "seconds": took}


def main() -> None:
    """Answer each line."""
    for line in sys.stdin:
        print(json.dumps(uvloop.run(_load(**json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
