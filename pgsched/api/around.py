"""What surrounds every request: its id, headers for browsers, a line in the log, errors told."""

from __future__ import annotations

import logging
import os
import re
import time

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pgsched.errors import Busy

from .problems import on_error

log = logging.getLogger("pgsched.api.access")
FULL = "pgsched.full"  # in a request's scope: there are too many connections
_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")


class Around:
    """Middleware, outermost."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.monotonic()
        request_id = _id_of(scope)
        scope["pgsched.request_id"] = request_id
        status = 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if FULL in scope:
                    message["headers"].append((b"connection", b"close"))
                message["headers"] += [
                    (b"x-request-id", request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        try:
            if FULL in scope:
                raise Busy("the API has as many connections as it may", hint="ask again later")
            await self.app(scope, receive, sent)
        except Exception as error:
            if status:
                raise  # half an answer is out: only breaking it off says that it is none
            await (await on_error(Request(scope), error))(scope, receive, sent)
        finally:
            level = logging.DEBUG if 0 < status < 400 else logging.INFO
            if log.isEnabledFor(level):
                ms = round((time.monotonic() - began) * 1e3, 1)
                extra = {"request_id": request_id, "ms": ms}
                # As it came: a name may hold what makes a line of its own, or moves the cursor.
                path = scope["raw_path"].decode("ascii", "backslashreplace")
                log.log(level, "%s %s %s", scope["method"], path, status, extra=extra)


def header(scope: Scope, name: bytes) -> str | None:
    """A request's header of this name, in lower case; the first of several."""
    for key, value in scope["headers"]:
        if key == name:
            return value.decode("latin-1")
    return None


def _id_of(scope: Scope) -> str:
    given = header(scope, b"x-request-id")
    return given if given and _ID.fullmatch(given) else os.urandom(16).hex()
