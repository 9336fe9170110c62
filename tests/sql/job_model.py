"""A job as the model of test_life.py knows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tests.sql.actors import Claimed, Worker


@dataclass
class Job:
    """What the model knows of a job. `place` is a table, or how it ended."""

    id: int
    task: str
    priority: int
    due_at: datetime
    max_attempts: int
    place: str = "ready"
    attempt: int = 0
    failures: int = 0
    losses: int = 0
    alone: int = 0
    suspect: bool = False
    cancelling: bool = False
    held: Claimed | None = None
    holder: Worker | None = None
    runs: list[tuple[int, str, bool]] = field(default_factory=list)

    @property
    def flags(self) -> tuple[bool, bool]:
        """Those of its claim: of a transactional task; a suspect."""
        return self.task == "exact", self.suspect

    def ran(self, outcome: str, charged: bool = False) -> None:
        self.runs.append((self.attempt, outcome, charged))
        self.held = self.holder = None

    def go_back(self, outcome: str | None, charged: bool, due_at: datetime, *, dead: bool) -> str:
        """Leave the claim without success; a pending cancel wins. Returns what was recorded."""
        if self.cancelling:
            self.cancelling, charged, self.place = False, False, "cancelled"
            outcome = outcome and "cancelled"
        elif dead:
            self.place = "dead"
        else:
            self.place, self.due_at = "blocked" if self.suspect else "ready", due_at
        if outcome:
            self.ran(outcome, charged)
        self.held = self.holder = None
        return outcome or ""
