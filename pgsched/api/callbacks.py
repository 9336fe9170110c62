"""What endpoints say of jobs that they answered 202 to. Who calls is known by the job's token."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from pgsched import calls
from pgsched.auth.callback import read_token
from pgsched.endings import Ending, of_result
from pgsched.errors import CallbackUnknown, LeaseLost, NotAuthenticated
from pgsched.jsontext import clean

from .ask import Ask
from .route import Routes
from .shapes import Answered, Asked, Id, Seconds

ROUTES = Routes(
    "callbacks",
    "For endpoints that answered 202. `Authorization: Bearer` has what came with the job in the"
    " header `pgsched-token`. 425 says that the job is not (yet) in their hands: ask again.",
)
_REFUSALS = (NotAuthenticated, CallbackUnknown, LeaseLost)


class Renewed(Answered):
    """The lease is good for so long from now on; `cancelled`: stop, somebody has cancelled it."""

    lease_s: float
    cancelled: bool


class Finished(Asked):
    """How the run ended. `failed` is retried by the task's policy, unless `final` says not to."""

    outcome: Literal["succeeded", "failed", "cancelled", "snoozed"]
    result: Any = None
    error: Annotated[str, Field(max_length=8000)] | None = None
    after_s: Annotated[
        Seconds | None, Field(description="Of failed and snoozed: when it runs again.")
    ] = None
    final: bool = False


class Recorded(Answered):
    """What was recorded: `cancelled` where the job was, in place of failed and snoozed."""

    outcome: str


@ROUTES.add(
    "POST", "/v1/callbacks/{id}/heartbeat", scope=None, refusals=_REFUSALS, repeat="harmless"
)
async def call_back_heartbeat(ask: Ask, id: Id) -> Renewed:
    """Say that a job is still worked on."""
    token = read_token(ask.request.headers.get("authorization", ""))
    lease_s, cancelled = await ask.run(calls.call_back_heartbeat(token.worker, token.hash, id))
    return Renewed(lease_s=lease_s, cancelled=cancelled)


@ROUTES.add("POST", "/v1/callbacks/{id}/finish", scope=None, refusals=_REFUSALS, repeat="harmless")
async def call_back_finish(ask: Ask, id: Id, body: Finished) -> Recorded:
    """
    End a job. Repeating it does no harm. A result that cannot be kept fails it, and is told so.
    """
    token = read_token(ask.request.headers.get("authorization", ""))
    end = _ending(body, ask.request.app.state.desks.result_bytes_max)
    call = calls.call_back_finish(
        token.worker,
        token.hash,
        id,
        outcome=end.kind,
        result=end.result,
        error=end.error or None,
        after_s=end.after_s,
        final=end.final,
    )
    return Recorded(outcome=await ask.run(call))


def _ending(body: Finished, result_bytes_max: int) -> Ending:
    """As a worker's: whatever is in it, the job ends."""
    if body.outcome == "succeeded":
        return of_result(body.result, result_bytes_max)
    error = clean(body.error or "")
    return Ending(body.outcome, error=error, after_s=body.after_s, final=body.final)
