"""What is said where the packages of the extra `api` are missing."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from ..errors import InvalidValue


@contextmanager
def needed_for(what: str) -> Generator[None]:
    """Imports in the body are packages of the extra `api`. Raises InvalidValue without them."""
    try:
        yield
    except ImportError as error:
        raise InvalidValue(
            f"{what} need packages that are not installed",
            detail=f"there is no {error.name}",
            hint="pip install 'pgsched[api]'",
        ) from None
