"""One job, sent to its endpoint: the signed request, and what its answer means."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx

from ..auth.callback import CallbackToken
from ..auth.signing import sign
from ..calls.push import PushRow
from ..context import Discard
from ..endings import Ending, of_result
from ..errors import InvalidValue
from ..handlers.permits import permits
from ..handlers.webhook import BUSY, Sent, deliver, encoding_of, retry_after_s
from ..jsontext import clean
from ..models import Held

# An endpoint that this worker may not reach is looked at again after so long.
_REFUSED_S = 60.0
_ERROR_CHARS = 500


class Hold(NamedTuple):
    """The endpoint is to be left alone for so long (None: until it is resumed), and why."""

    for_s: float | None
    problem: str


class Verdict(NamedTuple):
    """How the run ended (None: the endpoint goes on with it), and whether to hold the endpoint."""

    ending: Ending | None
    hold: Hold | None = None


async def send(
    endpoint: PushRow,
    job: Held,
    token: CallbackToken,
    *,
    timestamp: int,
    callback_url: str,
    result_bytes_max: int,
) -> Verdict:
    """
    Send a job, and judge the answer. Whatever the endpoint does is a verdict, no error.

    `timestamp`: now, by the database's clock. `callback_url`: of the API, without its path.
    """
    timeout_s = endpoint.timeout_s if job.timeout_s is None else job.timeout_s
    try:
        sent = _request(endpoint, job, token, timestamp, callback_url)
        async with asyncio.timeout(timeout_s):
            answer = await deliver(sent, permits().networks, 0, result_bytes_max)
    except TimeoutError:
        error = f"endpoint {endpoint.name} did not answer within {timeout_s:g} s"
        return Verdict(Ending("timed_out", error=error))
    except (Discard, InvalidValue) as error:  # it is the endpoint that is wrong, not the job
        return Verdict(Ending("released"), Hold(_REFUSED_S, clean(str(error))))
    except (httpx.HTTPError, OSError, ValueError) as error:
        return Verdict(Ending("failed", error=clean(f"{type(error).__name__}: {error}")))
    return judge(answer, f"endpoint {endpoint.name}", result_bytes_max)


def judge(answer: Mapping[str, Any], who: str, result_bytes_max: int) -> Verdict:
    """What an answer (status, headers, body, truncated) of an endpoint means."""
    status: int = answer["status"]
    if status == 202:
        return Verdict(None)
    if 200 <= status <= 299:
        return Verdict(_kept(answer, result_bytes_max))
    said = f"{who} answered {status}: {answer['body'][:_ERROR_CHARS]}"
    if status == 410:
        return Verdict(Ending("released"), Hold(None, said))
    wait_s = retry_after_s(answer["headers"]) if status in BUSY else None
    if wait_s is not None:
        return Verdict(Ending("released"), Hold(max(wait_s, 1.0), said))
    return Verdict(Ending("failed", error=said))


def _kept(answer: Mapping[str, Any], result_bytes_max: int) -> Ending:
    """The body as the result: JSON as it is, anything else as a text, nothing as none."""
    body: str = answer["body"]
    if answer["truncated"]:
        error = f"the answer must not exceed {result_bytes_max} bytes"
        if encoding := encoding_of(answer["headers"]):
            error = f"the answer is encoded ({encoding[:50]}), though identity was asked for"
        return Ending("failed", error=error, final=True)
    try:
        value = json.loads(body, parse_constant=_refuse) if body else None
    except (ValueError, RecursionError):
        value = body
    return of_result(value, result_bytes_max)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _request(
    endpoint: PushRow, job: Held, token: CallbackToken, timestamp: int, callback_url: str
) -> Sent:
    """The request of a job. Raises Discard, InvalidValue for an endpoint that cannot be asked."""
    head = json.dumps({"id": str(job.id), "task": job.task, "attempt": job.attempt})
    body = f'{head[:-1]}, "args": {job.args}}}'.encode()  # args as they are, to the last digit
    id = f"job_{job.id}"
    headers = {
        **{name.lower(): value for name, value in endpoint.headers.items()},
        "content-type": "application/json",
        "accept": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(endpoint.secrets, id, timestamp, body),
        "pgsched-token": token.token,
        "pgsched-callback": f"{callback_url.rstrip('/')}/v1/callbacks/{job.id}",
    }
    headers.setdefault("user-agent", "pgsched")
    try:
        url = httpx.URL(endpoint.url)
    except httpx.InvalidURL as error:
        raise Discard(f"the url of endpoint {endpoint.name} is not valid: {error}") from None
    return Sent("POST", url, headers, body)
