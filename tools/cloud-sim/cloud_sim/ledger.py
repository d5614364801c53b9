"""What the clouds accepted: the oracle of every system test."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO


@dataclass(frozen=True)
class Submission:
    """A send request that passed all checks."""

    to: str
    text: str
    sender: str
    rid: str  # the relay's own id, where the provider's API has room for it
    dry_run: bool = False
    callback: str = ""  # where the provider is to tell what became of it


@dataclass(frozen=True)
class Acceptance:
    """One accepted message; `t` is the machine's real Unix time in milliseconds, whatever the simulated clock says."""

    n: int
    t: int
    provider: str
    to: str
    text: str
    sender: str
    rid: str
    sid: str
    fault: str  # what then happened to the answer; empty: it went out


class Ledger:
    """Accepted messages in memory and as JSON lines on disk, each line written before the answer."""

    def __init__(self, path: Path) -> None:
        self._file: TextIO = path.open("a", encoding="utf-8")
        self.accepted: list[Acceptance] = []

    def add(self, provider: str, submission: Submission, sid: str, fault: str) -> Acceptance:
        """Records an acceptance."""
        entry = Acceptance(
            n=len(self.accepted) + 1,
            t=int(time.time() * 1000),
            provider=provider,
            to=submission.to,
            text=submission.text,
            sender=submission.sender,
            rid=submission.rid,
            sid=sid,
            fault=fault,
        )
        self.accepted.append(entry)
        self._file.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
        self._file.flush()
        return entry

    def since(self, after: int, provider: str = "", to: str = "") -> list[dict[str, Any]]:
        """Entries numbered above `after`, narrowed by provider and recipient when given."""
        return [
            asdict(entry)
            for entry in self.accepted[max(after, 0) :]
            if provider in ("", entry.provider) and to in ("", entry.to)
        ]

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
