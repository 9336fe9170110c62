"""What a worker lets its built-in tasks do, from its own environment: no job can change it."""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import InvalidValue
from ..settings import refuse, variable

_YES, _NO = ("true", "1", "yes", "on"), ("false", "0", "no", "off")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, kw_only=True)
class Permits:
    """
    All of them as their variables have them: words with commas between. Nothing is allowed unless
    said. Every field is checked when built. Raises InvalidValue.
    """

    http_cidrs: str = ""
    """PGSCHED_HTTP_CIDRS: networks that http.webhook may reach though they are not public:
    `10.1.0.0/16,::1/128`."""

    shell_commands: str = ""
    """PGSCHED_SHELL_COMMANDS: the programs that shell.command may start, by absolute path, or by
    name for those in /usr/local/bin, /usr/bin, /bin and their sbin; `*` is all."""

    shell_text: str = "false"
    """PGSCHED_SHELL_TEXT: whether shell.command may run a text by /bin/sh: that is all programs."""

    script_source: str = "true"
    """PGSCHED_SCRIPT_SOURCE: whether python.script runs what stands in args; `false`: only scripts
    saved in the database."""

    container_program: str = ""
    """PGSCHED_CONTAINER_PROGRAM: what runs containers, by absolute path. Empty: docker, else
    podman, from where shell_commands looks."""

    container_images: str = "*"
    """PGSCHED_CONTAINER_IMAGES: patterns of images that container.run may use."""

    container_networks: str = ""
    """PGSCHED_CONTAINER_NETWORKS: networks that container.run may use beside none."""

    file_roots: str = ""
    """PGSCHED_FILE_ROOTS: absolute folders below which the tasks file.* work."""

    file_bytes_max: str = "104857600"
    """PGSCHED_FILE_BYTES_MAX: the largest file that they write, 1..1099511627776 bytes."""

    sql_dsn: str = ""
    """PGSCHED_SQL_DSN: how sql.run logs in: as a role with no rights but to become sql_roles."""

    sql_roles: str = ""
    """PGSCHED_SQL_ROLES: the roles that sql.run may become."""

    def __post_init__(self) -> None:
        for each in words(self.http_cidrs):
            _network(each)
        for each in words(self.shell_commands):
            if each != "*" and not os.path.isabs(each) and "/" in each:
                raise refuse(variable("shell_commands"), each, "names, absolute paths, *")
        if self.container_program and not os.path.isabs(self.container_program):
            raise refuse(variable("container_program"), self.container_program, "an absolute path")
        for field in ("shell_text", "script_source"):
            if getattr(self, field).lower() not in _YES + _NO:
                raise refuse(variable(field), getattr(self, field), "true | false")
        for each in words(self.file_roots):
            if not os.path.isabs(each) or os.path.normpath(each) != each or not os.path.isdir(each):
                raise refuse(variable("file_roots"), each, "absolute paths of folders, plainly")
        size = self.file_bytes_max
        if not re.fullmatch(r"[0-9]{1,13}", size) or not 1 <= int(size) <= 2**40:
            raise refuse(variable("file_bytes_max"), size, "a whole number 1..1099511627776")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Permits:
        """Read them; a variable that is missing or empty means the default. Raises InvalidValue."""
        env = os.environ if environ is None else environ
        names = [field.name for field in dataclasses.fields(cls)]
        return cls(**{name: env[variable(name)] for name in names if env.get(variable(name))})

    def require(self, handlers: Sequence[str]) -> None:
        """Refuse a handler that could do nothing, for want of a permit. Raises InvalidValue."""
        needed = [
            ("shell.", "shell_commands" if not self.allows("shell_text") else ""),
            ("file.", "file_roots"),
            ("sql.", "sql_roles"),
            ("sql.", "sql_dsn"),
        ]
        for prefix, field in needed:
            found = [name for name in handlers if name.startswith(prefix)]
            if found and field and not getattr(self, field):
                raise InvalidValue(
                    f"handler {found[0]} needs {variable(field)}: without, it may do nothing",
                    hint="docs/handlers.md says what it allows",
                )

    def allows(self, field: str) -> bool:
        """Whether a switch is on."""
        return getattr(self, field).lower() in _YES

    @property
    def networks(self) -> list[Network]:
        """`http_cidrs`, read."""
        return [_network(each) for each in words(self.http_cidrs)]


def words(text: str) -> list[str]:
    """What stands between the commas."""
    return [each.strip() for each in text.split(",") if each.strip()]


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        name = variable("http_cidrs")
        raise refuse(name, text, f"networks like 10.1.0.0/16; {error}") from None


@functools.cache
def permits() -> Permits:
    """Those of this process, read once."""
    return Permits.from_env()
