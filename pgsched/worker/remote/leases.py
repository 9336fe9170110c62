"""A supervisor's side, over HTTP. The API takes over from the dead, at each heartbeat."""

from __future__ import annotations

import os
import socket

from ...errors import LeaseLost
from ...remote import Client
from ...remote.base import Answer, Request, json_of, nothing


class RemoteLeases:
    """See `side.Leases`."""

    def __init__(self, api: str, token: str | None, lease_s: float) -> None:
        self._client = Client(api, token, timeout_s=max(lease_s / 3, 1.0), retry_s=0)
        self._supervisor = ""
        self._suspects: int | None = None

    def register(self, worker: str, name: str, queues: list[str], lease_s: float) -> None:
        """Make the supervisor known."""
        body = {
            "id": worker,
            "name": name,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "role": "supervisor",
            "concurrency": 0,
            "queues": queues,
            "lease_s": lease_s,
        }
        content = json_of(body)
        self._client.run(
            Request(method="POST", path="/v1/workers", read=nothing, content=content, key=worker)
        )

    def heartbeat(self, workers: list[str]) -> list[str]:
        """Renew leases, the supervisor's first; returns the workers that still have one."""
        self._supervisor = workers[0]
        return [worker for worker in workers if self._renewed(worker)]

    def _renewed(self, worker: str) -> bool:
        try:
            path = f"/v1/workers/{worker}/heartbeat"
            beat = self._client.run(Request(method="POST", path=path, read=Answer.json))
        except LeaseLost:
            return False
        if worker == self._supervisor:
            self._suspects = beat["suspects"]
        return True

    def leave(self, worker: str, *, evict: bool) -> None:
        """Forget a worker; `evict`: its jobs lose nothing."""
        self._suspects = None
        try:
            path, query = f"/v1/workers/{worker}", {"evict": str(evict).lower()}
            self._client.run(Request(method="DELETE", path=path, read=nothing, query=query))
        except LeaseLost:
            return  # it never came to register, or is forgotten

    def reap(self, worker: str) -> None:
        """The API has."""

    def suspects_due(self, queues: list[str]) -> int:
        """How many suspects were due at the last heartbeat; one that left may have made some."""
        if self._suspects is None:
            self._renewed(self._supervisor)
        return self._suspects or 0

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()
