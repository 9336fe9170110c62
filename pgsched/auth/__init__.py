"""Who asks, where that is no role of Postgres."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, or a program of one. `user_id` None: the operator, whom nothing restricts."""

    user_id: int | None
    name: str
    role: str
    scopes: frozenset[str]

    @property
    def actor(self) -> str:
        """As SQL is told."""
        return "" if self.user_id is None else str(self.user_id)

    def may(self, scope: str) -> bool:
        """Whether the credentials allow it: read, write, admin or worker."""
        return scope in self.scopes


OPERATOR = Principal(None, "operator", "admin", frozenset({"read", "write", "admin", "worker"}))
