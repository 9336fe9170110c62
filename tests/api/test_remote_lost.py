"""Workers whose answers were lost repeat what they asked: it does no harm."""

from __future__ import annotations

import uuid

import httpx
import pytest

from tests.api.flaky import flaky
from tests.api.remote import Agent, ended
from tests.sql.actors import enqueue, one, outcomes, state


@pytest.mark.parametrize("known_by", ["id", "key"])
def test_who_registers_again_after_a_lost_answer_is_one_worker(api, db, known_by):
    """By its own id, or by the Idempotency-Key."""
    body = {"id": str(uuid.uuid4())} if known_by == "id" else {}
    headers = {"idempotency-key": "k"} if known_by == "key" else {}

    made = [api.post("/v1/workers", json=body, headers=headers).json()["id"] for _ in range(2)]
    assert made[0] == made[1]
    assert one(db, "select count(*) from pgsched._worker") == 1


def test_a_claim_is_repeated_through_a_net_that_loses_answers(api, db):
    """An Idempotency-Key says nothing here: nothing is kept by it, and a claim has its fence."""
    agent, lost = Agent(api), enqueue(db)
    body = {"limit": 1, "holding": []}
    with flaky(str(api.base_url).rstrip("/")) as way:
        way.to_come = ["lose"]
        claim, sent = f"{way.url}/v1/workers/{agent.id}/claim", {"idempotency-key": "k"}
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.post(claim, json=body, headers=sent)
        assert state(db, lost) == "running"
        [job] = httpx.post(claim, json=body, headers=sent).json()["jobs"]
        finish = f"{way.url}/v1/workers/{agent.id}/finish"
        way.to_come = ["lose"]
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.post(finish, json={"ended": [ended(job)]}, headers=sent)
        told = httpx.post(finish, json={"ended": [ended(job)]}, headers=sent).json()["ended"]
        beat = f"{way.url}/v1/workers/{agent.id}/heartbeat"
        assert all(httpx.post(beat, headers=sent).is_success for _ in range(2))

    assert (job["id"], job["attempt"], told[0]["verdict"]) == (str(lost), 2, "kept")
    assert outcomes(db, lost) == [(2, "succeeded", False)]
    assert one(db, "select count(*) from pgsched._request") == 0
