"""The appliance: the real edge-relayd with its own folder, settings, store and key."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import paths
from .api import Answer, ApiClient, call_unix
from .process import Program
from .settings import BoxSettings
from .waiting import eventually

STOP_LIMIT_S = 10.0


class Box:
    """One box over all its restarts. Not started until start()."""

    def __init__(
        self, directory: Path, settings: BoxSettings, log_listener: Callable[[str], None] | None = None
    ) -> None:
        self.directory = directory
        self.settings_path = directory / "relay.toml"
        self.runs: list[Program] = []
        self._log_listener = log_listener
        self._key = ""
        self._port = 0
        self.configure(settings)

    @property
    def program(self) -> Program:
        """The latest run."""
        return self.runs[-1]

    @property
    def log(self) -> list[str]:
        """What all runs said, in order."""
        return [line for run in self.runs for line in run.lines]

    @property
    def socket_path(self) -> Path:
        """The admin socket."""
        return self.directory / "admin.sock"

    def admin(self, method: str, path: str, body: Any = None) -> Answer:
        """A request to the admin socket."""
        return call_unix(self.socket_path, method, path, body)

    @property
    def port(self) -> int:
        """Where it listens now; another port after each start."""
        return self._port

    @property
    def api(self) -> ApiClient:
        """The API with this box's key; ask for it anew after a restart."""
        if not self._key:
            self._key = self.add_key("system-test")
        return ApiClient(self._port, self._key)

    def configure(self, settings: BoxSettings) -> None:
        """Writes relay.toml; it takes effect at the next start or reload."""
        self.settings_path.touch(mode=0o600)  # it holds secrets, and the daemon insists
        self.settings_path.write_text(settings.render(self.directory), encoding="utf-8")

    def launch(self) -> Program:
        """Starts the program and waits for nothing."""
        command: list[str | Path] = [paths.program("edge-relayd"), "--config", self.settings_path]
        program = Program("edge-relayd", command, self._log_listener)
        self.runs.append(program)
        return program

    def start(self) -> Box:
        """Starts it and waits until it can store messages."""
        listening = self.launch().wait_for_line(r"\blistening\b.*address=\"?127\.0\.0\.1:(\d+)")
        self._port = int(listening[1])
        eventually("the box to be ready", self._is_ready)
        return self

    def stop(self) -> None:
        """SIGTERM; an unclean end is an error."""
        status = self.program.terminate(STOP_LIMIT_S)
        if status != 0:
            raise AssertionError(f"edge-relayd ended with status {status} after SIGTERM\n{self.program.tail()}")

    def kill9(self) -> None:
        """SIGKILL: what a power cut leaves of a process."""
        self.program.kill()

    def restart(self) -> Box:
        """Stops it cleanly and starts it again."""
        self.stop()
        return self.start()

    def reload(self) -> None:
        """SIGHUP."""
        self.program.signal(signal.SIGHUP)

    def end(self) -> None:
        """Ends whatever still runs, in whatever state."""
        for program in self.runs:
            if program.is_running():
                program.kill()

    def control(self, *arguments: str) -> str:
        """Runs relayctl; its standard output."""
        command = [str(paths.program("relayctl")), "--socket", str(self.socket_path), *arguments]
        result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        if result.returncode != 0:
            raise AssertionError(f"relayctl {' '.join(arguments)}: {result.returncode} {result.stderr}{result.stdout}")
        return result.stdout

    def add_key(self, name: str) -> str:
        """A new application; its key."""
        return self.control("key", "add", name).strip().splitlines()[-1].split()[-1]

    def check_config(self) -> tuple[int, str]:
        """edge-relayd --check-config: exit status and all it printed."""
        command = [str(paths.program("edge-relayd")), "--check-config", "--config", str(self.settings_path)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        return result.returncode, result.stdout + result.stderr

    def _is_ready(self) -> bool:
        try:
            return ApiClient(self._port, "").call("GET", "/readyz").status == 200
        except OSError:
            return False
