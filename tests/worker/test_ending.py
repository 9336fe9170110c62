"""What is kept of an exception."""

from __future__ import annotations

import pytest

from pgsched.worker import eager, ending


async def handler(error: BaseException) -> None:
    raise error


def raised(error: BaseException) -> BaseException:
    with pytest.raises(type(error)) as told:
        eager.begin(handler(error))
    return told.value


def test_an_error_shows_the_handler_and_not_what_called_it():
    """Type and message come first; the frames of the worker would be the same in every error."""
    end = ending.of_exception(raised(ValueError("no such address")))

    assert end.error.startswith("ValueError: no such address\nTraceback")
    assert "in handler" in end.error
    assert "eager.py" not in end.error


def test_an_error_without_a_frame_of_the_handler_shows_where_it_was_raised():
    """As where the args do not fit the handler."""
    with pytest.raises(AttributeError) as told:
        eager.begin(None)  # type: ignore[arg-type]

    assert "eager.py" in ending.of_exception(told.value).error
