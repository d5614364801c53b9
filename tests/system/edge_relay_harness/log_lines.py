"""The daemon's log: "TIME LEVEL event key=value key="quoted value""."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

_FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)')
_LINE = re.compile(r"^(?P<time>\S+Z) (?P<level>\w+)\s+(?P<event>\w+)(?P<rest>.*)$")


@dataclass(frozen=True)
class LogLine:
    """One line, taken apart."""

    level: str
    event: str
    fields: dict[str, str]
    time_s: float = 0.0  # since the epoch


def parse_log_line(line: str) -> LogLine | None:
    """None when the line is none of the daemon's own."""
    match = _LINE.match(line)
    if match is None:
        return None
    fields = {name: value.strip('"').replace('\\"', '"') for name, value in _FIELD.findall(match["rest"])}
    return LogLine(match["level"], match["event"], fields, datetime.fromisoformat(match["time"]).timestamp())
