"""An app with a task that is called as a built-in one is."""

from __future__ import annotations

from pgsched import task


@task(name="test.echo")
async def echo(**args: object) -> str:
    """The app's own."""
    return "the app's own"
