"""Who asks is known for some seconds, and no longer once users or keys have changed."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request

from pgsched.api.database import Database
from pgsched.api.door import Door
from pgsched.errors import NotAuthenticated
from tests.api.remote import key_of
from tests.api.test_log_in import bearer
from tests.sql.actors import one


class Slow(Database):
    """`meanwhile` comes to pass between an answer of Postgres and whoever waits for it."""

    meanwhile = None

    async def run(self, call, actor):
        answer = await super().run(call, actor)
        if self.meanwhile is not None and "_principal_of_key" in call.sql:
            self.meanwhile()
        return answer


def test_a_key_that_is_revoked_while_it_is_looked_up_is_not_known(db, dsn):
    """The process has heard of it by then, and is told no second time."""
    key = key_of(db, "root", ["read"])
    headers = [(b"authorization", bearer(key)["authorization"].encode())]
    request = Request({"type": "http", "headers": headers})

    async def story():
        async with Slow(dsn, 1) as database:
            door = Door(database, guarded=True)

            def revoke():
                database.meanwhile = None
                one(db, "select pgsched.revoke_api_key(id) from pgsched.api_key")
                door.forget()

            database.meanwhile = revoke
            await door.admit(request, "read")
            with pytest.raises(NotAuthenticated, match="revoked"):
                await door.admit(request, "read")

    asyncio.run(story())
