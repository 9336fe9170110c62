"""Who asks: whoever shows a key or an access token; or, where nobody is asked, the operator."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import TypeVar

from starlette.requests import Request

from pgsched import calls
from pgsched.auth import OPERATOR, Principal, Scope
from pgsched.auth.keys import digest
from pgsched.auth.log_in import authenticate
from pgsched.auth.tokens import Secret
from pgsched.calls import Call
from pgsched.errors import Forbidden, NotAuthenticated

from .around import header
from .database import Database

T = TypeVar("T")

KNOWN_S = 5.0
"""For how long who comes with a key or token is known; a change of users ends that at once."""
_SECRETS_S = 60.0
_KNOWN_MAX = 10_000
_HERE = ("localhost", "127.0.0.1", "[::1]")


class Door:
    """Lets requests in."""

    def __init__(self, database: Database, *, guarded: bool) -> None:
        self._database, self._guarded = database, guarded
        self._known: dict[bytes, tuple[Principal, float]] = {}
        self._secrets: list[Secret] = []
        self._lifetime_s = 0
        self._secrets_until = 0.0
        self._changes = 0

    async def admit(
        self, request: Request, scope: Scope | None, *, outdated: bool = False
    ) -> Principal:
        """
        Who asks. Raises NotAuthenticated, Forbidden. `scope` None: anybody may. `outdated`: also by
        an access token whose user was changed since, where a password is asked for anyway.
        """
        if not self._guarded:
            _require_local(request)
            return OPERATOR
        if scope is None:
            return NOBODY
        who = await self._who(request, outdated)
        if not who.may(scope):
            raise Forbidden(
                f"this takes the scope {scope}", detail=f"{who.name} has {sorted(who.scopes)}"
            )
        return who

    def forget(self) -> None:
        """Users or keys have changed; what is being read may be from before that."""
        self._changes += 1
        self._known.clear()
        self._secrets_until = 0.0

    async def secrets(self) -> tuple[list[Secret], int]:
        """What access tokens are signed by, and for how many seconds they are good."""
        if time.monotonic() > self._secrets_until:
            changes = self._changes
            found, self._lifetime_s = await self.ask(calls.secrets())
            self._secrets = [Secret(*each) for each in found]
            if changes == self._changes:
                self._secrets_until = time.monotonic() + _SECRETS_S
        return self._secrets, self._lifetime_s

    def ask(self, call: Call[T]) -> Awaitable[T]:
        """Run a call for nobody yet."""
        return self._database.run(call, NOBODY.actor)

    async def _who(self, request: Request, outdated: bool) -> Principal:
        bearer = bearer_of(request)
        if bearer is None:
            raise NotAuthenticated(
                "who asks must show a key or a token", hint="Authorization: Bearer ..."
            )
        shown, now = digest(bearer), time.monotonic()
        found = self._known.get(shown)
        if found is not None and found[1] > now:
            return found[0]
        secrets, _ = await self.secrets()
        if outdated:
            return await authenticate(self.ask, bearer, secrets, outdated=True)
        changes = self._changes
        who = await authenticate(self.ask, bearer, secrets)
        if changes == self._changes:
            if len(self._known) >= _KNOWN_MAX:
                self._known.clear()
            self._known[shown] = who, now + KNOWN_S
        return who


def bearer_of(request: Request) -> str | None:
    """The key or token that a request shows."""
    kind, _, bearer = (header(request.scope, b"authorization") or "").partition(" ")
    return bearer if kind.lower() == "bearer" and bearer else None


NOBODY = Principal(user_id=0, name="nobody", role="viewer", scopes=frozenset())


def _require_local(request: Request) -> None:
    """
    Refuse what a page of another site lets a browser send: it reaches loopback, too, also by a name
    that has been made to point there.
    """
    host = request.headers.get("host", "").rpartition(":")
    name = host[0] if host[2].isdigit() else "".join(host)
    origin = request.headers.get("origin")
    if name not in _HERE or (origin is not None and origin.split("//")[-1] != "".join(host)):
        raise Forbidden(
            "without authentication only this machine's own programs and pages may ask",
            detail=f"got Host {request.headers.get('host')}, Origin {origin}",
        )
