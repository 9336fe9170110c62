"""What holds for the whole database."""

from __future__ import annotations

from .base import Call, nothing, text


def change_setting(name: str, value: int) -> Call[None]:
    """Set one of `pgsched.setting`, at once."""
    return Call("select pgsched.change_setting(%s, %s)", [text("name", name), value], nothing)
