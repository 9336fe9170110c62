"""Who asks, and what it may: the outcome of every way to authenticate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scope = Literal["read", "write", "admin", "worker"]
Role = Literal["admin", "user", "viewer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """
    A user, by a log-in or a key of its own; or the operator, who is not asked for one.

    `scopes` is what role and key both allow. `queues` limits a worker; None: all of them. `by_key`:
    it came with a key, which others may have.
    """

    user_id: int | None
    name: str
    role: Role
    team: str | None = None
    scopes: frozenset[Scope]
    queues: frozenset[str] | None = None
    by_key: bool = False

    @property
    def actor(self) -> str:
        """As `calls.act_as` takes it: the operator is restricted by nothing."""
        return "" if self.user_id is None else str(self.user_id)

    def may(self, scope: Scope) -> bool:
        """Whether it has this scope. None stands in for another: write does not include read."""
        return scope in self.scopes

    def may_work_on(self, queue: str) -> bool:
        """Whether it may be a worker of this queue."""
        return "worker" in self.scopes and (self.queues is None or queue in self.queues)


OPERATOR = Principal(
    user_id=None,
    name="operator",
    role="admin",
    scopes=frozenset(("read", "write", "admin", "worker")),
)
"""Whoever reaches an API without authentication, which listens on loopback alone."""
