"""What the tests of the console stand on: a box with two clouds, and people who may log in."""

from __future__ import annotations

import sqlite3
import threading

from .box import Box
from .case import SystemTest
from .console import Console, relayctl
from .settings import BoxSettings, aws, quick_breakers, twilio

PASSWORD = "long enough 1"
NUMBER = "+15551230001"


class ConsoleTest(SystemTest):
    """Each test has a box with two clouds; passwords come from the label."""

    def setUp(self) -> None:
        super().setUp()
        self.clouds = self.start_clouds()
        settings = BoxSettings({"twilio": twilio(self.clouds), "aws": aws(self.clouds)})
        self.box = self.start_box(settings.with_table("chain", **quick_breakers()))
        (self.box.directory / "daemon.log").touch()

    def provision(self, *users: tuple[str, str]) -> str:
        """The label's password; further users by (name, role), with PASSWORD as their own."""
        made = relayctl(self.box, "user", "label-password")
        self.assertEqual(0, made.returncode, made.stderr)
        for name, role in users:
            added = relayctl(self.box, "user", "add", name, role, stdin=f"{PASSWORD}\n{PASSWORD}\n")
            self.assertEqual(0, added.returncode, added.stderr)
        with sqlite3.connect(self.box.directory / "console.db") as store:
            store.execute("UPDATE users SET must_change = 0 WHERE name <> 'admin'")
        return made.stdout.strip().splitlines()[-1]

    def console(self, baud: int = 115200, *options: str, path: str = "") -> Console:
        """A terminal at the line, woken up: at the login. With `path` the console looks for programs there only."""
        console = Console(self.box, baud, options, path)
        self.addCleanup(console.end)
        self._programs.append(console.program)
        console.wake()
        return console

    def technician(self, role: str = "tech", baud: int = 115200) -> Console:
        """Logged in."""
        self.provision(("anna", role))
        console = self.console(baud)
        console.log_in("anna", PASSWORD)
        return console

    def supervise(self, box: Box) -> None:
        """What the service manager does: starts the daemon again when it ends."""
        ended = box.program
        over = threading.Event()

        def start_again() -> None:
            ended.wait(60)
            box.start()
            over.wait()  # what a thread has started ends with the thread (setpriv --pdeathsig)

        thread = threading.Thread(target=start_again, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 60)
        self.addCleanup(over.set)
