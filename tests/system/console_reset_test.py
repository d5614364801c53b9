"""Factory reset and update: what cannot be taken back, also when the power goes in the middle."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

from edge_relay_harness import paths
from edge_relay_harness.console import PROMPT, arguments_for, relayctl
from edge_relay_harness.console_case import NUMBER, PASSWORD, ConsoleTest
from edge_relay_harness.disk_faults import require_ptrace
from edge_relay_harness.file_transfer import FarSide, require_lrzsz
from edge_relay_harness.settings import BoxSettings, aws

CHANGES = r"/^(unlink|rename|fsync|fdatasync)"  # unlinkat and renameat2 too: it differs by architecture


class FactoryReset(ConsoleTest):
    """A box with messages, people, a certificate and a secret in a file."""

    def setUp(self) -> None:
        super().setUp()
        folder = self.box.directory
        token = self.clouds.credentials("twilio")["auth_token"]
        (folder / "twilio.token").write_text(token + "\n", encoding="utf-8")
        (folder / "twilio.token").chmod(0o600)
        text = self.box.settings_path.read_text(encoding="utf-8")
        self.box.settings_path.write_text(
            re.sub(r'auth_token = ".*"', 'auth_token_file = "twilio.token"', text), encoding="utf-8"
        )
        (folder / "defaults.toml").write_text(BoxSettings({"aws": aws(self.clouds)}).render(folder), encoding="utf-8")
        self.box.restart()

    def fill(self) -> str:
        """A message and a key; the label's password."""
        label = self.provision(("anna", "admin"))
        message = self.box.api.send(NUMBER, "an old secret")
        self.box.api.wait_for_state(message, "sent", "delivered")
        return label

    def order(self, *before: str, answer: str = "RESET") -> subprocess.CompletedProcess[str]:
        """`relayctl factory-reset` with the word typed."""
        command = [*before, str(paths.program("relayctl")), *arguments_for(self.box), "factory-reset"]
        return subprocess.run(command, input=answer + "\n", capture_output=True, text=True, timeout=120, check=False)

    def order_file(self) -> Path:
        """There while a reset is ordered and not done."""
        return self.box.settings_path.with_name("relay.toml.factory-reset")

    def is_as_new(self, label: str) -> None:
        """Nothing of the site is left, and the label's password holds."""
        folder = self.box.directory
        self.assertFalse(self.order_file().exists())
        self.assertEqual((folder / "defaults.toml").read_text(), self.box.settings_path.read_text())
        self.assertFalse((folder / "twilio.token").exists())
        self.assertEqual([], list(folder.glob("*.factory")))
        for file in folder.glob("*.db*"):
            self.assertFalse(self.is_told_in(file), file)
        self.assertEqual("[]", re.sub(r"\s", "", self.box.control("key", "list", "--json")).split('"keys":')[1][:2])
        users = relayctl(self.box, "show", "users").stdout
        self.assertRegex(users, r"admin +admin +must be changed")
        self.assertNotIn("anna", users)
        console = self.console()
        console.send("admin\r")
        console.expect("password: ")
        console.send(label + "\r")
        console.expect("new password: ")
        console.end()

    def test_an_administrator_at_the_console(self) -> None:
        label = self.fill()
        console = self.console()
        console.log_in("anna", PASSWORD)
        console.run("terminal length 0")
        console.send("factory-reset\r")
        shown = console.expect(r"(?s)Lost: .*type (the serial number, )?([^\s:]+): $")
        self.assertIn("twilio.token", shown[0])
        console.send("y\r")
        console.expect(r"ERR E-CANCELLED [^\n]*nothing was changed\n")
        console.expect(PROMPT)
        self.supervise(self.box)
        console.send("factory-reset\r")
        console.expect(r"(?s)Lost: .*: $")
        console.send(shown[2] + "\r")
        console.expect("Done. Log in as admin", 60)
        console.expect(r"OK\n")
        console.expect("Logged out")
        console.send("\r")
        console.expect("login: ")
        console.send("anna\r")
        console.expect("password: ")
        console.send(PASSWORD + "\r")
        console.expect("ERR E-LOGIN")
        console.end()
        self.is_as_new(label)

    def test_only_an_administrator_with_a_label_may(self) -> None:
        console = self.technician("tech")
        self.assertIn("wants the role admin", console.run("factory-reset")[1])
        self.box.stop()
        (self.box.directory / "console.db").unlink()
        self.assertRegex(self.order().stderr, "ERR E-NOT-FOUND .*no label password")
        self.assertFalse(self.order_file().exists())

    def test_the_power_goes_while_the_daemon_erases(self) -> None:
        require_ptrace(self.directory)
        label = self.fill()
        self.box.stop()
        ordered = self.order()
        self.assertRegex(ordered.stderr, "ERR E-UNAVAILABLE .*when edge-relayd starts next")
        self.assertTrue(self.order_file().exists())
        before = self.directory / "before"
        shutil.copytree(self.box.directory, before)
        kills = 0
        for call in range(1, 60):
            self.copy_back(before)
            if not self.dies_at(call, [str(paths.program("edge-relayd")), "--config", str(self.box.settings_path)]):
                break
            kills += 1
            self.box.start()
            self.box.stop()
            self.assertFalse(self.order_file().exists(), f"killed at call {call}")
            self.assertFalse((self.box.directory / "twilio.token").exists(), f"killed at call {call}")
            self.assertFalse(self.is_told_in(self.box.directory / "outbox.db"), f"killed at call {call}")
        self.assertGreaterEqual(kills, 6)
        self.copy_back(before)
        self.box.start()
        self.is_as_new(label)

    def test_the_power_goes_while_it_is_ordered(self) -> None:
        require_ptrace(self.directory)
        self.fill()
        self.box.stop()
        before = self.directory / "before"
        shutil.copytree(self.box.directory, before)
        settings = self.box.settings_path.read_text(encoding="utf-8")
        outcomes = set()
        for call in range(1, 60):
            self.copy_back(before)
            command = [str(paths.program("relayctl")), *arguments_for(self.box), "factory-reset"]
            if not self.dies_at(call, command, "RESET\n"):
                break
            begun = self.order_file().exists()
            outcomes.add(begun)
            self.assertEqual(settings, self.box.settings_path.read_text(encoding="utf-8"))
            self.assertTrue((self.box.directory / "twilio.token").exists())
            if begun:
                self.box.start()
                self.box.stop()
            self.assertEqual(begun, not self.is_told_in(self.box.directory / "outbox.db"), f"killed at call {call}")
        self.assertIn(False, outcomes)

    def is_told_in(self, file: Path) -> bool:
        """Whether the old message's text is still in it."""
        return b"an old secret" in file.read_bytes()

    def copy_back(self, saved: Path) -> None:
        """The folder as it was saved."""
        shutil.rmtree(self.box.directory)
        shutil.copytree(saved, self.box.directory)

    def dies_at(self, call: int, command: list[str], stdin: str = "") -> bool:
        """Kills the program at its n-th change of a file. False: it makes fewer, and ran on for a while."""
        record = self.directory / "strace.log"
        traced = ["strace", "-f", "-o", str(record), "-e", f"trace={CHANGES}"]
        traced += ["-e", f"inject={CHANGES}:signal=SIGKILL:when={call}", *command]
        process = subprocess.Popen(
            traced,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(stdin)
        process.stdin.close()
        survived = any("The factory reset that" in line or line.startswith("ERR ") for line in process.stdout)
        os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
        process.wait(30)
        return not survived


class Update(ConsoleTest):
    """With a stand-in for RAUC in the PATH: what the console asks of it, and what it makes of the answers."""

    STAND_IN = """#!/bin/sh
echo "$@" >> {folder}/asked
case $1 in
  status) echo "Booted from: rootfs.0 (A)" ;;
  info)
    if grep -q forged "$2"; then echo "signature verification failed: self-signed certificate"; exit 1; fi
    echo "Compatible:  'edge-relay-qemu'"; echo "Version:  '0.2.0'" ;;
  install)
    cp "$2" {folder}/installed
    echo "  0% Installing"; echo " 40% Copying image to rootfs.1"
    if grep -q broken "$2"; then echo "LastError: Failed updating slot rootfs.1: no space"; exit 1; fi
    echo "100% Installing done."; echo "Installing '$2' succeeded" ;;
esac
"""

    def setUp(self) -> None:
        super().setUp()
        self.rauc = self.directory / "rauc-stand-in"
        self.rauc.mkdir()
        program = self.rauc / "rauc"
        program.write_text(self.STAND_IN.format(folder=self.rauc), encoding="utf-8")
        program.chmod(0o755)
        self.provision(("anna", "admin"))
        self.bundle = self.directory / "update.raucb"
        self.bundle.write_bytes(b"a signed bundle" * 1000)

    def test_a_bundle_is_looked_at_confirmed_and_written(self) -> None:
        console = self.console(path=f"{self.rauc}:/usr/bin:/bin")
        console.log_in("anna", PASSWORD)
        self.assertIn("rootfs.0 (A)", console.run("update status")[0])
        console.send(f"update install {self.bundle}\r")
        console.expect(r"Version: +'0\.2\.0'")
        console.expect(r"\[y/N\] $")
        console.send("n\r")
        console.expect(r"ERR E-CANCELLED nothing was written\n")
        console.expect(PROMPT)
        self.assertFalse((self.rauc / "installed").exists())
        console.send(f"update install {self.bundle}\r")
        console.expect(r"\[y/N\] $")
        console.send("y\r")
        console.expect("40% Copying image")
        console.expect("Written. reboot starts it")
        console.expect(r"OK\n")
        self.assertEqual(self.bundle.read_bytes(), (self.rauc / "installed").read_bytes())

    def test_what_rauc_refuses_or_cannot_write_is_said(self) -> None:
        console = self.console(path=f"{self.rauc}:/usr/bin:/bin")
        console.log_in("anna", PASSWORD)
        self.bundle.write_bytes(b"forged")
        output, closing = console.run(f"update install {self.bundle}")
        self.assertRegex(closing, "ERR E-USAGE .*nothing was written: signature verification failed")
        self.assertFalse((self.rauc / "installed").exists())
        self.bundle.write_bytes(b"broken")
        console.send(f"update install {self.bundle}\r")
        console.expect(r"\[y/N\] $")
        console.send("y\r")
        console.expect(r"ERR E-IO [^\n]*what runs now stays: LastError[^\n]*no space\n")
        console.expect(PROMPT)
        self.assertIn("E-USAGE", console.run("update install update.raucb")[1])
        self.assertIn("E-NOT-FOUND", console.run("update install /nowhere/update.raucb")[1])

    def test_a_bundle_comes_over_the_line(self) -> None:
        require_lrzsz()
        console = self.console(path=f"{self.rauc}:/usr/bin:/bin")
        console.log_in("anna", PASSWORD)
        console.send("update receive\r")
        console.expect(r"Ctrl-X five times ends this\.\n")
        with FarSide.sending(console, self.bundle) as far:
            self.assertEqual(0, far.wait())
        console.expect(r"\[y/N\] $")
        console.send("y\r")
        console.expect(r"OK\n")
        self.assertEqual(self.bundle.read_bytes(), (self.rauc / "installed").read_bytes())
        self.assertEqual([], list(self.box.directory.glob("relayctl-*")))

    def test_a_board_without_slots_says_so(self) -> None:
        empty = self.directory / "empty"
        empty.mkdir()
        console = self.console(path=str(empty))
        console.log_in("anna", PASSWORD)
        for command in ("update status", f"update install {self.bundle}", "update receive"):
            self.assertRegex(console.run(command)[1], r"ERR E-NOT-FOUND .*no update slots")


if __name__ == "__main__":
    unittest.main()
