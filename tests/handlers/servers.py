"""HTTP servers on this machine, that remember what they were sent."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server(ThreadingHTTPServer):
    """Answers a path as `answers` says: status, headers, body; or a function that writes it."""

    daemon_threads = True

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__((host, 0), _Handler)
        self.answers: dict[str, tuple[int, dict[str, str], bytes] | Callable[[Any], None]] = {}
        self.seen: list[dict[str, Any]] = []
        self.port = self.server_address[1]
        self.url = f"http://{host}:{self.port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        super().handle_one_request()
        self.close_connection = True

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append(
            {"method": self.command, "path": self.path, "headers": headers, "body": body}
        )
        answer = self.server.answers.get(self.path, (200, {}, b"fine"))
        if callable(answer):
            answer(self)
            return
        status, given, content = answer
        self.send_response(status)
        for name, value in given.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = _answer  # noqa: N815 - the names that it looks for

    def log_message(self, *args: Any) -> None:
        """Nobody reads it."""


@contextmanager
def serving(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Generator[Server]:
    """A server that runs meanwhile."""
    with Server(host) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def json_of(body: bytes) -> Any:
    """What was sent as JSON."""
    return json.loads(body)
