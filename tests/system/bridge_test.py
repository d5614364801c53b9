#!/usr/bin/python3
"""What providers say reaches a box that nobody can reach: cloud-sim, the bridge, the box, the application's GET."""

import json
import unittest
from typing import Any

from edge_relay_harness import settings
from edge_relay_harness.bridge import ACCOUNT_TENANT, Bridge
from edge_relay_harness.case import SystemTest
from edge_relay_harness.settings import TWILIO_SENDER, BoxSettings
from edge_relay_harness.waiting import eventually

TO = "+15551230001"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:sms-events"


class ThroughTheBridge(SystemTest):
    """One tenant, one box, one Twilio account."""

    def setUp(self) -> None:
        super().setUp()
        self.clouds = self.start_clouds()
        # The box may ask Twilio as well; here it hears nothing that way, so that what it knows came over the link.
        self.clouds.fault("twilio", "server_error", status=503, operation="look_up", count=100_000)
        self.clouds.set(callbacks=True, status_delay_ms=50)
        self.bridge = Bridge(self._folder("bridge"), self.clouds)
        self.addCleanup(self.bridge.end)
        self.bridge.start()
        self._programs.append(self.bridge.runs[-1])
        link = self.bridge.make_tenant("b1", TWILIO_SENDER)
        provider = settings.twilio(self.clouds, status_callback=self.bridge.webhook("twilio/sms"))
        self.box = self.start_box(BoxSettings({"main": provider}).with_table("bridge", **link))
        self.bridge.wait_for_enrolment("b1")

    def receive(self, text: str) -> None:
        """Somebody writes to our number."""
        self.clouds.receive(self.bridge.webhook("twilio/sms"), TO, TWILIO_SENDER, text)

    def inbound(self) -> list[str]:
        """Texts that the application reads."""
        answer = self.box.api.call("GET", "/v1/inbound")
        return [message["text"] for message in answer.json["messages"]]

    def wait_for_inbound(self, *texts: str) -> None:
        """Exactly these, in any order: each call is one of its own."""
        eventually(f"{len(texts)} inbound messages", lambda: len(self.inbound()) >= len(texts), timeout_s=60)
        self.assertEqual(sorted(texts), sorted(self.inbound()))

    def webhooks(self) -> dict[str, Any]:
        """How the clouds' calls fared."""
        return self.clouds.stats("webhooks")

    def test_a_receipt_and_an_inbound_message_arrive(self) -> None:
        message_id = self.box.api.send(TO, "hello")
        record = self.box.api.wait_for_state(message_id, "delivered", timeout_s=30)
        self.assertEqual("delivered", record["attempts"][0]["receipt"])
        self.receive("and hello to you")
        self.wait_for_inbound("and hello to you")
        eventually("all to be acknowledged", lambda: all(e["acknowledged"] for e in self.bridge.events()), 40)

    def test_a_failure_arrives_with_its_code(self) -> None:
        self.clouds.set(final_status="undelivered", final_error_code=30003)
        record = self.box.api.wait_for_state(self.box.api.send(TO, "hello"), "failed", timeout_s=30)
        self.assertEqual("30003", record["attempts"][0]["code"])

    def test_a_receipt_settles_a_lost_answer(self) -> None:
        """Accepted, but the answer never came: the callback names our message, and no second copy goes out."""
        self.clouds.fault("twilio", "reset_after")
        record = self.box.api.wait_for_state(self.box.api.send(TO, "once only"), "delivered", timeout_s=60)
        self.assertEqual(1, len(self.clouds.accepted("twilio")))
        self.assertEqual(1, len(record["attempts"]))

    def test_what_came_while_the_box_was_off_waits_for_it(self) -> None:
        self.box.kill9()
        self.receive("one")
        self.receive("two")
        eventually("the bridge to have them", lambda: len(self.bridge.events()) == 2)
        self.box.start()
        self.wait_for_inbound("one", "two")
        self.box.kill9()
        self.box.start()  # nothing comes twice
        self.receive("three")
        self.wait_for_inbound("one", "two", "three")

    def test_nothing_that_was_taken_is_lost_with_the_bridge(self) -> None:
        """SIGKILL again and again under load: what was answered 2xx arrives once, the rest is sent again by the provider."""
        expected = []
        for turn in range(4):
            for i in range(10):
                expected.append(f"{turn}-{i}")
                self.receive(expected[-1])
            eventually("some to be taken", lambda t=turn: self.webhooks()["taken"] > t * 10 + 2)
            self.bridge.kill9()
            self.bridge.start()
            self._programs.append(self.bridge.runs[-1])
        eventually("all to be taken", lambda: self.webhooks()["waiting"] == 0, timeout_s=60)
        self.assertEqual(0, self.webhooks()["refused"])
        self.wait_for_inbound(*expected)

    def test_the_box_says_whether_it_reaches_the_bridge(self) -> None:
        def link() -> dict[str, Any]:
            return dict(self.box.api.call("GET", "/v1/health").json["bridge"])

        self.receive("anything")  # else the first answer takes its half minute
        eventually("the link to be up", lambda: link()["state"] == "up", timeout_s=40)
        self.assertTrue(link()["box"].endswith(".b1"), link())
        self.bridge.kill9()
        eventually("the box to miss it", lambda: link()["state"] == "connecting" and link().get("reason"), timeout_s=40)

    def test_amazon_speaks_to_the_box_too(self) -> None:
        message = {"originationNumber": TO, "destinationNumber": TWILIO_SENDER, "messageBody": "STOP"}
        values = {"url": self.bridge.webhook("aws-sns"), "topic": TOPIC, "message": json.dumps(message)}
        self.clouds._call("POST", "/publish", values)
        eventually("the topic to be refused", lambda: self.webhooks()["refused"] == 1, timeout_s=30)
        self.bridge.control("route", "put", ACCOUNT_TENANT, "topic", TOPIC)
        for version in ("1", "2"):
            self.clouds._call("POST", "/publish", {**values, "version": version})
        self.wait_for_inbound("STOP", "STOP")
        self.assertEqual(200, self.box.api.call("GET", f"/v1/opt-outs/{TO.replace('+', '%2B')}").status)

    def test_nobody_else_is_let_in(self) -> None:
        self.assertEqual(403, self.bridge.call("POST", "/api/webhooks/twilio/sms", b"AccountSid=AC1&Body=x"))
        self.assertEqual(401, self.bridge.call("GET", "/v1/admin/tenants"))
        self.assertEqual(403, self.bridge.call("POST", "/v1/link/enrol", b'{"code":"guess","request":""}'))
        self.bridge.control("box", "revoke", ACCOUNT_TENANT, "b1")
        self.box.program.wait_for_line("bridge_down.*403", timeout_s=60)
        self.receive("for nobody")
        eventually("the bridge to have it", lambda: len(self.bridge.events()) == 1)
        self.assertEqual([], self.inbound())


if __name__ == "__main__":
    unittest.main()
