#!/usr/bin/python3
"""Under a service manager: Type=notify, reload and watchdog as sd_notify(3) and sd_watchdog_enabled(3) have them."""

import os
import socket
import unittest

from edge_relay_harness import settings
from edge_relay_harness.case import SystemTest
from edge_relay_harness.settings import BoxSettings

TO = "+15551230001"
PATIENCE_S = 15.0


class ServiceManager(SystemTest):
    """A datagram socket in systemd's place."""

    def setUp(self) -> None:
        super().setUp()
        clouds = self.start_clouds()
        self.box = self.make_box(BoxSettings({"twilio": settings.twilio(clouds)}))
        path = str(self.box.directory / "notify.sock")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.bind(path)
        self.socket.settimeout(PATIENCE_S)
        for name, value in {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "600000"}.items():
            os.environ[name] = value
            self.addCleanup(os.environ.pop, name)

    def expect(self, word: str) -> None:
        """Waits for the datagram that begins so; others may come before it."""
        while not self.socket.recv(4096).decode().startswith(word):
            pass

    def test_ready_watchdog_reload_stop(self) -> None:
        self.box.start()
        self.expect("READY=1")
        self.expect("WATCHDOG=1")
        # The watchdog is fed by progress, not by mere existence: a message is progress.
        while True:
            self.box.api.send(TO, "progress")
            try:
                self.socket.settimeout(1.0)
                self.expect("WATCHDOG=1")
                break
            except TimeoutError:
                continue
        self.socket.settimeout(PATIENCE_S)
        self.box.reload()
        self.expect("RELOADING=1\nMONOTONIC_USEC=")
        self.expect("READY=1")
        self.box.stop()
        self.expect("STOPPING=1")


if __name__ == "__main__":
    unittest.main()
