#!/usr/bin/python3
"""relay.toml: what is wrong is said with file, line and reason, before anything starts; SIGHUP; one box at a time."""

import signal
import unittest

from edge_relay_harness import settings
from edge_relay_harness.box import Box
from edge_relay_harness.case import SystemTest
from edge_relay_harness.process import Program
from edge_relay_harness.settings import BoxSettings
from edge_relay_harness.waiting import eventually

TO = "+15551230001"


class SettingsTest(SystemTest):
    """A box with Twilio only."""

    def setUp(self) -> None:
        super().setUp()
        self.clouds = self.start_clouds()
        self.settings = BoxSettings({"twilio": settings.twilio(self.clouds)})


class Mistakes(SettingsTest):
    """Neither --check-config nor a start takes them."""

    def setUp(self) -> None:
        super().setUp()
        self.box = self.make_box(self.settings)
        self.good = self.box.settings_path.read_text()

    def assert_refused(self, text: str, *words: str) -> None:
        """Both ways of reading the file refuse it with a sentence that has `words`."""
        self.box.settings_path.write_text(text)
        status, checked = self.box.check_config()
        run = self.box.launch()
        self.assertNotEqual(0, run.wait())
        for said in (checked, "\n".join(run.lines)):
            for word in words:
                self.assertIn(word, said)
        self.assertNotEqual(0, status)
        self.assertFalse((self.box.directory / "outbox.db").exists())

    def line_of(self, text: str, beginning: str) -> str:
        """ "FILE:LINE:" of the line that begins so."""
        number = next(n for n, line in enumerate(text.splitlines(), 1) if line.startswith(beginning))
        return f"{self.box.settings_path}:{number}:"

    def test_good(self) -> None:
        status, said = self.box.check_config()
        self.assertEqual(0, status, said)

    def test_unknown_setting(self) -> None:
        text = self.good.replace("auth_token =", "auth_tokn =")
        self.assert_refused(text, self.line_of(text, "auth_tokn"), "auth_token")

    def test_unknown_table(self) -> None:
        text = self.good + "\n[upllink]\n"
        self.assert_refused(text, self.line_of(text, "[upllink]"), "uplink")

    def test_wrong_type(self) -> None:
        text = self.good.replace('sms = ["twilio"]', "sms = 5")
        self.assert_refused(text, self.line_of(text, "sms = 5"))

    def test_out_of_range(self) -> None:
        text = self.good.replace("[chain]", '[chain]\nprobe_interval = "1ms"')
        self.assert_refused(text, self.line_of(text, "probe_interval"), "probe_interval")

    def test_unit_missing(self) -> None:
        text = self.good.replace("[chain]", '[chain]\nprobe_interval = "10"')
        self.assert_refused(text, self.line_of(text, "probe_interval"))

    def test_not_toml(self) -> None:
        text = self.good + "\n[chain\n"
        self.assert_refused(text, str(self.box.settings_path))

    def test_chain_names_nobody(self) -> None:
        self.assert_refused(self.good.replace('sms = ["twilio"]', 'sms = ["twilo"]'), "twilo")

    def test_all_mistakes_at_once(self) -> None:
        text = self.good.replace("auth_token =", "auth_tokn =").replace("[chain]", "[chain]\nretry_frist = 1")
        self.assert_refused(text, "auth_tokn", "retry_frist")

    def test_secret_that_everybody_may_read_is_warned_about(self) -> None:
        self.box.settings_path.chmod(0o644)
        self.box.start()
        warning = self.box.program.wait_for_line(r"warning .*relay\.toml:\d+: \[providers\.twilio\] auth_token: .*")[0]
        self.assertIn("chmod o-r", warning)

    def test_missing_file(self) -> None:
        self.box.settings_path.unlink()
        status, said = self.box.check_config()
        self.assertNotEqual(0, status)
        self.assertIn(str(self.box.settings_path), said)


class Reload(SettingsTest):
    """SIGHUP."""

    def test_reloadable_setting_takes_effect(self) -> None:
        box = self.start_box(self.settings)
        self.assertEqual(202, box.api.submit(to=TO, text="more than five").status)
        box.configure(self.settings.with_table("admission", max_text_characters=5))
        box.reload()
        box.program.wait_for_line(r"settings_reloaded")
        self.assertEqual("text-invalid", box.api.submit(to=TO, text="more than five").problem)
        self.assertEqual(202, box.api.submit(to=TO, text="five5").status)

    def test_setting_that_needs_a_restart_says_so(self) -> None:
        box = self.start_box(self.settings)
        box.configure(self.settings.with_table("chain", probe_interval="5s"))
        box.reload()
        box.program.wait_for_line(r"setting_needs_restart .*probe_interval")

    def test_bad_file_changes_nothing(self) -> None:
        box = self.start_box(self.settings)
        box.settings_path.write_text("[listen\n")
        box.reload()
        box.program.wait_for_line(r"settings_refused.*relay\.toml:1")
        box.api.wait_for_state(box.api.send(TO, "hello"), "sent", "delivered")


class OneBox(SettingsTest):
    """Two daemons on one store or one port would break every promise."""

    def assert_refused(self, second: Box, *words: str) -> None:
        run: Program = second.launch()
        self.assertNotEqual(0, run.wait())
        said = "\n".join(run.lines)
        for word in words:
            self.assertIn(word, said)

    def test_same_store(self) -> None:
        first = self.start_box(self.settings)
        store = str(first.directory / "outbox.db")
        second = self.make_box(self.settings.with_table("storage", path=store), "second")
        self.assert_refused(second, "outbox.db")
        first.api.wait_for_state(first.api.send(TO, "hello"), "sent", "delivered")

    def test_same_port(self) -> None:
        first = self.start_box(self.settings)
        address = f"127.0.0.1:{first.port}"
        second = self.make_box(self.settings.with_table("listen", address=address), "second")
        self.assert_refused(second, str(first.port))

    def test_same_admin_socket(self) -> None:
        first = self.start_box(self.settings)
        path = str(first.socket_path)
        second = self.make_box(self.settings.with_table("admin", socket=path), "second")
        self.assert_refused(second, "admin.sock")
        first.add_key("after")
        self.assertIn("after", first.control("key", "list"))

    def test_killed_box_leaves_nothing_in_the_way(self) -> None:
        box = self.start_box(self.settings)
        box.kill9()
        box.start()
        box.stop()


class Stop(SettingsTest):
    """SIGTERM and SIGINT end it with status 0."""

    def test_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name):
                box = self.start_box(self.settings, number.name)
                box.program.signal(number)
                self.assertEqual(0, box.program.wait(10))

    def test_admin_socket_is_removed(self) -> None:
        box = self.start_box(self.settings)
        eventually("the admin socket", box.socket_path.exists)
        box.stop()
        self.assertFalse(box.socket_path.exists())


if __name__ == "__main__":
    unittest.main()
