"""shell.command: a program that the worker allows, and no shell unless it allows that too."""

from __future__ import annotations

import os
import re
import shutil
from typing import Any

from ..context import Discard
from . import command
from .command import PATH, Command, Ended
from .offer import offer, require_range
from .permits import permits, words

# These let an allowed program run another, by its linker or its interpreter.
_REFUSED = re.compile(
    r"LD_.*|DYLD_.*|GCONV_PATH|NLSPATH|LOCPATH|BASH_ENV|BASH_FUNC.*|ENV|IFS|SHELLOPTS|PS4|PROMPT_.*"
    r"|PYTHON.*|PERL.*|RUBY.*|NODE_.*|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH"
    r"|GIT_.*|SSH_ASKPASS|.*_?EDITOR|VISUAL|PAGER|.*_PAGER|BROWSER|LESSOPEN|LESSCLOSE|RSYNC_RSH"
    r"|TAR_OPTIONS|PATH"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@offer("shell.command", timeout_s=3600)
async def shell(
    argv: list[str] | str,
    cwd: str | None = None,
    env: dict[str, str] | None = None,
    stdin: str = "",
    grace_s: float = 2,
    output_bytes_max: int = 32_768,
    ok_codes: list[int] | None = None,
    retry_codes: list[int] | None = None,
    dead_codes: list[int] | None = None,
) -> dict[str, Any]:
    """
    Run a program: exit_code, stdout and stderr are the result.

    argv: the program and its arguments, as they are; a text is run by /bin/sh where the worker
    allows that. cwd: an absolute path [a folder of its own, removed after]. env: all that it has
    besides PATH, LANG, HOME and TMPDIR. stdin: a text. grace_s: between SIGTERM and SIGKILL when
    it is cancelled or its timeout has come, 0..3. output_bytes_max: of each of stdout and stderr,
    0..65536: the first half and the last. ok_codes: exit codes of success [0]. dead_codes: try no
    more. retry_codes: these alone are tried again; if not given, all others. What it has started
    ends with it, whatever session that is in; so it does when the worker ends.
    """
    require_range("grace_s", grace_s, 0, command.GRACE_S_MAX)
    require_range("output_bytes_max", output_bytes_max, 0, 65_536)
    if cwd is not None and not os.path.isabs(cwd):
        raise Discard(f"cwd must be an absolute path, got {cwd!r}")
    given = _environment(env or {})
    program, argv = _text(argv) if isinstance(argv, str) else _program(argv)
    options: dict[str, Any] = {
        "cwd": cwd,
        "stdin": stdin,
        "grace_s": grace_s,
        "output_bytes_max": output_bytes_max,
    }
    ended = await command.run(Command(program, argv, given, **options))
    _judge(ended, ok_codes or [0], retry_codes, dead_codes or [])
    return ended.result


def _judge(ended: Ended, ok: list[int], retried: list[int] | None, dead: list[int]) -> None:
    """Raises what the exit code means, unless it is a success."""
    if ended.exit_code in ok:
        return
    said = f"exit code {ended.exit_code}: {ended.stderr.text[-2000:].strip()}"
    if ended.exit_code in dead or (retried is not None and ended.exit_code not in retried):
        raise Discard(said)
    raise RuntimeError(said)


def _text(text: str) -> tuple[str, list[str]]:
    if not permits().allows("shell_text"):
        raise Discard(
            "argv must be a list: this worker runs no text by a shell (PGSCHED_SHELL_TEXT)"
        )
    return "/bin/sh", ["/bin/sh", "-c", text]


def _program(argv: list[str]) -> tuple[str, list[str]]:
    """The program by its absolute path, if it is allowed. Raises Discard."""
    if not argv or not all(isinstance(each, str) for each in argv):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Discard("argv must be a list of texts, the program first")
    path = _path_of(argv[0])
    allowed = words(permits().shell_commands)
    if path is None or ("*" not in allowed and path not in map(_path_of, allowed)):
        raise Discard(
            f"{argv[0]} is not among the programs that this worker allows (PGSCHED_SHELL_COMMANDS)"
        )
    return path, argv


def _path_of(name: str) -> str | None:
    """The absolute path of a program, None if there is none; nothing is found by where we are."""
    if "/" in name:
        return os.path.normpath(name) if os.path.isabs(name) else None
    return shutil.which(name, path=PATH)


def _environment(env: dict[str, str]) -> dict[str, str]:
    for name, value in env.items():
        if not _NAME.fullmatch(name) or _REFUSED.fullmatch(name):
            raise Discard(f"env: {name!r} may not be given")
        if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise Discard(f"env: {name} must be a text")
    return env
