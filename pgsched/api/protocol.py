"""
uvicorn's HTTP, with an end for what would have none: heads that dribble or grow, connections that
say nothing, the rest of a body that was refused, answers that nobody reads.

uvicorn itself ends only connections that are idle after a request. How long a body may take is the
request's own time, in `serve`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pgsched.settings import Settings

from .around import FULL

HEAD_S = 10.0
HEAD_BYTES_MAX = 64 * 1024
_FRAMING = 16  # bytes of chunks around each byte of a body: at least 5, if they have one each


def limits(settings: Settings) -> dict[str, Any]:
    """What uvicorn is told so that nobody takes it all."""
    here = {"head_s": min(HEAD_S, settings.request_s), "clients_max": settings.api_clients}
    return {"http": type("Timely", (_Timely,), here)}


class _Timely(HttpToolsProtocol):
    head_s = HEAD_S
    clients_max = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None
        self._overhead = 0

    # --- a request has to get across

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(self._too_late)

    def data_received(self, data: bytes) -> None:
        self._overhead += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._overhead > HEAD_BYTES_MAX:
            self._end(b"431 Request Header Fields Too Large")
        elif not self.cycle or self.cycle.response_complete:
            self._wait(self._too_late)
        else:
            self._wait(None)

    def on_message_begin(self) -> None:
        self._overhead = 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if len(self.connections) > self.clients_max:
            self.scope[FULL] = True  # type: ignore[typeddict-unknown-key]
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._overhead = max(0, self._overhead - _FRAMING * len(body))
        super().on_body(body)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete and self.cycle.more_body:
            self._wait(self._too_late)  # for the rest of a body that was not asked for

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait(None)
        self.resume_writing()
        super().connection_lost(exc)

    def _wait(self, then: Callable[[], None] | None) -> None:
        """Do that after `head_s`, unless it is waited for already; None: do nothing."""
        if then is None and self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        elif then is not None and self._waiting is None:
            self._waiting = self.loop.call_later(self.head_s, then)

    def _too_late(self) -> None:
        self._end(b"408 Request Timeout")

    def _end(self, status: bytes) -> None:
        """Hang up; who has begun a request that was not answered is told why."""
        if self.transport.is_closing():
            return
        if self._overhead > 0 and not (self.cycle and self.cycle.response_started):
            self.transport.write(
                b"HTTP/1.1 %b\r\nconnection: close\r\ncontent-length: 0\r\n\r\n" % status
            )
        self.transport.close()

    # --- an answer has to be read

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._writing is None:
            self._writing = self.loop.call_later(4 * self.head_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
