"""Workers whose answers were lost repeat what they asked: it does no harm."""

from __future__ import annotations

import uuid

import pytest

from tests.sql.actors import one


@pytest.mark.parametrize("known_by", ["id", "key"])
def test_who_registers_again_after_a_lost_answer_is_one_worker(api, db, known_by):
    """By its own id, or by the Idempotency-Key."""
    body = {"id": str(uuid.uuid4())} if known_by == "id" else {}
    headers = {"idempotency-key": "k"} if known_by == "key" else {}

    made = [api.post("/v1/workers", json=body, headers=headers).json()["id"] for _ in range(2)]
    assert made[0] == made[1]
    assert one(db, "select count(*) from pgsched._worker") == 1
