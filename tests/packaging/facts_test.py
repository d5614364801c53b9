#!/usr/bin/python3
"""What is shipped around the programs agrees with them: udev rules with the modems' profiles, man pages with --help, the completion with
the commands, the default settings with the daemon, the packages' files with the units."""

import os
import re
import subprocess
import tempfile
import tomllib
import unittest
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("EDGE_RELAY_BIN", TREE / "build/dev/bin"))
PACKAGING = TREE / "packaging"


def run(*command: str, **more) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **more)


class UdevRules(unittest.TestCase):
    """A profile that is added, and is not in the rules, would leave its modem to ModemManager."""

    def setUp(self) -> None:
        self.rules = (PACKAGING / "udev/60-edge-relay-modem.rules").read_text().replace("\\\n", " ").splitlines()

    @staticmethod
    def matches(line: str, key: str, value: str) -> bool:
        found = re.search(re.escape(key) + r'=="([^"]*)"', line)
        return found is not None and value in found.group(1).split("|")

    def test_every_modem_of_a_profile_is_kept_from_modem_manager_and_named(self) -> None:
        seen = 0
        for path in sorted((TREE / "firmware/modem/profiles").glob("*.toml")):
            profile = tomllib.loads(path.read_text())
            for usb in profile.get("match", {}).get("usb", []):
                vendor, product = usb.split(":")
                ignored = [line for line in self.rules if "ID_MM_DEVICE_IGNORE" in line and self.matches(line, "ENV{ID_VENDOR_ID}", vendor) and
                           ("ID_MODEL_ID" not in line or self.matches(line, "ENV{ID_MODEL_ID}", product))]
                self.assertTrue(ignored, f"{path.name}: no rule keeps {usb} from ModemManager")
                interface = profile.get("port", {}).get("at_interface")
                if interface is None:
                    continue
                named = [line for line in self.rules if "EDGE_RELAY_MODEM" in line and self.matches(line, "ENV{ID_VENDOR_ID}", vendor) and
                         self.matches(line, "ENV{ID_MODEL_ID}", product)]
                self.assertEqual(1, len(named), f"{path.name}: {usb} should be named by one rule")
                self.assertTrue(self.matches(named[0], "ENV{ID_USB_INTERFACE_NUM}", interface), f"{path.name}: {usb} takes AT at {interface}")
                seen += 1
        self.assertGreater(seen, 20)

    def test_the_default_device_is_what_the_rules_make(self) -> None:
        settings = tomllib.loads((PACKAGING / "defaults/relay.toml").read_text())
        device = settings["providers"]["modem"]["device"].removeprefix("/dev/")
        self.assertTrue(any(f'SYMLINK+="{device} ' in line for line in self.rules), device)


class ManualPages(unittest.TestCase):
    """Every option of --help stands in the page."""

    def test_options(self) -> None:
        for program, page in (("edge-relayd", "edge-relayd.8"), ("relayctl", "relayctl.1"), ("tpdu", "tpdu.1"),
                              ("edge-bridged", "edge-bridged.8"), ("edge-bridgectl", "edge-bridgectl.1")):
            text = (PACKAGING / "man" / page).read_text().replace("\\-", "-")
            helped = run(str(BIN / program), "--help").stdout
            if program == "relayctl":
                helped += run(str(BIN / program), "console", "--help").stdout
            options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", helped))
            self.assertIn("--help", options)
            for option in options:
                self.assertRegex(text, re.escape(option) + r"(?![a-z-])", f"{page} lacks {option}")

    def test_groff_has_nothing_to_say(self) -> None:
        for page in (PACKAGING / "man").iterdir():
            said = run("man", "--warnings=all", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(page), env={**os.environ, "MANPAGER": "cat"})
            self.assertEqual("", said.stderr, page.name)


class Completion(unittest.TestCase):
    """As bash would call it."""

    def complete(self, *words: str) -> list[str]:
        script = f"""source {PACKAGING}/completion/relayctl
          COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _relayctl; printf '%s\\n' "${{COMPREPLY[@]}}" """
        return sorted(run("bash", "-c", script, "bash", str(BIN / "relayctl"), *words).stdout.split())

    def test_words(self) -> None:
        self.assertIn("show", self.complete(""))
        self.assertIn("console", self.complete(""))
        self.assertEqual(["queue"], self.complete("que"))
        self.assertEqual(["show"], self.complete("--json", "sh"))
        self.assertEqual(["storage", "status"], sorted(self.complete("show", "st"), reverse=True))
        self.assertEqual(["disable", "enable", "reset-breaker"], self.complete("provider", ""))
        self.assertEqual(["simulate"], self.complete("--socket", "/tmp/x", "failover", "s"))
        self.assertEqual([], self.complete("nonsense", ""))
        self.assertIn("--json", self.complete("--j"))


class DefaultSettings(unittest.TestCase):
    """A box starts safely with them: HTTPS, no secret, no provider that costs anything without an account."""

    def test_the_daemon_takes_them(self) -> None:
        checked = run(str(BIN / "edge-relayd"), "--config", str(PACKAGING / "defaults/relay.toml"), "--check-config")
        self.assertEqual(0, checked.returncode, checked.stderr)

    def test_safe(self) -> None:
        settings = tomllib.loads((PACKAGING / "defaults/relay.toml").read_text())
        self.assertTrue(settings["listen"]["tls_self_signed"])
        self.assertTrue(settings["listen"]["tls_certificate_file"].startswith("/var/lib/edge-relay/"))
        self.assertNotIn("plain_http", settings["listen"])
        self.assertEqual(["modem"], settings["chain"]["sms"])

    def test_plain_http_must_be_asked_for(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "relay.toml"
            text = '[listen]\naddress = "{}"\n{}\n[chain]\nsms = ["m"]\n[providers.m]\nkind = "modem"\n'
            for address, more, taken in (("0.0.0.0:8080", "", False), ("[::]:8080", "", False), ("192.0.2.1:80", "", False),
                                         ("127.0.0.1:8080", "", True), ("[::1]:8080", "", True), ("0.0.0.0:8080", "plain_http = true", True),
                                         ("0.0.0.0:8080", "tls_self_signed = true", False)):
                path.write_text(text.format(address, more))
                checked = run(str(BIN / "edge-relayd"), "--config", str(path), "--check-config")
                self.assertEqual(taken, checked.returncode == 0, f"{address} {more}: {checked.stdout}{checked.stderr}")


class BridgeDefaultSettings(unittest.TestCase):
    """A bridge starts safely with them: on loopback, with a key of its own, for nobody."""

    def setUp(self) -> None:
        self.text = (PACKAGING / "defaults/bridge.toml").read_text()

    def check(self, key: str, mode: int = 0o640) -> subprocess.CompletedProcess:
        with tempfile.TemporaryDirectory() as folder:
            key_file = Path(folder) / "master.key"
            key_file.write_text(key)
            key_file.chmod(mode)
            path = Path(folder) / "bridge.toml"
            path.write_text(self.text.replace("/etc/edge-bridge/master.key", str(key_file)))
            return run(str(BIN / "edge-bridged"), "--config", str(path), "--check-config")

    def test_the_daemon_takes_them(self) -> None:
        key = run("sh", "-c", re.search(r"key=\$\((.*)\)$", (PACKAGING / "debian/edge-bridge.postinst").read_text(), re.M).group(1)).stdout
        self.assertRegex(key, r"\A[0-9a-f]{64}\Z")
        checked = self.check(key + "\n")
        self.assertEqual(0, checked.returncode, checked.stderr)
        self.assertNotEqual(0, self.check(key, mode=0o644).returncode, "a key that everybody may read")
        self.assertNotEqual(0, self.check("").returncode, "no key")

    def test_safe(self) -> None:
        settings = tomllib.loads(self.text)
        self.assertTrue(settings["listen"]["address"].startswith("127.0.0.1:"))
        self.assertNotIn("link", settings)
        self.assertEqual(["master_key_file"], list(settings["sealing"]))


class Board(unittest.TestCase):
    """The daemon knows its board, and keeps its hands off the console's line."""

    def test_a_modem_on_the_consoles_line_is_refused(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "relay.toml"
            board = TREE / "boards/olimex-a20-olinuxino/board.toml"
            text = '[listen]\n[board]\nfile = "{}"\n[chain]\nsms = ["m"]\n[providers.m]\nkind = "modem"\ndevice = "{}"\n'
            for device, taken in (("/dev/ttyS0", False), ("/dev/edge-relay/console", False), ("/dev/edge-relay/modem-uart", True), ("usb:1e0e:9001", True)):
                path.write_text(text.format(board, device))
                checked = run(str(BIN / "edge-relayd"), "--config", str(path), "--check-config")
                self.assertEqual(taken, checked.returncode == 0, f"{device}: {checked.stdout}{checked.stderr}")
                if not taken:
                    self.assertIn("maintenance console", checked.stderr)


class Files(unittest.TestCase):
    """Everything of packaging/ is in a package: a file that is forgotten is a feature that is missing on the box."""

    def test_all_are_packed(self) -> None:
        wanted = {path.relative_to(PACKAGING).as_posix() for path in PACKAGING.rglob("*") if path.is_file()}
        lists = "\n".join(path.read_text() for path in (PACKAGING / "debian").iterdir()) + (TREE / "tools/package").read_text()
        for name in wanted:
            if not name.startswith("debian/"):
                self.assertTrue(name in lists, f"packaging/{name} is in no package")


if __name__ == "__main__":
    unittest.main()
