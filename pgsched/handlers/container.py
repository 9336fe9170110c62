"""container.run: an image, by docker or podman, with nothing of this machine's."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
from fnmatch import fnmatchcase
from typing import Any

from ..context import Context, Discard
from . import command
from .command import Command
from .offer import offer, require_range
from .permits import permits, words

_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]{0,500}")
_LINE_BYTES_MAX = 60 * 1024  # docker and podman read lines up to 64 KiB
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Output that is written to a log too, as it is by default, fills the disk.
_SAFE = (
    "--pids-limit", "256", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
    "--log-driver", "none",
)  # fmt: skip
# By these docker and podman find their server, images and passwords: as this worker's user does.
_OWN = re.compile(
    r"HOME|TMPDIR|XDG_.*|DBUS_SESSION_BUS_ADDRESS|(DOCKER|CONTAINERS?|PODMAN|STORAGE|REGISTRY)_.*"
)


@offer("container.run", timeout_s=3600)
async def container(
    ctx: Context,
    image: str,
    argv: list[str] | None = None,
    env: dict[str, str] | None = None,
    memory_mb: int = 512,
    cpus: float = 1,
    network: str = "none",
    output_bytes_max: int = 32_768,
) -> dict[str, Any]:
    """
    Run a container and remove it: exit_code, stdout and stderr are the result.

    image: its name, pulled if it is not there, which the timeout covers too. argv: instead of the
    image's own. env: texts of one line below 60 KiB, which whoever may use docker or podman can
    see. memory_mb: 16..1048576. cpus: 0.05..256. network: none, or one that the worker allows.
    output_bytes_max: of each of stdout and stderr, 0..65536. It has no capabilities, 256 processes
    at most, and nothing of the machine's files. An exit code other than 0 fails the run. A cancel,
    a timeout and the end of the worker remove it.
    """
    require_range("memory_mb", memory_mb, 16, 1_048_576)
    require_range("cpus", cpus, 0.05, 256)
    require_range("output_bytes_max", output_bytes_max, 0, 65_536)
    _require_allowed(image, network)
    program = _program()
    name = f"pgsched-{ctx.id}-{ctx.attempt}-{secrets.token_hex(4)}"
    size = f"{memory_mb}m"
    options = [
        "--rm", "--name", name, "--network", network, "--memory", size, "--memory-swap", size,
        "--cpus", f"{cpus:g}", "--env-file", "/dev/stdin", *_SAFE,
    ]  # fmt: skip
    asked = Command(
        program,
        [program, "run", *options, "--", image, *(argv or [])],
        _own(),
        stdin=_lines(env or {}),
        output_bytes_max=output_bytes_max,
        after=[program, "rm", "--force", name],
    )
    ended = await command.run(asked)
    if ended.exit_code:
        killed = f", killed: memory_mb was {memory_mb}" if ended.exit_code == 137 else ""
        said = ended.stderr.text[-2000:].strip()
        raise RuntimeError(f"exit code {ended.exit_code}{killed}: {said}")
    return ended.result


def _program() -> str:
    """Docker or podman. Raises Discard."""
    given = permits().container_program
    for name in [given] if given else ["docker", "podman"]:
        if found := shutil.which(name, path=command.PATH):
            return found
    raise Discard("container.run needs docker or podman, and this worker's machine has neither")


def _own() -> dict[str, str]:
    """What docker or podman has of the worker's environment; the container has nothing of it."""
    found = {name: value for name, value in os.environ.items() if _OWN.fullmatch(name)}
    return {"HOME": os.path.expanduser("~"), "TMPDIR": tempfile.gettempdir(), **found}


def _require_allowed(image: str, network: str) -> None:
    """Raises Discard."""
    if not _IMAGE.fullmatch(image):
        raise Discard(f"image must be the name of one, got {image!r}")
    if not any(fnmatchcase(image, pattern) for pattern in words(permits().container_images)):
        raise Discard(f"image {image} is not allowed by this worker (PGSCHED_CONTAINER_IMAGES)")
    if network not in ("none", *words(permits().container_networks)):
        raise Discard(
            f"network {network} is not allowed by this worker (PGSCHED_CONTAINER_NETWORKS)"
        )


def _lines(env: dict[str, str]) -> str:
    """By a file: what stands on a command line is for all to see."""
    lines = [f"{name}={value}" for name, value in env.items()]
    for (name, value), line in zip(env.items(), lines, strict=True):
        plain = _NAME.fullmatch(name) and isinstance(value, str) and line.splitlines() == [line]  # pyright: ignore[reportUnnecessaryIsInstance]
        if not plain or len(line.encode("utf-8", "replace")) > _LINE_BYTES_MAX:
            raise Discard(f"env: {name!r} must be a name with a text of one line, below 60 KiB")
    return "".join(f"{line}\n" for line in lines)
