"""Systems that are measured at the same time, turn by turn: what disturbs one disturbs all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from .measure import BenchError, Sample, Systems


class Together:
    """
    Ours in several settings, whose ratio is judged: one after the other, minutes apart, the
    machine may be twice as fast for one as for another.
    """

    def __init__(self, names: Iterable[str], measure: Callable[[], dict[str, Sample]]) -> None:
        self._names, self._measure = names, measure
        self._samples: dict[str, Sample] = {}
        self._why = ""

    def systems(self) -> Systems:
        """The first that is asked in a round measures all of them."""
        return {name: partial(self._sample, name) for name in self._names}

    def _sample(self, name: str) -> Sample:
        """Where all have failed, each fails with what the first met, and without another try."""
        if self._why:
            raise BenchError(self._why)
        if name not in self._samples:
            try:
                self._samples = self._measure()
            except Exception as error:
                self._why = str(error) or type(error).__name__
                raise
        return self._samples.pop(name)
