"""Waiting for something to become true, always with an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class TimedOut(AssertionError):
    """What was awaited did not come about in time: a failure of the test, not an error in it."""


def eventually(what: str, condition: Callable[[], T | None], timeout_s: float = 10.0, pause_s: float = 0.02) -> T:
    """Calls `condition` until it gives something true, and returns that; `what` completes "timed out waiting for"."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise TimedOut(f"timed out after {timeout_s:g} s waiting for {what}")
        time.sleep(pause_s)
