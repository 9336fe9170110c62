"""What passes between a supervisor and its children at their start and end."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

EXIT_CANNOT_START, EXIT_LEASE_LOST = 3, 75


@dataclass(frozen=True, kw_only=True)
class Orders:
    """
    What a supervisor tells a child at its start. `role` is child, suspect or push; with `api`, it
    gets its jobs there, and `dsn` means nothing.

    Only the first children `declare`: what is started later may run code that has been replaced.
    """

    worker: str
    name: str
    role: str
    parent: int
    dsn: str
    api: str | None
    token: str | None
    app: str | None
    handlers: str
    queues: str
    concurrency: int
    lease_s: float
    poll_s: float
    idle_s: float
    pooler: bool | None
    drain: bool
    declare: bool
    log_format: str
    log_level: str
    result_bytes_max: int
    callback_url: str

    def line(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))
