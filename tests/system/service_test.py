#!/usr/bin/python3
"""Under a service manager: Type=notify, reload and watchdog as sd_notify(3) and sd_watchdog_enabled(3) have them."""

import os
import signal
import socket
import threading
import time
import unittest

from edge_relay_harness import settings
from edge_relay_harness.case import SystemTest
from edge_relay_harness.disk_faults import SYNCS, DiskFaults, require_ptrace
from edge_relay_harness.settings import BoxSettings

TO = "+15551230001"
PATIENCE_S = 15.0
WATCHDOG_S = 0.6
HANG_S = 6.0


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
        for name, value in {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": str(int(WATCHDOG_S * 1e6))}.items():
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
        self.box.reload()
        self.expect("RELOADING=1\nMONOTONIC_USEC=")
        self.expect("READY=1")
        self.box.stop()
        self.expect("STOPPING=1")

    def feeds_in(self, seconds: float) -> int:
        """How often the watchdog is fed from now on, within a time."""
        self.socket.setblocking(False)
        try:
            while True:
                self.socket.recv(4096)  # what came before
        except BlockingIOError:
            pass
        feeds, end = 0, time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                feeds += self.socket.recv(4096) == b"WATCHDOG=1"
            except TimeoutError:
                break
        self.socket.settimeout(PATIENCE_S)
        return feeds

    def test_an_idle_daemon_is_fed(self) -> None:
        self.box.start()
        self.expect("WATCHDOG=1")
        self.assertGreaterEqual(self.feeds_in(5 * WATCHDOG_S), 5)

    def test_a_daemon_that_stands_still_is_not(self) -> None:
        self.box.start()
        self.expect("WATCHDOG=1")
        self.box.program.signal(signal.SIGSTOP)
        self.assertEqual(0, self.feeds_in(3 * WATCHDOG_S))
        self.box.program.signal(signal.SIGCONT)
        self.expect("WATCHDOG=1")

    def test_a_daemon_whose_store_hangs_is_not(self) -> None:
        require_ptrace(self.directory)
        self.box.start()
        self.expect("WATCHDOG=1")
        api = self.box.api
        with DiskFaults(self.box.program.pid, self.directory, f"{SYNCS}:delay_enter={int(HANG_S * 1e6)}"):
            submission = threading.Thread(target=api.send, args=(TO, "waits for its commit"))
            submission.start()
            time.sleep(2 * WATCHDOG_S)  # the commit is under way, the last feed is out
            self.assertEqual(0, self.feeds_in(3 * WATCHDOG_S))
            self.assertEqual(200, api.call("GET", "/livez").status)  # its loop turns all the while
        submission.join()
        self.expect("WATCHDOG=1")


if __name__ == "__main__":
    unittest.main()
