"""A way to the API on which things go wrong: what is sent may not arrive, nor what is answered."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx


class Flaky:
    """
    What is to become of the requests to come whose path ends with `only`, in order; others pass.

    "pass"; "refuse": dropped before the API sees it; "lose": its answer is dropped; or what is
    answered in its place: status, headers, content. `seen` has the headers of each.
    """

    def __init__(self) -> None:
        self.url, self.only = "", ""
        self.to_come: list[str | tuple[int, dict[str, str], bytes]] = []
        self.seen: list[dict[str, str]] = []


@contextmanager
def flaky(upstream: str) -> Generator[Flaky]:
    """Such a way, to the API at a URL."""
    way = Flaky()

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            way.seen.append({name.lower(): value for name, value in self.headers.items()})
            then = way.to_come.pop(0) if way.to_come and self.path.endswith(way.only) else "pass"
            if then == "refuse":
                return
            if isinstance(then, tuple):
                self.answer(*then)
                return
            headers = {name: value for name, value in self.headers.items() if name != "Host"}
            got = client.request(self.command, self.path, headers=headers, content=content)
            if then == "pass":
                self.answer(got.status_code, dict(got.headers), got.content)

        def answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "content-encoding", "date", "server"):
                    self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            """Tests print nothing."""

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815

    # Without trust in anybody, which would cost 40 ms; there is no TLS on this way.
    with (
        httpx.Client(base_url=upstream, verify=False, timeout=30) as client,
        ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server,
    ):
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        way.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield way
        server.shutdown()
        thread.join()
