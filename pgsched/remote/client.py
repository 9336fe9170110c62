"""The client: enqueue jobs, wait for them, emit events, over HTTP."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..client.scheduler import Job, Scheduler, options_of
from ..client.waiting import result_of
from ..errors import InvalidValue
from ..models import Origin, State
from ..registry import Task, name_of
from ..settings import Settings
from . import jobs
from .base import Twin
from .events import Events
from .exchange import Exchange, LogIn
from .http import Http

if TYPE_CHECKING:
    from .calendars import Calendars
    from .schedules import Schedules


class Client(Twin, Http):
    """
    A client of the HTTP API, with the methods of `pgsched.Scheduler`.

    `url` None: PGSCHED_API; `token`, an API key or access token, None: PGSCHED_TOKEN; or `name` and
    `password`, with which it logs in at need. Of TLS, `tls` says whom to trust; None: those that
    the machine trusts.

    An answer has to come within `timeout_s`. What is safe to repeat is, for up to `retry_s`, when
    the API cannot be reached or has no room: also what makes something, since each such request
    has a key by which the API knows it again. Raises Busy when that did not help.
    """

    _twin = Scheduler

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        name: str | None = None,
        password: str | None = None,
        timeout_s: float = 30.0,
        retry_s: float = 30.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        given = Settings.from_env(os.environ, api=url, token=None if name else token)
        if given.api is None:
            raise InvalidValue("there is no URL", hint="Client(URL), or the variable PGSCHED_API")
        if (name is None) != (password is None) or (name is not None and token is not None):
            raise InvalidValue("give a token, or name and password")
        credentials = LogIn(name, password) if name and password else given.token
        exchange = Exchange(credentials=credentials, timeout_s=timeout_s, retry_s=retry_s)
        super().__init__(given.api, exchange, tls)

    @cached_property
    def schedules(self) -> Schedules:
        """Make, change and foresee schedules."""
        from .schedules import Schedules  # what rules mean takes 60 ms to import

        return Schedules(self)

    @cached_property
    def calendars(self) -> Calendars:
        """Keep business calendars, and see which runs a change moves."""
        from .calendars import Calendars  # as schedules

        return Calendars(self)

    @cached_property
    def events(self) -> Events:
        """Subscribe to events, replay them."""
        return Events(self)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def enqueue(
        self,
        task: str | Task,
        args: Mapping[str, Any] | None = None,
        *,
        conn: object = None,
        **options: Any,
    ) -> Job:
        """
        Make one job of `task` with `args` (a mapping that JSON can hold), and return it.

        Options as those of `Scheduler.enqueue`; what a @task says of queue and priority holds once
        a worker has registered it. Without a database there is no `conn` to join.
        Raises InvalidValue naming what is refused.
        """
        _require_none(conn)
        made = jobs.enqueue(
            name_of(task), {} if args is None else args, options_of(name_of(task), **options)
        )
        return Job(self.run(made), self)

    async def aenqueue(
        self,
        task: str | Task,
        args: Mapping[str, Any] | None = None,
        *,
        conn: object = None,
        **options: Any,
    ) -> Job:
        """As `enqueue`, for asyncio."""
        _require_none(conn)
        made = jobs.enqueue(
            name_of(task), {} if args is None else args, options_of(name_of(task), **options)
        )
        return Job(await self.run_async(made), self)

    def enqueue_many(
        self,
        task: str | Task,
        args: Sequence[Mapping[str, Any]],
        *,
        conn: object = None,
        **options: Any,
    ) -> list[Job]:
        """
        Make one job of `task` for each element of `args`, in one request: all or none.

        Options as `enqueue`, the same for all; key, trace and parent_id are refused. Returns the
        jobs in the order of `args`; none for none. The API takes 256 MiB in a request, in which
        each job repeats what it has in common.
        """
        _require_none(conn)
        made = jobs.enqueue_many(name_of(task), args, options_of(name_of(task), **options))
        return [Job(id, self) for id in self.run(made)]

    async def aenqueue_many(
        self,
        task: str | Task,
        args: Sequence[Mapping[str, Any]],
        *,
        conn: object = None,
        **options: Any,
    ) -> list[Job]:
        """As `enqueue_many`, for asyncio."""
        _require_none(conn)
        made = jobs.enqueue_many(name_of(task), args, options_of(name_of(task), **options))
        return [Job(id, self) for id in await self.run_async(made)]

    def emit(
        self,
        type: str,
        data: Any = None,
        *,
        source: str = "pgsched",
        subject: str | None = None,
        id: str | None = None,
        cause: int | None = None,
        conn: object = None,
    ) -> int:
        """
        Something happened: make an event, and the jobs of the subscriptions that match; returns
        its id. As `Scheduler.emit`.
        """
        _require_none(conn)
        return self.run(jobs.emit(type, {} if data is None else data, source, subject, id, cause))

    async def aemit(
        self,
        type: str,
        data: Any = None,
        *,
        source: str = "pgsched",
        subject: str | None = None,
        id: str | None = None,
        cause: int | None = None,
        conn: object = None,
    ) -> int:
        """As `emit`, for asyncio."""
        _require_none(conn)
        data = {} if data is None else data
        return await self.run_async(jobs.emit(type, data, source, subject, id, cause))

    def job(self, id: int) -> Job:
        """A handle for a job by its id; nothing is asked of the API."""
        return Job(id, self)

    def state(self, id: int) -> State:
        """What `Job.state` does."""
        return self.run(jobs.outcome(id)).state

    def cancel(self, id: int) -> str:
        """Cancel a job: `cancelled`, `cancelling` (it runs and is told), or its final state."""
        return self.run(jobs.cancel(id))

    def redrive(self, id: int) -> None:
        """Run a dead, cancelled or expired job again, with a fresh budget of attempts."""
        self.run(jobs.redrive(id))

    def reschedule(
        self,
        id: int,
        *,
        due_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
    ) -> None:
        """Move a job that waits; None leaves each as it is, but not all. Raises InvalidValue."""
        self.run_steps(jobs.reschedule(id, due_at, priority, queue))

    def wait(self, id: int, timeout: float | None = None) -> Any:
        """What `Job.result` does."""
        return result_of(id, self.run_steps(jobs.waiting(id, timeout)), timeout)

    async def await_job(self, id: int, timeout: float | None = None) -> Any:
        """What `Job.aresult` does."""
        return result_of(id, await self.run_steps_async(jobs.waiting(id, timeout)), timeout)

    def origin(self, id: int) -> Origin:
        """Which slot or event made a job."""
        return self.run(jobs.origin(id))

    async def aorigin(self, id: int) -> Origin:
        """As `origin`, for asyncio."""
        return await self.run_async(jobs.origin(id))


def _require_none(conn: object) -> None:
    if conn is not None:
        raise InvalidValue(
            "over HTTP there is no transaction to join", hint="pgsched.Scheduler has conn="
        )
