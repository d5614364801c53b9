#!/usr/bin/python3
"""The bridge sends for a box that has no credentials: cloud-sim behind the bridge, nothing lost, nothing twice."""

import unittest

from edge_relay_harness import settings
from edge_relay_harness.bridge import Bridge
from edge_relay_harness.case import SystemTest
from edge_relay_harness.proxy import LossyProxy
from edge_relay_harness.settings import TWILIO_SENDER, BoxSettings
from edge_relay_harness.waiting import eventually

TO = "+15551230001"


class SentByTheBridge(SystemTest):
    """A box with the chain bridge, modem; a tenant whose chain is Twilio."""

    def setUp(self) -> None:
        super().setUp()
        self.clouds = self.start_clouds()
        self.clouds.set(callbacks=True, status_delay_ms=50)
        self.bridge = Bridge(self._folder("bridge"), self.clouds)
        self.addCleanup(self.bridge.end)
        self.start_bridge()
        self.proxy = LossyProxy(self.bridge.link_port)
        self.addCleanup(self.proxy.close)
        link = self.bridge.make_tenant("b1", TWILIO_SENDER)
        link_port = self.bridge.link_port
        connect_to = [f"localhost:{link_port}:127.0.0.1:{self.proxy.port}"]
        self.bridge.send_by(settings.chain_of(main=settings.twilio(self.clouds, not_sent_after="10s")))
        self.modem = self.start_modem("--latency", "20")
        providers = {"cloud": settings.bridge(), "modem": settings.modem(self.modem.link)}
        tables = {"chain": settings.quick_breakers()}
        self.box = self.start_box(BoxSettings(providers, tables).with_table("bridge", **link, connect_to=connect_to))
        self.bridge.wait_for_enrolment("b1")
        self.api = self.box.api

    def start_bridge(self) -> None:
        """Starts it, for the first time or again."""
        self.bridge.start()
        self._programs.append(self.bridge.runs[-1])

    def texts_at_twilio(self) -> list[str]:
        """What Twilio accepted."""
        return [str(message["text"]) for message in self.clouds.accepted("twilio")]

    def providers_of(self, message_id: str) -> list[str]:
        """Who was asked, in order."""
        return [str(attempt["provider"]) for attempt in self.api.message(message_id)["attempts"]]

    def test_a_message_goes_out_and_its_receipt_comes_back(self) -> None:
        message_id = self.api.send(TO, "hello")
        record = self.api.wait_for_state(message_id, "delivered", timeout_s=30)
        self.assertEqual(["cloud"], [attempt["provider"] for attempt in record["attempts"]])
        self.assertEqual("delivered", record["attempts"][0]["receipt"])
        self.assertEqual(["hello"], self.texts_at_twilio())
        settings_text = (self.box.directory / "relay.toml").read_text(encoding="utf-8")
        self.assertNotIn(self.clouds.credentials("twilio")["auth_token"], settings_text)

    def test_a_failure_comes_back_with_its_code(self) -> None:
        self.clouds.set(final_status="undelivered", final_error_code=30003)
        record = self.api.wait_for_state(self.api.send(TO, "hello"), "failed", timeout_s=30)
        self.assertEqual("30003", record["attempts"][0]["code"])

    def test_an_answer_that_is_lost_makes_no_second_copy(self) -> None:
        """Lost between the bridge's commit and the box, again and again, until the way is whole once more."""
        self.proxy.lose_answers()
        message_id = self.api.send(TO, "once only")
        eventually("Twilio to have it", lambda: self.texts_at_twilio() == ["once only"], timeout_s=30)
        eventually("more than one answer to be lost", lambda: self.proxy.lost > 1, timeout_s=30)
        self.proxy.heal()
        self.api.wait_for_state(message_id, "delivered", timeout_s=60)
        self.assertEqual(["cloud"], self.providers_of(message_id))
        self.assertEqual(["once only"], self.texts_at_twilio())
        self.assertEqual([], self.modem.messages())

    def test_an_answer_lost_for_good_is_settled_by_asking(self) -> None:
        """The attempt's time passes without an answer: it is unknown, until the bridge can be asked."""
        self.proxy.lose_answers()
        message_id = self.api.send(TO, "once only", "once", expires_in=3600)
        self.box.program.wait_for_line("attempt .*outcome=unknown", timeout_s=60)
        self.proxy.heal()
        self.api.wait_for_state(message_id, "delivered", timeout_s=60)
        self.assertEqual(["once only"], self.texts_at_twilio())

    def test_nothing_is_lost_or_sent_twice_when_the_bridge_is_killed(self) -> None:
        """SIGKILL under load. What the bridge was sending just then it asks Twilio for, which takes half a minute."""
        ids: dict[str, str] = {}
        for turn in range(2):
            for i in range(15):
                ids[f"{turn}-{i}"] = self.api.send(f"+155512300{turn}{i:02}", f"{turn}-{i}")
            eventually("some to be out", lambda t=turn: len(self.texts_at_twilio()) > t * 10 + 2, timeout_s=60)
            for _ in range(2):  # the second one meets the asking that the first one has left
                self.bridge.kill9()
                self.start_bridge()
            eventually("all to be out", lambda: all(self.is_out(one) for one in ids.values()), timeout_s=120)
        by_modem = [text for text, message_id in ids.items() if "modem" in self.providers_of(message_id)]
        by_bridge = sorted(self.texts_at_twilio())
        self.assertEqual(sorted(set(by_bridge)), by_bridge, "sent twice by Twilio")
        self.assertEqual(set(ids), set(by_bridge) | set(by_modem), "lost")
        self.assertEqual(set(), set(by_bridge) & set(by_modem), "sent by both")

    def is_out(self, message_id: str) -> bool:
        """Delivered, or sent by the modem, whose network tells nothing."""
        record = self.api.message(message_id)
        by_modem = record["attempts"] and record["attempts"][-1]["provider"] == "modem"
        return record["state"] == "delivered" or (record["state"] == "sent" and bool(by_modem))

    def test_without_the_bridge_the_modem_sends(self) -> None:
        self.bridge.kill9()
        message_id = self.api.send(TO, "by radio", "alarm")
        record = self.api.wait_for_state(message_id, "sent", "delivered", timeout_s=30)
        self.assertEqual("modem", record["attempts"][-1]["provider"])

    def test_where_the_bridge_finds_no_way_the_modem_does(self) -> None:
        """Twilio is down: what the bridge has taken comes back to the box, certainly unsent."""
        self.clouds.down("twilio")
        message_id = self.api.send(TO, "by radio", "alarm")
        eventually("the modem's turn", lambda: self.providers_of(message_id)[-1:] == ["modem"], timeout_s=40)
        attempts = self.api.wait_for_state(message_id, "sent", "delivered")["attempts"]
        self.assertEqual({"cloud"}, {attempt["provider"] for attempt in attempts[:-1]})
        self.assertEqual({"unavailable"}, {attempt["outcome"] for attempt in attempts[:-1]})
        self.assertEqual([], self.texts_at_twilio())

    def test_a_tenants_chain_is_kept_and_shown_without_its_secrets(self) -> None:
        shown = self.bridge.control("chain", "show", "acme")
        self.assertTrue(shown["sends"])
        self.assertIn("providers.main", shown["chain"])
        self.bridge.control("chain", "remove", "acme")
        message_id = self.api.send(TO, "by radio", "alarm")
        self.api.wait_for_state(message_id, "sent", "delivered", timeout_s=30)
        self.assertEqual("modem", self.providers_of(message_id)[-1])


if __name__ == "__main__":
    unittest.main()
