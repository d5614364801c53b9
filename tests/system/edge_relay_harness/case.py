"""The base of system tests: programs and folders that end with the test, logs shown when it fails."""

from __future__ import annotations

import sys
import tempfile
import unittest
from pathlib import Path

from .box import Box
from .clouds import CloudSim
from .modem import ModemSim
from .process import Program
from .settings import BoxSettings


class SystemTest(unittest.TestCase):
    """Each test makes its own world; nothing is shared, so that files and tests can run side by side."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="edge-relay-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.directory = Path(folder.name)
        self._programs: list[Program] = []
        self._boxes: list[Box] = []

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        """Runs the test; when it failed, shows what the programs last said."""
        result = result if result is not None else self.defaultTestResult()
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            self._show_logs()
        return result

    def start_clouds(self) -> CloudSim:
        """The simulated clouds, all up."""
        clouds = CloudSim(self._folder("clouds"))
        self.addCleanup(clouds.stop)
        self._programs.append(clouds.program)
        return clouds

    def start_modem(self, *options: str, name: str = "modem") -> ModemSim:
        """A simulated modem, registered at home."""
        modem = ModemSim(self._folder(name), *options, name=name)
        self.addCleanup(modem.stop)
        self._programs.append(modem.program)
        return modem

    def make_box(self, settings: BoxSettings, name: str = "box") -> Box:
        """A box that is not started."""
        box = Box(self._folder(name), settings)
        self.addCleanup(box.end)
        self._boxes.append(box)
        return box

    def start_box(self, settings: BoxSettings, name: str = "box") -> Box:
        """A box that is ready for submissions."""
        return self.make_box(settings, name).start()

    def _folder(self, name: str) -> Path:
        folder = self.directory / name
        folder.mkdir(exist_ok=True)
        return folder

    def _show_logs(self) -> None:
        runs = [run for box in getattr(self, "_boxes", []) for run in box.runs[-2:]]
        for program in [*getattr(self, "_programs", []), *runs]:
            print(program.tail(), file=sys.stderr)
