"""How much is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """How much is measured, and how often.

    Attributes
    ----------
    repetitions
        How often each case is measured.
    limit
        Seconds that each sampler has.
    seconds
        Processor time that the repeated calls of one short case fill.
    tiny
        Whether a toy stands in for the model, to try the benchmarks themselves.
    said
        Called with each line on progress.
    """

    repetitions: int = 3
    limit: float = 600.0
    seconds: float = 2.0
    tiny: bool = False
    said: Callable[[str], None] = print

    @property
    def problem(self) -> str:
        """Name of what is sampled."""
        return "tiny" if self.tiny else "bundled"


TINY = Size(repetitions=2, limit=60.0, seconds=0.02, tiny=True)
