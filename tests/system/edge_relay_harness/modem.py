"""The simulated modem (tools/modem-sim) as a test sees it."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from . import paths
from .process import Program


class ModemSim:
    """One run of modem-sim. Its PTY is reached by a link, as a real modem is by its udev name."""

    def __init__(self, directory: Path, *options: str, name: str = "modem") -> None:
        self.link = directory / name
        self._control = directory / f"{name}.ctl"
        command: list[str | Path] = [paths.program("modem-sim"), "--link", self.link, "--control", self._control]
        command += ["--log", directory / f"{name}.jsonl", *options]
        self.program = Program(name, command)
        self.program.wait_for_line(r"^ready ")

    def messages(self) -> list[dict[str, Any]]:
        """Accepted message parts in order."""
        entries: list[dict[str, Any]] = []
        while page := self.do("messages", since=len(entries))["messages"]:
            entries += page
        return entries

    def fault(self, kind: str, **details: Any) -> None:
        """Plans a fault (tools/modem-sim/README.md)."""
        self.do("fault", kind=kind, **details)

    def do(self, verb: str, **values: Any) -> dict[str, Any]:
        """One control command, and its answer."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(10)
            connection.connect(str(self._control))
            connection.sendall(json.dumps({"do": verb, **values}).encode() + b"\n")
            with connection.makefile() as answers:
                answer: dict[str, Any] = json.loads(answers.readline())
        if not answer["ok"]:
            raise ValueError(f"modem-sim refused {verb}: {answer['error']}")
        return answer

    def stop(self) -> None:
        """Ends it."""
        self.program.terminate()
