"""On what the figures were taken."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from datetime import datetime, timezone
from pathlib import Path

from .world import PLACE, file_system


def description() -> str:
    """One sentence: processor, memory, disk, system, commit, load, date."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    now = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"{os.cpu_count()} x {_processor()}, {memory_gib:.0f} GiB, {_disk()}; {_system()}, Linux {platform.release()}; "
        f"commit {_commit()}; {now}; load {load()}"
    )


def load() -> str:
    """Of the last minute; figures that are times mean little when it is above the number of processors."""
    return f"{os.getloadavg()[0]:.1f}"


def _processor() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    name = re.search(r"^model name\s*: (.*\w{3}.*)$", text, re.M)
    return name[1] if name else f"{platform.machine()} processor"


def _disk() -> str:
    """Disk and the time of one fdatasync on it, which bounds what any durable store can do."""
    return f"{file_system()} in {PLACE}, fdatasync {_sync_ms():.1f} ms"


def _sync_ms() -> float:
    path = PLACE / f"edge-relay-bench-sync.{os.getpid()}"
    times = []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        os.write(descriptor, bytes(4096 * 32))
        os.fdatasync(descriptor)
        for page in range(32):
            os.pwrite(descriptor, b"x" * 4096, page * 4096)
            before = time.monotonic()
            os.fdatasync(descriptor)
            times.append((time.monotonic() - before) * 1000)
    finally:
        os.close(descriptor)
        path.unlink()
    return sorted(times)[len(times) // 2]


def _system() -> str:
    release = platform.freedesktop_os_release()
    return str(release.get("PRETTY_NAME", "Linux"))


def _commit() -> str:
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
