"""What a refusal must look like: its SQLSTATE, and a message that says what is allowed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import psycopg
import pytest


@contextmanager
def refused(code: str, message: str) -> Generator[pytest.ExceptionInfo[psycopg.Error]]:
    """The body raises an error of Postgres with this SQLSTATE and, as a regex, this message."""
    with pytest.raises(psycopg.Error, match=message) as caught:
        yield caught
    assert caught.value.sqlstate == code
