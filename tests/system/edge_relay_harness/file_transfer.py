"""A terminal program's file transfer: the real sz and rz at the technician's end of the console's line."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import unittest
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from .console import Console

Noise = Callable[[bytes], bytes]


def require_lrzsz() -> None:
    """Skips the test where the programs are missing (tools/setup installs them)."""
    if shutil.which("sz") is None or shutil.which("rz") is None:
        raise unittest.SkipTest("SKIPPED: lrzsz is not installed")


class FarSide:
    """While entered, the line's bytes go to a program and what it says goes to the line, at the line's speed."""

    def __init__(self, console: Console, command: list[str], folder: Path, noise: Noise = bytes) -> None:
        self._console = console
        self._noise = noise
        self._ours, theirs = socket.socketpair()
        with theirs:
            self.program = subprocess.Popen(
                command, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, cwd=folder, start_new_session=True
            )
        self._sender = threading.Thread(target=self._send, daemon=True)

    @classmethod
    def sending(cls, console: Console, file: Path, *options: str, noise: Noise = bytes) -> FarSide:
        """sz at the technician's end."""
        return cls(console, ["sz", "--quiet", "--binary", *options, file.name], file.parent, noise)

    @classmethod
    def receiving(cls, console: Console, folder: Path, *options: str, noise: Noise = bytes) -> FarSide:
        """rz at the technician's end."""
        return cls(console, ["rz", "--quiet", "--binary", *options], folder, noise)

    def __enter__(self) -> FarSide:
        self._console.divert(self._receive)
        self._sender.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.program.poll() is None:
            self.program.kill()
            self.program.wait()
        self._console.divert(None)
        self._sender.join(30)
        self._ours.close()

    def wait(self, timeout_s: float = 60.0) -> int:
        """Until the program ends; its status."""
        return self.program.wait(timeout_s)

    def _receive(self, data: bytes) -> bool:
        try:
            self._ours.sendall(data)
        except OSError:
            return False  # the program has ended: this is for the screen
        return True

    def _send(self) -> None:
        while True:
            try:
                data = self._ours.recv(512)
            except OSError:
                return
            if not data:
                return
            self._console.send(self._noise(data))
