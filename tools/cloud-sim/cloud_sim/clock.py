"""The cloud's own idea of the time."""

from __future__ import annotations

import time
from datetime import datetime, timezone


class CloudClock:
    """Wall clock with an offset, so that a box with a wrong clock can be tested without touching the machine's clock."""

    def __init__(self) -> None:
        self.offset_s: float = 0.0

    def seconds(self) -> float:
        """Unix time as the cloud believes it."""
        return time.time() + self.offset_s

    def now(self) -> datetime:
        """The same in UTC."""
        return datetime.fromtimestamp(self.seconds(), timezone.utc)
