"""A child process whose output is kept, and which never outlives the test."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from .waiting import TimedOut

_KEPT_LINES = 20_000


class Program:
    """One run of a program: standard output and error in one list of lines. A listener hears each line as it comes."""

    def __init__(self, name: str, command: Sequence[str | Path], listener: Callable[[str], None] | None = None) -> None:
        self.name = name
        self._listener = listener
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._changed = threading.Condition()
        self._finished = False
        # setpriv: a child must end even when the test itself is killed by CTest's time limit.
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, name=f"{name} output", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def lines(self) -> list[str]:
        """All lines so far (the last 20,000)."""
        with self._changed:
            return list(self._lines)

    def is_running(self) -> bool:
        """Has it not ended?"""
        return self._process.poll() is None

    def wait_for_line(self, pattern: str, timeout_s: float = 10.0) -> re.Match[str]:
        """The first line that matches, from the program's start on."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            seen = 0
            while True:
                for line in list(self._lines)[seen:]:
                    seen += 1
                    if match := re.search(pattern, line):
                        return match
                left = deadline - time.monotonic()
                if self._finished or left <= 0:
                    why = "ended" if self._finished else f"ran for {timeout_s:g} s"
                    raise TimedOut(f"{self.name} {why} without printing /{pattern}/\n{self.tail()}")
                self._changed.wait(left)

    def wait(self, timeout_s: float = 10.0) -> int:
        """Its exit status."""
        try:
            status = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired as expired:
            raise TimedOut(f"{self.name} still runs after {timeout_s:g} s\n{self.tail()}") from expired
        self._reader.join(timeout_s)
        return status

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal if it still runs."""
        if self.is_running():
            self._process.send_signal(number)

    def terminate(self, timeout_s: float = 10.0) -> int:
        """SIGTERM, and its exit status."""
        self.signal(signal.SIGTERM)
        return self.wait(timeout_s)

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        self.signal(signal.SIGKILL)
        self.wait()

    def tail(self, count: int = 50) -> str:
        """The last lines, for a person."""
        last = list(self._lines)[-count:]
        status = self._process.poll()
        fate = "running" if status is None else f"ended with status {status}"
        return "\n".join([f"--- {self.name} (pid {self.pid}, {fate}), last {len(last)} lines", *last])

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self._lines.append(line.rstrip("\n"))
                self._changed.notify_all()
            if self._listener:
                self._listener(line.rstrip("\n"))
        with self._changed:
            self._finished = True
            self._changed.notify_all()
        self._process.stdout.close()
