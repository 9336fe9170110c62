"""Calls about hooks: webhooks of other systems, which become events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..jsontext import dump_object, dump_value
from .base import Call, Row, nothing, scalar, text


class HookSecrets(NamedTuple):
    """What a delivery is verified by; `now_s` is the database's time, in seconds since 1970."""

    style: str
    secrets: list[str]
    tolerance_s: int | None
    header: str | None
    prefix: str | None
    algorithm: str | None
    encoding: str | None
    headers: list[str]
    disabled: bool
    now_s: float


class Delivered(NamedTuple):
    """The event; where `wait_s` is not 0, there is none: the hook has had too many by now."""

    id: int | None
    known: bool | None
    wait_s: int


def create_hook(name: str, style: str, secret: str, settings: Mapping[str, Any]) -> Call[int]:
    """Let webhooks become events; reads the hook's version."""
    return Call(
        "select pgsched.create_hook(%s, %s, %s, %s::jsonb)",
        [text("name", name), style, text("secret", secret), dump_object("settings", settings)],
        scalar,
    )


def change_hook(name: str, changes: Mapping[str, Any], version: int | None = None) -> Call[int]:
    """Set what create_hook() has as settings; reads the new version."""
    return Call(
        "select pgsched.change_hook(%s, %s::jsonb, %s::int)",
        [text("name", name), dump_object("changes", changes), version],
        scalar,
    )


def rotate_hook(name: str, secret: str) -> Call[int]:
    """Give a hook a new secret, beside those that it has; reads its version."""
    return Call(
        "select pgsched.rotate_hook(%s, %s)", [text("name", name), text("secret", secret)], scalar
    )


def finish_rotation(hook: str) -> Call[int]:
    """Let only the newest secret of a hook be good; reads its version."""
    return Call("select pgsched.finish_rotation(%s)", [text("hook", hook)], scalar)


def remove_hook(name: str, version: int | None = None) -> Call[None]:
    """End a hook; the events that came by it stay. With a version, only if it has it."""
    return Call("select pgsched.remove_hook(%s, %s::int)", [text("name", name), version], nothing)


def hook_secrets(name: str) -> Call[HookSecrets | None]:
    """What deliveries to a hook are verified by; reads None where there is no such hook."""

    def read(rows: list[Row]) -> HookSecrets | None:
        return HookSecrets._make(rows[0]) if rows else None

    return Call(
        "select style, secrets, tolerance_s, header, prefix, algorithm, encoding, headers,"
        " disabled, now_s from pgsched._hook_secrets(%s)",
        [text("name", name)],
        read,
    )


def deliver(hook: str, id: str, data: Any) -> Call[Delivered]:
    """Make an event of a delivery whose signature is good."""
    return Call(
        "select id, known, wait_s from pgsched._deliver(%s, %s, %s::jsonb)",
        [hook, text("id", id), dump_value("the delivery", data)],
        lambda rows: Delivered._make(rows[0]),
    )
