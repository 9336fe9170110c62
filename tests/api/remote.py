"""A worker that speaks HTTP, as a program of any language would."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx

from pgsched.auth.keys import make_key
from tests.sql.actors import Connection, one

Answer = dict[str, Any]


class Agent:
    """A worker that registers; each method is the route of its name."""

    def __init__(self, client: httpx.Client, key: str | None = None, **fields: Any) -> None:
        self._client = client
        self._headers = {} if key is None else {"authorization": f"Bearer {key}"}
        made = self.ask("POST", "", json={"lease_s": 60.0, **fields})
        assert made.status_code == 201, made.text
        self.id = made.json()["id"]

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request, below /v1/workers."""
        return self._client.request(method, f"/v1/workers{path}", headers=self._headers, **options)

    def post(self, path: str, body: Answer) -> httpx.Response:
        return self.ask("POST", f"/{self.id}/{path}", json=body)

    def claim(self, **fields: Any) -> Answer:
        """Up to 100 jobs, at once."""
        answer = self.post("claim", {"limit": 100, **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def claim_one(self) -> Answer:
        [job] = self.claim(limit=1)["jobs"]
        return job

    def finish(self, *ended: Answer, **fields: Any) -> list[str]:
        """The verdicts."""
        answer = self.post("finish", {"ended": list(ended), **fields})
        assert answer.status_code == 200, answer.text
        return [each["verdict"] for each in answer.json()["ended"]]

    def beat(self) -> httpx.Response:
        return self.ask("POST", f"/{self.id}/heartbeat")

    def leave(self, **query: Any) -> httpx.Response:
        return self.ask("DELETE", f"/{self.id}", params=query)


def ended(job: Answer, outcome: str = "succeeded", **fields: Any) -> Answer:
    """How the run of a job that was claimed has ended."""
    return {
        **{name: job[name] for name in ("claim", "id", "attempt")},
        "outcome": outcome,
        **fields,
    }


def key_of(db: Connection, name: str, scopes: list[str], **columns: Any) -> str:
    """A key of an admin of this name, who is made at need."""
    if not one(db, "select exists (select from pgsched._user where name = %s)", name):
        one(db, "select pgsched.create_user(%s, 'admin')", name)
    key = make_key()
    more = "".join(f", {column} => %s" for column in columns)
    one(
        db,
        f"select pgsched.make_api_key(%s, 'k', %s, %s, %s{more})",
        name,
        key.hash,
        key.shown,
        scopes,
        *columns.values(),
    )
    return key.key


def meanwhile(act: Any) -> Future[Any]:
    """Do it on a thread; its result() is what came of it."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(act)
    finally:
        pool.shutdown(wait=False)
