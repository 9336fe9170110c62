"""A module whose import takes longer than the shortest lease."""

from __future__ import annotations

import time

from pgsched import task

time.sleep(1.5)


@task
async def slowly_imported() -> None:
    """Do nothing."""
