"""The daemon's log: "TIME LEVEL event key=value key="quoted value""."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)')
_LINE = re.compile(r"^\S+Z (?P<level>\w+)\s+(?P<event>\w+)(?P<rest>.*)$")


@dataclass(frozen=True)
class LogLine:
    """One line, taken apart."""

    level: str
    event: str
    fields: dict[str, str]


def parse_log_line(line: str) -> LogLine | None:
    """None when the line is none of the daemon's own."""
    match = _LINE.match(line)
    if match is None:
        return None
    fields = {name: value.strip('"').replace('\\"', '"') for name, value in _FIELD.findall(match["rest"])}
    return LogLine(match["level"], match["event"], fields)
