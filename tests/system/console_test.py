"""The serial console, as a technician uses it: key presses, screens, a dead daemon, a slow and noisy line."""

from __future__ import annotations

import json
import re
import sqlite3
import unittest

from edge_relay_harness.console import PROMPT, Console, relayctl
from edge_relay_harness.console_case import NUMBER, PASSWORD, ConsoleTest


class Login(ConsoleTest):
    def test_the_label_password_is_good_for_one_login(self) -> None:
        label = self.provision()
        console = self.console()
        self.assertTrue(any("Edge Relay" in line for line in console.lines()))
        self.assertTrue(any(line.startswith("State: OK") for line in console.lines()), console.lines())
        console.send("admin\r")
        console.expect("password: ")
        console.send("not the password\r")
        console.expect("ERR E-LOGIN")
        console.expect("login: ")
        console.send("admin\r")
        console.expect("password: ")
        console.send(label + "\r")
        console.expect("new password: ")
        console.send("short\r")
        console.expect("once more: ")
        console.send("short\r")
        console.expect("at least 10")
        console.expect("new password: ")
        console.send(PASSWORD + "\r")
        console.expect("once more: ")
        console.send(PASSWORD + "\r")
        console.expect(r"# $")
        screen = "\n".join(console.lines())
        self.assertNotIn(label, screen)
        self.assertNotIn(PASSWORD, screen)
        console.send("exit\r")
        console.expect("Logged out")
        console.send("\r")
        console.expect("login: ")
        console.log_in("admin", PASSWORD)
        audit, closing = console.run("show audit")
        self.assertEqual("OK", closing)
        for what in ("refused", "password changed", "login", "logout"):
            self.assertIn(what, audit)
        self.assertNotIn(label, audit)

    def test_wrong_passwords_make_the_next_one_wait(self) -> None:
        self.provision()
        with sqlite3.connect(self.box.directory / "console.db") as store:
            console = Console(self.box)
            self.addCleanup(console.end)
            store.execute("INSERT INTO failed_logins VALUES (?, 6)", (console.port,))
            store.commit()
        console.expect_open()
        console.send("\r")
        console.expect(r"next login is possible in 2 min")

    def test_a_role_ends_where_it_ends(self) -> None:
        console = self.technician("view")
        self.assertEqual("OK", console.run("show status")[1])
        self.assertIn("wants the role tech", console.run("queue pause")[1])
        self.assertIn("wants the role admin", console.run("show users")[1])
        self.assertNotIn("user add", console.run("terminal length 0")[0] + console.run("help")[0])


class Keys(ConsoleTest):
    def test_a_person_edits_completes_and_asks(self) -> None:
        console = self.technician()
        console.send("sh\tstat\t")
        console.expect("show status ")
        console.send("\x15show sta?")
        console.expect(r"status +The box in one screen")
        console.expect(r"show sta$")
        console.send("\x01\x0bshw\x1b[D\x1b[Do\x7fho\x05 clock\x17clock")  # as people do
        console.send("\x15show clok\x1b[Dc\r")
        console.expect(r"Trusted")
        console.expect(PROMPT)
        console.send("\x1b[A")
        console.expect(r"show clock$")
        console.send("\r")
        console.expect(PROMPT)
        console.send("half a line\x03")
        console.expect(PROMPT)
        console.send("show log follow\r")
        console.expect(r"follow\s*\n")
        with (self.box.directory / "daemon.log").open("a", encoding="utf-8") as log:
            log.write("a new line\n")
        console.expect("a new line")
        console.send("\x03")
        console.expect("ERR E-CANCELLED")

    def test_long_answers_come_by_the_page(self) -> None:
        console = self.technician()
        console.send("help\r")
        console.expect("--More--")
        self.assertEqual("--More--", console.lines()[23])
        self.assertTrue(console.lines()[22])
        console.send("/queue retry\r")
        console.expect(r"queue retry +Try a waiting")
        console.expect("--More--")
        console.send("q")
        console.expect(PROMPT)
        console.run("terminal length 0")
        output, closing = console.run("help")
        self.assertNotIn("--More--", output)
        self.assertEqual("OK", closing)
        self.assertTrue(all(len(line) <= 110 for line in output.splitlines()))

    def test_a_slow_and_noisy_line_is_only_slow(self) -> None:
        console = self.technician(baud=9600)
        before = console.received
        console.send("show version")
        console.expect("show version")
        self.assertLessEqual(console.received - before, 16, "a key costs about one byte")
        console.send("\r")
        console.expect(r"OK\n")
        for noise in (b"\xff\x00\xfe\x80\xc3", b"\x1b[\x1b[999999999999", b"\x1b]0;x\xf0\x9f", bytes(range(128, 256))):
            console.send(noise)
            console.send(b"\x03")
            console.expect(PROMPT)
            output, closing = console.run("show version")
            self.assertEqual("OK", closing)
            self.assertIn("relayctl", output)

    def test_scripts_get_closing_lines_and_nothing_else(self) -> None:
        console = self.technician()
        console.send("terminal batch on\r")
        console.expect(r"OK\n")
        console.send("show breakers | json\r")
        output = console.expect(r"(?s)\{.*\}\nOK\n")[0]
        self.assertEqual(2, len(json.loads(output.removesuffix("OK\n"))["breakers"]))
        console.send("show nonsense\r")
        self.assertEqual("ERR E-USAGE", console.expect(r"[^\n]*\n")[0][:11])

    def test_nothing_from_outside_reaches_the_terminal(self) -> None:
        (self.box.directory / "daemon.log").write_bytes(b"an \x1b[2J SMS said \xc2\x9b31m \x07 OK\r\nforged\n")
        console = self.technician()
        output, _ = console.run("show log")
        self.assertIn(r"an \x1b[2J SMS said \x9b31m \x07 OK\x0d", output)
        self.assertNotIn("\x1b[2J", output)


class Work(ConsoleTest):
    def test_commissioning_a_box(self) -> None:
        console = self.technician()
        console.run("terminal length 0")
        output, closing = console.run(f"test send {NUMBER} via aws wait 3")
        self.assertRegex(output, r"try 1 by aws")
        self.assertRegex(output, r"aws: accepted")
        self.assertRegex(closing + output, "OK|E-TIMEOUT")
        message = re.search(r"message (\w{13})", output)
        assert message is not None
        output, closing = console.run(f"show message {message[1]}")
        self.assertIn("aws", output)
        self.assertNotIn(NUMBER, output)
        output, closing = console.run("selftest")
        self.assertEqual("OK", closing)
        self.assertRegex(output, r"PASS +daemon")
        self.assertRegex(output, r"\d+ passed")
        self.assertIn("E-NOT-FOUND", console.run(f"test send {NUMBER} via nobody")[1])
        self.assertIn("E-USAGE", console.run("test send 0401234567")[1])

    def test_orders_change_the_way_of_messages(self) -> None:
        console = self.technician()
        console.run("terminal length 0")
        self.assertEqual("OK", console.run("provider disable twilio")[1])
        self.assertRegex(console.run("show providers")[0], r"twilio .*switched off by hand")
        console.send("\r")
        console.expect(r"\[DEG\]> $")
        message = self.box.api.send(NUMBER, "by the second way")
        record = self.box.api.wait_for_state(message, "sent", "delivered")
        self.assertEqual("aws", record["attempts"][0]["provider"])
        self.assertEqual("OK", console.run("provider enable twilio")[1])

        self.assertEqual("OK", console.run("queue pause 5")[1])
        waiting = self.box.api.send(NUMBER, "waits")
        self.assertRegex(console.run("show queue")[0], waiting + r" +queued")
        self.assertRegex(console.run("show alarms")[0], r"E-QUEUE-001")
        self.assertEqual("OK", console.run(f"queue cancel {waiting}")[1])
        self.assertIn("E-STATE", console.run(f"queue cancel {waiting}")[1])
        self.box.api.send(NUMBER, "purged", "bulk")
        self.assertEqual("OK", console.run("queue resume")[1])

        self.assertEqual("OK", console.run("failover simulate uplink-down 5")[1])
        self.assertRegex(console.run("show status")[0], r"Uplink: +down")
        self.assertEqual("OK", console.run("failover end")[1])
        self.assertRegex(console.run("show status")[0], r"Uplink: +unwatched")

    def test_a_breaker_is_reset_by_hand(self) -> None:
        console = self.technician()
        self.clouds.fault("twilio", "credentials", count=20)
        opens = self.box.api.send(NUMBER, "opens the breaker")
        self.box.api.wait_for_state(opens, "sent", "delivered")
        self.assertRegex(console.run("show breakers")[0], r"twilio +(open|half_open)")
        self.clouds.clear("twilio")
        self.assertEqual("OK", console.run("provider reset-breaker twilio")[1])
        self.assertRegex(console.run("show breakers")[0], r"twilio +closed")

    def test_a_dead_daemon_leaves_a_living_console(self) -> None:
        console = self.technician()
        console.run("terminal length 0")
        console.run("queue pause 60")
        waiting = self.box.api.send(NUMBER, "still there")
        self.box.kill9()
        console.send("\r")
        console.expect(r"\[DEAD\]> $")
        output, closing = console.run("show status")
        self.assertEqual("OK", closing)
        self.assertIn("edge-relayd does not answer", output)
        self.assertRegex(output, r"queued: +1 ")
        output, _ = console.run("show queue")
        self.assertIn(waiting, output)
        self.assertNotIn(NUMBER, output)
        self.assertIn("queued", console.run(f"show message {waiting}")[0])
        self.assertIn("E-UNAVAILABLE", console.run("queue resume")[1])
        self.assertRegex(console.run("selftest")[0], r"FAIL +daemon")
        self.assertIn("E-UNAVAILABLE", console.run("restart")[1])  # no service manager here
        self.box.start()
        console.send("\r")
        console.expect(r"[^\]]> $")

    def test_restart_comes_back(self) -> None:
        console = self.technician()
        self.supervise(self.box)
        output, closing = console.run("restart")
        self.assertEqual("OK", closing)
        self.assertIn("State: ", output)

    def test_a_support_bundle_says_nothing_private(self) -> None:
        message = self.box.api.send(NUMBER, "a very private text")
        self.box.api.wait_for_state(message, "sent", "delivered")
        (self.box.directory / "daemon.log").write_text("\n".join(self.box.log) + f"\nto={NUMBER}\n", encoding="utf-8")
        result = relayctl(self.box, "support-bundle")
        self.assertEqual(0, result.returncode, result.stderr)
        bundles = list(self.box.directory.glob("support-*.txt"))
        self.assertEqual(1, len(bundles))
        text = bundles[0].read_text(encoding="utf-8")
        self.assertIn("===== show status =====", text)
        account = self.clouds.credentials("twilio")
        for secret in ("a very private text", NUMBER, account["auth_token"]):
            self.assertNotIn(secret, text)


class Settings(ConsoleTest):
    def test_a_change_is_checked_committed_and_rolled_back(self) -> None:
        console = self.technician()
        console.run("terminal length 0")
        before = self.box.settings_path.read_text(encoding="utf-8")
        console.send("config set admission.max_recipients 7\r")
        console.expect(r"\+ max_recipients = 7\n")
        console.expect(r"\(config\)\*> $")
        self.assertEqual("OK", console.run("config check")[1])
        console.run("config set admission.max_recipients many")
        output, closing = console.run("config check")
        self.assertIn("max_recipients", output)
        self.assertIn("E-USAGE", closing)
        self.assertIn("E-USAGE", console.run("config commit")[1])
        self.assertEqual(before, self.box.settings_path.read_text(encoding="utf-8"))
        console.run("config set admission.max_recipients 7")
        output, closing = console.run("config commit confirm 5")
        self.assertEqual("OK", closing)
        self.assertIn("max_recipients = 7", self.box.settings_path.read_text(encoding="utf-8"))
        refused = self.box.api.submit(to=[f"+1555123{n:04}" for n in range(8)], text="x")
        self.assertEqual("too-many-recipients", refused.problem)
        self.assertEqual("OK", console.run("config confirm")[1])
        self.assertEqual("OK", console.run("config rollback")[1])
        self.assertEqual(before, self.box.settings_path.read_text(encoding="utf-8"))

    def test_what_is_not_confirmed_is_taken_back_after_a_reboot(self) -> None:
        console = self.technician()
        before = self.box.settings_path.read_text(encoding="utf-8")
        console.run("config set admission.max_recipients 7")
        console.run("config commit confirm 60")
        self.assertNotEqual(before, self.box.settings_path.read_text(encoding="utf-8"))
        console.program.kill()
        with sqlite3.connect(self.box.directory / "console.db") as store:
            store.execute("UPDATE unconfirmed SET boot_id = 'another boot'")
        store.close()
        second = self.console()
        self.assertEqual(before, self.box.settings_path.read_text(encoding="utf-8"))
        second.log_in("anna", PASSWORD)
        self.assertIn("E-STATE", second.run("config confirm")[1])

    def test_a_file_travels_without_its_secrets(self) -> None:
        console = self.technician()
        console.run("terminal length 0")
        exported, _ = console.run("config export")
        token = self.clouds.credentials("twilio")["auth_token"]
        self.assertNotIn(token, exported)
        console.send("config import\r")
        console.expect("dot alone")
        changed = exported.replace("[storage]", "[admission]\nmax_recipients = 9\n\n[storage]")
        console.send(changed.replace("\n", "\r") + "\r.\r")
        console.expect(r"\+ max_recipients = 9\n")
        console.expect(PROMPT)
        self.assertEqual("OK", console.run("config commit")[1])
        self.assertIn(token, self.box.settings_path.read_text(encoding="utf-8"))


class CommandLine(ConsoleTest):
    def test_the_same_commands_serve_scripts(self) -> None:
        good = relayctl(self.box, "show", "status", "--json")
        self.assertEqual(0, good.returncode, good.stderr)
        self.assertEqual("OK", json.loads(good.stdout)["state"])
        self.assertEqual("OK", good.stderr.strip().splitlines()[-1])
        wrong = relayctl(self.box, "show", "nonsense")
        self.assertEqual(2, wrong.returncode)
        self.assertRegex(wrong.stderr, r"^ERR E-USAGE ")
        missing = relayctl(self.box, "show", "message", "0cmzds22cq91h")
        self.assertEqual(1, missing.returncode)
        self.assertRegex(missing.stderr, r"^ERR E-NOT-FOUND ")
        unsure = relayctl(self.box, "queue", "purge", "bulk")
        self.assertRegex(unsure.stderr, r"ERR E-STATE .*--yes")
        self.assertEqual(0, relayctl(self.box, "--yes", "queue", "purge", "bulk").returncode)


if __name__ == "__main__":
    unittest.main()
