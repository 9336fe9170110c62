"""
Every setting of a pgsched process, in one place: its type, unit, range and default.

A setting comes from an option, else from its ``PGSCHED_*`` variable, else from the default here.
A bad value is refused with the variable's name, what was found and what is allowed; never repaired.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pgsched.errors import InvalidValue

_YES = ("1", "true", "yes", "on")
_NO = ("0", "false", "no", "off")


def refuse(name: str, got: object, allowed: str) -> InvalidValue:
    """The error for a bad value of *name*, to be raised by the caller."""
    return InvalidValue(f"{name} is not valid", detail=f"got {got!r}, allowed {allowed}")


def _number(name: str, value: Any, low: float, high: float, kind: type) -> Any:
    """*value* (text or number) as *kind*, low..high."""
    allowed = f"{'a whole number' if kind is int else 'a number'} {low:g}..{high:g}"
    try:
        if isinstance(value, bool) or (kind is int and isinstance(value, float)):
            raise ValueError
        number = kind(value)
    except (TypeError, ValueError):
        raise refuse(name, value, allowed) from None
    if not low <= number <= high:  # NaN is in no range, so it is refused here
        raise refuse(name, value, allowed)
    return number


def _choice(name: str, value: object, allowed: tuple[str, ...]) -> str:
    text = str(value).lower()
    if text not in allowed:
        raise refuse(name, value, " | ".join(allowed))
    return text


def _tristate(name: str, value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    text = str(value).lower()
    if text == "auto":
        return None
    if text in _YES or text in _NO:
        return text in _YES
    raise refuse(name, value, "auto | true | false")


def parse_queues(text: str, *, name: str = "PGSCHED_QUEUES") -> dict[str, int]:
    """
    Read ``"mail:3,default"`` as ``{"mail": 3, "default": 1}``: queues in order, with their weights.

    A weight (1..1000, default 1) is a queue's share of the worker's claims. Queue names hold no
    comma and no colon. *name* is what the error calls the setting.
    Raises InvalidValue for an empty name, a bad weight or a queue named twice.
    """
    allowed = "names with an optional weight 1..1000, as in mail:3,default"
    queues: dict[str, int] = {}
    for part in text.split(","):
        queue, colon, weight = (piece.strip() for piece in part.partition(":"))
        if not queue or queue in queues:
            raise refuse(name, text, f"{allowed}; each name once, none empty")
        if colon and not (weight.isascii() and weight.isdigit() and 1 <= int(weight) <= 1000):
            raise refuse(name, text, allowed)
        queues[queue] = int(weight) if colon else 1
    return queues


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """
    What one process was told. Build it with `from_env`, or by name in tests.

    Every field is checked when built. Raises InvalidValue.
    """

    MAX_RESULT_BYTES: ClassVar[int] = 64 * 1024 * 1024

    dsn: str | None = None
    """PGSCHED_DSN, else DATABASE_URL: the database, as a URL or as `key=value` words.
    None: libpq's own variables (PGHOST, ...) and defaults decide."""

    api: str | None = None
    """PGSCHED_API: the address of an HTTP API, as https://jobs.example, for `pgsched.remote.Client`
    and for a worker without database access. None: the worker is on the database."""

    token: str | None = dataclasses.field(default=None, repr=False)
    """PGSCHED_TOKEN: the API key that they show there. None: the API asks nobody who comes."""

    app: str | None = None
    """PGSCHED_APP: the module whose @task functions this process knows. None: no module."""

    handlers: str = ""
    """PGSCHED_HANDLERS: which built-in tasks a worker runs, by patterns: `sleep,test.*`. None
    unless said; docs/handlers.md says what each may do."""

    queues: str = "default"
    """PGSCHED_QUEUES: the queues to work on, with weights: `mail:3,default`. Never empty."""

    concurrency: int = 100
    """PGSCHED_CONCURRENCY: jobs that run at once in each child process, 1..10000."""

    processes: int = 1
    """PGSCHED_PROCESSES: child processes of a worker, 1..256; 0 for one that only pushes."""

    push: bool = False
    """PGSCHED_PUSH: whether a worker also sends jobs to HTTP endpoints; docs/push.md."""

    callback_url: str = ""
    """PGSCHED_CALLBACK_URL: where endpoints reach the API, `https://jobs.example`. Empty: they know
    by themselves."""

    idle_s: float = 0.0
    """PGSCHED_IDLE_S: with nothing to do, leave the database alone for so many seconds, 1..1200;
    the lease is three times that at least, and nobody polls more often. 0: never."""

    lease_s: float = 30.0
    """PGSCHED_LEASE_S: seconds without a heartbeat after which a worker counts as dead, 1..3600."""

    poll_s: float = 5.0
    """PGSCHED_POLL_S: seconds until an idle worker looks again without being told, 0.1..300."""

    grace_s: float = 30.0
    """PGSCHED_GRACE_S: seconds that running jobs have to finish after SIGTERM, 0..86400."""

    pooler: bool | None = None
    """PGSCHED_POOLER: whether a transaction pooler is in between. None (`auto`): find out."""

    max_seconds: float | None = None
    """PGSCHED_MAX_SECONDS: stop by itself after this many seconds, 0..31536000. None: never."""

    log_format: str = "auto"
    """PGSCHED_LOG_FORMAT: human | json | auto (human on a terminal, else json)."""

    log_level: str = "info"
    """PGSCHED_LOG_LEVEL: debug | info | warning | error."""

    result_bytes_max: int = 1024 * 1024
    """PGSCHED_RESULT_BYTES_MAX: a larger result fails its job, 0..67108864 bytes of JSON."""

    api_connections: int = 10
    """PGSCHED_API_CONNECTIONS: to the database, of one API process, 1..1000; one more listens."""

    api_clients: int = 1000
    """PGSCHED_API_CLIENTS: connections to one API process, 1..100000; more get a 503."""

    api_auth: bool = True
    """PGSCHED_API_AUTH: whether the API asks who comes. False only on a loopback address."""

    api_streams: int = 20
    """PGSCHED_API_STREAMS: streams of events that one user may watch at once, 1..10000."""

    body_bytes_max: int = 2 * 1024 * 1024
    """PGSCHED_BODY_BYTES_MAX: of a request but for those in bulk, 1024..268435456."""

    request_s: float = 30.0
    """PGSCHED_REQUEST_S: seconds that a request may take, 0.1..3600; those that wait have more."""

    def __post_init__(self) -> None:
        self._check_number("api_connections", 1, 1000, int)
        self._check_number("api_streams", 1, 10_000, int)
        self._check_number("api_clients", 1, 100_000, int)
        self._check_number("body_bytes_max", 1024, 256 * 1024 * 1024, int)
        self._check_number("request_s", 0.1, 3600)
        self._check_number("concurrency", 1, 10_000, int)
        self._put("push", _tristate(variable("push"), self.push) is True)
        self._check_number("processes", 0, 256, int)
        if self.callback_url and not self.callback_url.startswith(("http://", "https://")):
            raise refuse(variable("callback_url"), self.callback_url, "http://... or https://...")
        self._check_number("idle_s", 0, 1200)
        if 0 < self.idle_s < 1:
            raise refuse(variable("idle_s"), self.idle_s, "0, or a number 1..1200")
        self._check_number("lease_s", 1, 3600)
        if self.idle_s:
            self._put("lease_s", max(self.lease_s, 3 * self.idle_s))
        self._check_number("poll_s", 0.1, 300)
        self._check_number("grace_s", 0, 86_400)
        self._check_number("result_bytes_max", 0, self.MAX_RESULT_BYTES, int)
        if self.max_seconds is not None:
            self._check_number("max_seconds", 0, 365 * 86_400)
        self._put("api_auth", _tristate(variable("api_auth"), self.api_auth) is not False)
        self._put("pooler", _tristate(variable("pooler"), self.pooler))
        for field, allowed in (
            ("log_format", ("auto", "human", "json")),
            ("log_level", ("debug", "info", "warning", "error")),
        ):
            self._put(field, _choice(variable(field), getattr(self, field), allowed))
        parse_queues(self.queues)
        self._check_api()

    def _put(self, field: str, value: object) -> None:
        object.__setattr__(self, field, value)  # the frozen class's own way to fill its fields

    def _check_number(self, field: str, low: float, high: float, kind: type = float) -> None:
        self._put(field, _number(variable(field), getattr(self, field), low, high, kind))

    def _check_api(self) -> None:
        """What is wrong is not repeated: it may be a secret."""
        if self.api is not None and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", self.api):
            raise InvalidValue(
                f"{variable('api')} is not valid", hint="an address as https://jobs.example"
            )
        if self.token is not None and not re.fullmatch(r"[!-~]{1,5000}", self.token):
            raise InvalidValue(
                f"{variable('token')} is not valid", hint="the key that was shown when it was made"
            )

    @property
    def queue_weights(self) -> dict[str, int]:
        """`queues` read: name to weight (1..1000), in the order given."""
        return parse_queues(self.queues)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
        """
        Read all settings from *environ* (default: this process's environment).

        An override that is not None wins; a variable that is missing or empty means the default.
        Raises InvalidValue, naming the variable; TypeError for an override that is no setting.
        """
        env = os.environ if environ is None else environ
        given: dict[str, Any] = {}
        for field in dataclasses.fields(cls):
            value = env.get(variable(field.name)) or None
            if field.name == "dsn":
                value = value or env.get("DATABASE_URL") or None
            if value is not None:
                given[field.name] = value
        given |= {name: value for name, value in overrides.items() if value is not None}
        return cls(**given)


def variable(field: str) -> str:
    """The environment variable of a setting: `lease_s` is read from ``PGSCHED_LEASE_S``."""
    return f"PGSCHED_{field.upper()}"
