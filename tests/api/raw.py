"""A client that speaks whatever bytes it likes."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from urllib.parse import urlsplit


class Raw:
    """One connection."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self.sock = socket.create_connection((where.hostname, where.port), timeout=20)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def read(self) -> bytes:
        """All that is said until the server hangs up."""
        said = b""
        with contextlib.suppress(ConnectionError):
            while piece := self.sock.recv(65536):
                said += piece
        return said

    def dribble(self, piece: bytes) -> bytes:
        """Send that whenever nothing is said; what was said until the server hung up."""
        self.sock.settimeout(0.05)
        said = b""
        with contextlib.suppress(ConnectionError):
            while True:
                try:
                    heard = self.sock.recv(65536)
                except TimeoutError:
                    self.sock.sendall(piece)
                    continue
                if not heard:
                    break
                said += heard
        return said

    def pour(self, pieces: Iterable[bytes]) -> tuple[int, bytes]:
        """Send until something is said or the server hangs up; how much that was, and what."""
        sent = 0
        self.sock.setblocking(False)
        for piece in pieces:
            left = piece
            while left:
                try:
                    if heard := self.sock.recv(65536):
                        return sent, heard
                    return sent, b""
                except BlockingIOError:
                    pass
                except ConnectionError:
                    return sent, b""
                try:
                    done = self.sock.send(left)
                except BlockingIOError:
                    continue
                except ConnectionError:
                    done = 0
                    self.sock.setblocking(True)
                    return sent, self.read()
                sent += done
                left = left[done:]
        self.sock.setblocking(True)
        return sent, self.read()


@contextmanager
def raw(url: object) -> Generator[Raw]:
    """A connection, which is closed in the end."""
    made = Raw(str(url))
    try:
        yield made
    finally:
        made.sock.close()


def say(url: object, data: bytes) -> bytes:
    """What is answered to these bytes, after which the server hangs up."""
    with raw(url) as client:
        client.send(data)
        return client.read()


def status(said: bytes) -> int:
    """Of the first answer; 0: none."""
    return int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/1.1 ") else 0
