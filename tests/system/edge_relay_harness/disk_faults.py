"""A disk that is slow or fails, for one running process: strace attaches to it and injects into its system calls."""

from __future__ import annotations

import subprocess
import unittest
from pathlib import Path
from types import TracebackType

from .process import Program
from .waiting import TimedOut

SYNCS = "fdatasync,fsync"
WRITES = "pwrite64"


def require_ptrace(directory: Path) -> None:
    """Skips the test where nobody may trace another process (a container without CAP_SYS_PTRACE, a hardened kernel)."""
    sleeper = subprocess.Popen(["sleep", "20"])
    try:
        with DiskFaults(sleeper.pid, directory, f"{SYNCS}:error=EIO"):
            pass
    except (OSError, TimedOut) as why:
        raise unittest.SkipTest(f"SKIPPED: strace cannot attach to a process here, the disk stays healthy ({why})")
    finally:
        sleeper.kill()
        sleeper.wait()


class DiskFaults:
    """While entered, `injection` (strace's syntax: "fdatasync:error=EIO", "fsync:delay_enter=300000") holds for the process."""

    def __init__(self, pid: int, directory: Path, injection: str) -> None:
        self._pid = pid
        self._injection = injection
        self._record = directory / "strace.log"
        self._strace: Program | None = None

    def __enter__(self) -> DiskFaults:
        calls = self._injection.split(":")[0]
        self._strace = Program(
            "strace",
            ["strace", "-f", "-o", self._record, "-e", f"trace={calls}", "-e", f"inject={self._injection}"]
            + ["-p", str(self._pid)],
        )
        self._strace.wait_for_line(r"attached", 10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._strace is not None
        self._strace.terminate()  # it detaches first

    @property
    def injected(self) -> int:
        """How many calls were hit; complete once left."""
        return sum("INJECTED" in line or "DELAYED" in line for line in self._record.read_text().splitlines())
