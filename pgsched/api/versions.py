"""What calendars and schedules were, and how they are made so again, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from .moved import Dry, Effect
from .shapes import Answered, Asked


class Version(Answered):
    """What something was."""

    version: int
    changed_at: datetime
    changed_by: Annotated[str, Field(description="The role of the database that did it.")]
    changes: Annotated[dict[str, Any], Field(description="What is not as in the one before.")]
    columns: Annotated[dict[str, Any] | None, Field(description="All of it; null: removed.")]


class Restore(Asked):
    """To which version."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    dry_run: Dry = False


class Restored(Effect):
    """The version that it has now."""

    version: int
