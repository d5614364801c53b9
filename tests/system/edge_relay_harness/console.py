"""The technician at the serial console: a terminal of 80 x 24 at the other end of a line that is as slow as a real one."""

from __future__ import annotations

import codecs
import os
import pty
import re
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyte

from . import paths
from .box import Box
from .process import Program
from .waiting import TimedOut

CLOSING = re.compile(r"(?m)^(OK|ERR [^\n]*)\n")
PROMPT = re.compile(r"[>#] $")


def arguments_for(box: Box) -> list[str]:
    """Where relayctl finds this box's things."""
    return [
        "--config", str(box.settings_path),
        "--data", str(box.directory),
        "--daemon", str(paths.program("edge-relayd")),
        "--unit", "edge-relay-test-no-such-unit.service",
        "--defaults", str(box.directory / "defaults.toml"),
        "--log-file", str(box.directory / "daemon.log"),
    ]  # fmt: skip


def relayctl(box: Box, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """A one-shot command."""
    command = [str(paths.program("relayctl")), *arguments_for(box), *words]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, check=False)


class Console:
    """One serial line with `relayctl console` at the far end and a VT100 at this one."""

    def __init__(self, box: Box, baud: int = 115200, options: Sequence[str] = (), path: str = "") -> None:
        self._master, self._slave = pty.openpty()
        self.port = os.ttyname(self._slave)
        self._byte_s = 10.0 / baud  # 8N1: ten bits a byte
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self.screen)
        self._text = ""
        self._seen = 0
        self.received = 0
        self._changed = threading.Condition()
        self._closing = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._carriage_return = ""
        self._diverted: Callable[[bytes], bool] | None = None
        command: list[str | Path] = [paths.program("relayctl"), *arguments_for(box), "console", "--port", self.port]
        command += ["--baud", str(baud), *options]
        if path:
            command = ["env", f"PATH={path}", *command]
        self.program = Program("relayctl console", command)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def end(self) -> None:
        """Unplugs it; once is enough."""
        if self._closing:
            return
        self._closing = True
        if self.program.is_running():
            self.program.kill()
        os.close(self._slave)
        self._reader.join(5)
        os.close(self._master)

    def send(self, text: str | bytes) -> None:
        """Key presses, at the speed of the line."""
        data = text.encode() if isinstance(text, str) else text
        for start in range(0, len(data), 16):
            piece = data[start : start + 16]
            os.write(self._master, piece)
            time.sleep(self._byte_s * len(piece))

    def expect(self, pattern: str | re.Pattern[str], timeout_s: float = 30.0) -> re.Match[str]:
        """The next text on the line that matches, behind what was matched before; line ends are plain."""
        compiled = re.compile(pattern) if isinstance(pattern, str) else pattern
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while True:
                match = compiled.search(self._text, self._seen)
                if match:
                    self._seen = match.end()
                    return match
                left = deadline - time.monotonic()
                if left <= 0 or not self.program.is_running():
                    rest = self._text[self._seen :]
                    raise TimedOut(f"no /{compiled.pattern}/ on the line, only: {rest!r}\n{self.program.tail(10)}")
                self._changed.wait(min(left, 0.5))

    def wake(self) -> None:
        """Enter on a line that nobody uses; returns at the login."""
        self.expect_open()
        self.send("\r")
        self.expect(r"login: ")

    def expect_open(self) -> None:
        """Until the console listens: what is typed before it opens the line is thrown away, as on a real one."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            name = os.path.basename(self.port)
            fds = Path(f"/proc/{self.program.pid}/fd")
            try:
                if any(os.readlink(fd) == self.port for fd in fds.iterdir()):
                    time.sleep(0.2)
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise TimedOut(f"relayctl never opened {self.port} ({name})\n{self.program.tail(10)}")

    def log_in(self, user: str, password: str) -> None:
        """From the login to the prompt."""
        self.send(user + "\r")
        self.expect(r"password: ")
        self.send(password + "\r")
        self.expect(PROMPT)

    def run(self, line: str, timeout_s: float = 60.0) -> tuple[str, str]:
        """A command at the prompt: what it printed, and its closing line. Ends at the next prompt."""
        self.send(line + "\r")
        self.expect(re.escape(line) + r"\s*\n")
        start = self._seen
        closing = self.expect(CLOSING, timeout_s)
        output = self._text[start : closing.start()]
        self.expect(PROMPT)
        return output, closing[1]

    def divert(self, sink: Callable[[bytes], bool] | None) -> None:
        """What the line says goes there, as while a terminal program transfers a file; what it does not take is shown."""
        with self._changed:
            self._diverted = sink

    def lines(self) -> list[str]:
        """The screen, as a person sees it."""
        return [line.rstrip() for line in self.screen.display]

    def _read(self) -> None:
        while not self._closing:
            try:
                data = os.read(self._master, 64)
            except OSError:
                return
            time.sleep(self._byte_s * len(data))
            with self._changed:
                self.received += len(data)
                if self._diverted is not None and self._diverted(data):
                    continue
                self._stream.feed(data)
                # A read may end within a line end, or within a character.
                text = self._carriage_return + self._decoder.decode(data)
                self._carriage_return = "\r" if text.endswith("\r") else ""
                self._text += text.removesuffix(self._carriage_return).replace("\r\n", "\n")
                self._changed.notify_all()
