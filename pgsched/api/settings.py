"""Settings over HTTP: numbers that hold for the whole database."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pgsched import calls, observe
from pgsched.errors import naming

from .ask import Ask
from .route import Routes
from .shapes import Answered, Asked, Name, Page, PageQuery

ROUTES = Routes("settings", "What holds for the whole database: how long, how many, how large.")
_BIGINT = 2**63


class Setting(Answered):
    """A setting, what it is for, and what is allowed."""

    name: str
    value: int
    by_default: Annotated[int, Field(description="The value until somebody sets another.")]
    least: int
    most: int
    about: str


class NewValue(Asked):
    """What to set."""

    value: Annotated[int, Field(ge=-_BIGINT, lt=_BIGINT, description="From `least` to `most`.")]


@ROUTES.add("GET", "/v1/settings", scope="admin")
async def list_settings(ask: Ask, query: PageQuery) -> Page[Setting]:
    """List settings, by name."""
    return await ask.page(Setting, observe.settings(), query)


@ROUTES.add("PUT", "/v1/settings/{name}", scope="admin")
async def put_setting(ask: Ask, name: Name, body: NewValue) -> Setting:
    """Change a setting, at once and for all."""
    with naming("value"):
        await ask.run(calls.change_setting(name, body.value))
    return Setting.of(await ask.run(observe.setting(name)))
