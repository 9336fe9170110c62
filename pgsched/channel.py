"""What another process says, read by a coroutine."""

from __future__ import annotations

import asyncio
import socket


async def channel(limit: int = 2**16) -> tuple[asyncio.StreamReader, socket.socket]:
    """
    A reader, and the end to pass on: close it once the process has it. All ends with that process.

    A pipe would do, but uvloop closes the file of one twice: in between, a thread may have opened
    another of the same number, the connection of a handler, say. `limit` of a line, in bytes.
    """
    ours, theirs = socket.socketpair()
    reader = asyncio.StreamReader(limit)
    await asyncio.get_running_loop().create_connection(lambda: _Hearing(reader), sock=ours)
    return reader, theirs


class _Hearing(asyncio.StreamReaderProtocol):
    """Nothing is ever said back, so the end of what is heard is the end of it all."""

    def eof_received(self) -> bool:
        super().eof_received()
        return False
