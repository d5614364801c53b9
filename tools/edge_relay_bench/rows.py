"""What a measurement says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class NotMeasurable(Exception):
    """Something that the figure needs is not there; the sentence says what."""


@dataclass(frozen=True)
class Row:
    """One line of the table. `met` is None where the issue sets no goal."""

    figure: str
    goal: str
    measured: str
    met: bool | None = None
    was_measured: bool = True

    @property
    def verdict(self) -> str:
        """For a person."""
        if not self.was_measured:
            return "NOT MEASURED"
        return {True: "met", False: "MISSED", None: ""}[self.met]


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest rank: no value that did not occur."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return percentile(values, 0.5)


def spread(values: Sequence[float], unit: str) -> str:
    """ "median 4, p95 7, longest 9 ms"."""
    return f"median {median(values):.0f}, p95 {percentile(values, 0.95):.0f}, longest {max(values):.0f} {unit}"
