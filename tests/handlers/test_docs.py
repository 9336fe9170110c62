"""docs/handlers.md says what there is."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from pathlib import Path

import pytest

from pgsched import handlers
from pgsched.errors import InvalidValue
from pgsched.handlers import permits
from pgsched.handlers.offer import OFFERED
from pgsched.handlers.permits import Permits
from pgsched.settings import variable

TEXT = (Path(__file__).parents[2] / "docs" / "handlers.md").read_text("utf-8")


@pytest.mark.parametrize("name", handlers.MODULES)
def test_each_task_is_in_the_table_with_its_args(name):
    """In the page, and in the docstring that becomes its description."""
    importlib.import_module(f"pgsched.handlers.{handlers.MODULES[name]}")
    [row] = [line for line in TEXT.splitlines() if line.startswith(f"| `{name}`")]
    fn, _ = OFFERED[name]

    for arg, parameter in inspect.signature(fn).parameters.items():
        if arg not in ("ctx", "requirements") and parameter.kind is not parameter.VAR_KEYWORD:
            assert f"`{arg}`" in row
            assert arg in (inspect.getdoc(fn) or "")
    assert len(inspect.getdoc(fn) or "") < 10_000


def test_each_permit_says_what_it_means():
    """Here, and beside the code."""
    source = Path(permits.__file__).read_text()

    for field in dataclasses.fields(Permits):
        name = variable(field.name)
        assert f'"""{name}' in source
        assert name in TEXT or name.removeprefix("PGSCHED_CONTAINER") in TEXT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_CIDRS", "10.0.0.1/8"),
        ("HTTP_CIDRS", "localhost"),
        ("SHELL_COMMANDS", "bin/echo"),
        ("SHELL_TEXT", "maybe"),
        ("SCRIPT_SOURCE", "2"),
        ("CONTAINER_PROGRAM", "docker"),
        ("FILE_ROOTS", "relative"),
        ("FILE_BYTES_MAX", "1e3"),
        ("FILE_BYTES_MAX", "0"),
    ],
)
def test_a_permit_that_is_not_valid_is_refused_by_name(name, value):
    with pytest.raises(InvalidValue, match=f"PGSCHED_{name} is not valid"):
        Permits.from_env({f"PGSCHED_{name}": value})
