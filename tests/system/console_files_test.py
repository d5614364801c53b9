"""Files over the console's own line, with the real sz and rz of a terminal program at the other end."""

from __future__ import annotations

import itertools
import os
import unittest
from pathlib import Path

from edge_relay_harness.console import PROMPT, Console
from edge_relay_harness.console_case import PASSWORD, ConsoleTest
from edge_relay_harness.file_transfer import FarSide, require_lrzsz


class Files(ConsoleTest):
    """What a technician's laptop and the box hand each other."""

    def setUp(self) -> None:
        require_lrzsz()
        super().setUp()
        self.laptop = self.box.directory / "laptop"
        self.laptop.mkdir()

    def begin(self, console: Console, command: str) -> None:
        """A command that waits for the other end."""
        console.send(command + "\r")
        console.expect(r"Ctrl-X five times ends this\.\n")

    def settings_for_import(self, change: str = "[admission]\nmax_recipients = 9\n\n[storage]") -> Path:
        """The box's own file, secrets masked, with a change."""
        exported = self.technicians_export()
        path = self.laptop / "from-the-laptop.toml"
        path.write_text(exported.replace("[storage]", change), encoding="utf-8")
        return path

    def technicians_export(self) -> str:
        """What `config export` prints."""
        lines = self.box.settings_path.read_text(encoding="utf-8").splitlines()
        masked = [line.split("=")[0] + '= "********"' if "token" in line or "secret" in line else line for line in lines]
        return "\n".join(masked) + "\n"

    def test_the_settings_file_travels_both_ways(self) -> None:
        console = self.technician()
        token = self.clouds.credentials("twilio")["auth_token"]
        for protocol, option in (("zmodem", "--zmodem"), ("ymodem", "--ymodem")):
            with self.subTest(protocol):
                folder = self.laptop / protocol
                folder.mkdir()
                self.begin(console, f"config export {protocol}")
                with FarSide.receiving(console, folder, option) as far:
                    self.assertEqual(0, far.wait())
                console.expect(r"relay\.toml, \d+ bytes, is sent\.\n")
                console.expect(r"OK\n")
                console.expect(PROMPT)
                exported = (folder / "relay.toml").read_text(encoding="utf-8")
                self.assertIn("[chain]", exported)
                self.assertNotIn(token, exported)

                (folder / "mine.toml").write_text(
                    exported.replace("[storage]", "[admission]\nmax_recipients = 9\n\n[storage]"), encoding="utf-8"
                )
                self.begin(console, f"config import {protocol}")
                with FarSide.sending(console, folder / "mine.toml", option) as far:
                    self.assertEqual(0, far.wait())
                console.expect(r"\+ max_recipients = 9\n")
                console.expect(r"OK\n")
                console.expect(PROMPT)
                self.assertEqual("OK", console.run("config discard")[1])

    def test_noise_on_the_line_costs_time_and_nothing_else(self) -> None:
        console = self.technician(baud=57600)
        file = self.settings_for_import()
        counter = itertools.count(1)

        def noise(data: bytes) -> bytes:
            if next(counter) % 3 != 2:
                return data
            return data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 0x10]) + data[len(data) // 2 + 1 :]

        self.begin(console, "config import zmodem")
        with FarSide.sending(console, file, noise=noise) as far:
            self.assertEqual(0, far.wait(90))
        console.expect(r"\+ max_recipients = 9\n", 30)
        console.expect(r"OK\n")
        self.assertGreater(next(counter), 3)

    def test_what_is_broken_off_changes_nothing_and_runs_nothing(self) -> None:
        console = self.technician()
        file = self.laptop / "commands.toml"
        file.write_text("\nconfig set admission.max_recipients 3\n" * 3000, encoding="utf-8")
        self.begin(console, "config import zmodem")
        with FarSide.sending(console, file) as far:
            while not self.files_under_way():
                self.assertIsNone(far.program.poll())
            far.program.kill()
        console.send(b"\x18" * 5)  # what a terminal program sends when its user ends a transfer
        # It was in the middle of the file: what is left of it must not be taken for commands.
        console.send("\rconfig set admission.max_recipients 4\r")
        console.expect(r"ERR E-CANCELLED [^\n]*\n")
        console.expect(PROMPT)
        self.assertEqual("Nothing is changed.\n", console.run("config diff")[0])
        self.assertEqual([], self.files_under_way())

    def test_a_person_without_such_a_program_gets_out(self) -> None:
        console = self.technician()
        for command in ("config import zmodem", "config export zmodem", "config import ymodem"):
            with self.subTest(command):
                self.begin(console, command)
                console.send(b"\x18" * 5)
                console.expect(r"ERR E-CANCELLED [^\n]*\n")
                console.expect(PROMPT)

    def test_a_file_too_large_is_broken_off(self) -> None:
        console = self.technician(baud=921600)
        file = self.laptop / "large.toml"
        file.write_bytes(os.urandom(2_000_000))
        self.begin(console, "config import zmodem")
        with FarSide.sending(console, file) as far:
            self.assertNotEqual(0, far.wait(120))
        console.expect(r"ERR E-FULL [^\n]*too large[^\n]*\n")
        console.expect(PROMPT)

    def test_a_wrong_file_is_named_and_refused(self) -> None:
        console = self.technician()
        file = self.settings_for_import("[admission]\nmax_recipients = 'many'\n\n[storage]")
        self.begin(console, "config import zmodem")
        with FarSide.sending(console, file) as far:
            self.assertEqual(0, far.wait())
        output = console.expect(r"(?s).*ERR E-USAGE [^\n]*nothing was changed\n")[0]
        self.assertRegex(output, r"line:\d+: .*max_recipients")
        console.expect(PROMPT)
        self.assertEqual("Nothing is changed.\n", console.run("config diff")[0])

    def test_a_support_bundle_comes_to_the_laptop(self) -> None:
        console = self.technician()
        self.begin(console, "support-bundle zmodem")
        with FarSide.receiving(console, self.laptop) as far:
            self.assertEqual(0, far.wait())
        console.expect(r"OK\n")
        bundles = list(self.laptop.glob("support-*.txt"))
        self.assertEqual(1, len(bundles))
        self.assertIn("===== show status =====", bundles[0].read_text(encoding="utf-8"))

    def test_without_lrzsz_it_says_so(self) -> None:
        empty = self.box.directory / "empty"
        empty.mkdir()
        self.provision(("anna", "tech"))
        console = self.console(115200, path=str(empty))
        console.log_in("anna", PASSWORD)
        console.send("config export zmodem\r")
        console.expect(r"ERR E-NOT-FOUND [^\n]*lrzsz[^\n]*paste works without it\n")

    def files_under_way(self) -> list[Path]:
        """What the console has received so far."""
        return list(self.box.directory.glob("relayctl-*/*"))


if __name__ == "__main__":
    unittest.main()
