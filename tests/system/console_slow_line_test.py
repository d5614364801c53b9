"""9600 baud: everything takes its time there, and Ctrl-C still ends it at once."""

from __future__ import annotations

import re
import time
import unittest

from edge_relay_harness.console import PROMPT, Console
from edge_relay_harness.console_case import ConsoleTest
from edge_relay_harness.settings import BoxSettings, modem

BAUD = 9600
# What the kernel has taken of a long answer goes out all the same: 4 KiB on a UART, but 64 KiB on a pseudo terminal.
FLOOD_BAUD = 38400
PATIENCE_S = 64 * 1024 / (FLOOD_BAUD / 10) + 15


class SlowLine(ConsoleTest):
    """A technician with an old laptop."""

    def stop_by_control_c(self, console: Console, outcome: str) -> None:
        """Ctrl-C, and the closing line and the prompt soon after."""
        before = time.monotonic()
        console.send("\x03")
        console.expect(outcome, PATIENCE_S)
        console.expect(PROMPT, PATIENCE_S)
        self.assertLess(time.monotonic() - before, PATIENCE_S)
        self.assertEqual("OK", console.run("show clock")[1])

    def test_a_flood_of_log_lines_is_left_by_control_c(self) -> None:
        console = self.technician(baud=FLOOD_BAUD)
        console.send("show log follow\r")
        console.expect(r"follow\s*\n")
        with (self.box.directory / "daemon.log").open("a", encoding="utf-8") as log:
            log.writelines(f"line {n} of a daemon that has much to say about the weather\n" for n in range(6000))
        console.expect(r"line 3 of")
        self.stop_by_control_c(console, r"ERR E-CANCELLED [^\n]*\n")

    def test_a_long_answer_without_a_pager_is_left_by_control_c(self) -> None:
        (self.box.directory / "daemon.log").write_text(f"a line that is {'very ' * 40}long\n" * 2000, encoding="utf-8")
        console = self.technician(baud=FLOOD_BAUD)
        console.run("terminal length 0")
        console.send("show log 2000\r")
        console.expect(r"(a line that is [^\n]*\n){3}")
        self.stop_by_control_c(console, r"OK\n")

    def test_the_pager_is_left_by_control_c(self) -> None:
        console = self.technician(baud=BAUD)
        for leave in ("\x03", "q", "\x04"):
            console.send("help\r")
            console.expect("--More--")
            console.send(leave)
            console.expect(r"OK\n")
            console.expect(PROMPT)
        self.assertEqual(24, len(console.lines()))

    def test_a_watch_is_left_by_control_c(self) -> None:
        link = self.start_modem().link
        self.box.stop()
        self.box.configure(BoxSettings({"modem-1": modem(link)}))
        self.box.start()
        console = self.technician(baud=BAUD)
        console.send("show signal watch\r")
        for _ in range(2):
            console.expect(re.compile(r"modem-1[^\n]*\n"), 60)
        self.stop_by_control_c(console, r"ERR E-CANCELLED [^\n]*\n")

    def test_noise_in_the_middle_of_a_watch_ends_nothing(self) -> None:
        console = self.technician(baud=BAUD)
        console.send("show log follow\r")
        console.expect(r"follow\s*\n")
        console.send(bytes(byte for byte in range(256) if byte != 3) * 2)
        with (self.box.directory / "daemon.log").open("a", encoding="utf-8") as log:
            log.write("still followed\n")
        console.expect("still followed")
        self.stop_by_control_c(console, r"ERR E-CANCELLED [^\n]*\n")


if __name__ == "__main__":
    unittest.main()
