"""The rows as a table."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from .rows import Row

_FIGURE_WIDTH, _GOAL_WIDTH, _MEASURED_WIDTH = 56, 16, 48


def plain(rows: Sequence[Row]) -> str:
    """For a terminal."""
    widths = (_FIGURE_WIDTH, _GOAL_WIDTH, _MEASURED_WIDTH)
    lines = [_line(("figure", "goal", "measured", "")), "-" * (sum(widths) + 16)]
    for row in rows:
        cells = [textwrap.wrap(text, width - 2) or [""] for text, width in zip((row.figure, row.goal, row.measured), widths, strict=True)]
        for number in range(max(len(cell) for cell in cells)):
            words = [cell[number] if number < len(cell) else "" for cell in cells]
            lines.append(_line((*words, row.verdict if number == 0 else "")))
    return "\n".join(lines)


def _line(words: tuple[str, ...]) -> str:
    figure, goal, measured, verdict = words
    return f"{figure:<{_FIGURE_WIDTH}}{goal:<{_GOAL_WIDTH}}{measured:<{_MEASURED_WIDTH}}{verdict}".rstrip()


def markdown(rows: Sequence[Row]) -> str:
    """For docs/figures.md."""
    lines = ["| figure | goal | measured | |", "| --- | --- | --- | --- |"]
    lines += [f"| {row.figure} | {row.goal} | {row.measured} | {row.verdict} |" for row in rows]
    return "\n".join(lines)
