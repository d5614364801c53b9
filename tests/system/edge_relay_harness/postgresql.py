"""A PostgreSQL server of the test's own, that may be killed."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path

from .process import Program
from .waiting import TimedOut, eventually

_SCRIPT = Path(__file__).parents[2] / "fakes" / "private-postgresql"


class Postgresql:
    """One server over all its restarts, with fsync. Its folder is directly in /tmp: it runs as another user."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="edge-relay-postgresql-"))
        self.url = f"postgresql:///postgres?user=postgres&host={self.directory}"
        self.runs: list[Program] = []

    def start(self) -> Postgresql:
        """Starts it and waits until it takes connections. After a kill its last process may still be going."""

        def started() -> bool:
            self.runs.append(Program("postgresql", [_SCRIPT, self.directory]))
            try:
                self.runs[-1].wait_for_line("ready to accept connections", timeout_s=60)
            except TimedOut:
                return False
            return True

        eventually("PostgreSQL to start", started, timeout_s=90, pause_s=0.2)
        return self

    def kill9(self) -> None:
        """SIGKILL to all of its processes, as a power cut would."""
        server = self.runs[-1].pid
        children = Path(f"/proc/{server}/task/{server}/children").read_text(encoding="ascii").split()
        for process in [server, *map(int, children)]:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.runs[-1].wait()

    def end(self) -> None:
        """Ends it, and its data."""
        if self.runs and self.runs[-1].is_running():
            self.runs[-1].signal(signal.SIGQUIT)
            self.runs[-1].wait()
        shutil.rmtree(self.directory, ignore_errors=True)
