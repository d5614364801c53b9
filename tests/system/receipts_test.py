#!/usr/bin/python3
"""Acceptance is not delivery: what the world says later."""

import unittest

from edge_relay_harness import settings
from edge_relay_harness.case import SystemTest
from edge_relay_harness.settings import BoxSettings

TO = "+15551230001"


class TwilioReceipts(SystemTest):
    """A box behind NAT hears no callback, so it asks."""

    def setUp(self) -> None:
        super().setUp()
        self.clouds = self.start_clouds()
        self.api = self.start_box(BoxSettings({"twilio": settings.twilio(self.clouds)})).api

    def test_delivered(self) -> None:
        message_id = self.api.send(TO, "hello")
        record = self.api.wait_for_state(message_id, "delivered", timeout_s=30)
        self.assertEqual("delivered", record["attempts"][0]["receipt"])

    def test_undelivered(self) -> None:
        self.clouds.set(final_status="undelivered", final_error_code=30003)
        record = self.api.wait_for_state(self.api.send(TO, "hello"), "failed", timeout_s=30)
        self.assertEqual("failed", record["attempts"][0]["receipt"])
        self.assertEqual(1, len(self.clouds.accepted()))  # a failed receipt sends nothing again

    def test_sent_is_not_delivered(self) -> None:
        self.clouds.set(final_status="sent")
        message_id = self.api.send(TO, "hello")
        self.api.wait_for_state(message_id, "sent")
        self.assertNotIn("delivered", str(self.api.message(message_id)["attempts"]))

    def test_asked_again_after_a_restart(self) -> None:
        self.clouds.set(status_delay_ms=60_000)
        box = self._boxes[0]
        message_id = self.api.send(TO, "hello")
        self.api.wait_for_state(message_id, "sent")
        box.kill9()
        self.clouds.set(status_delay_ms=1)
        box.start().api.wait_for_state(message_id, "delivered", timeout_s=30)


class ModemReceipts(SystemTest):
    """The network's status reports."""

    def start(self, report: str) -> None:
        self.modem = self.start_modem("--report", report, "--report-delay", "100")
        self.api = self.start_box(BoxSettings({"modem": settings.modem(self.modem.link)})).api

    def test_delivered(self) -> None:
        self.start("delivered")
        record = self.api.wait_for_state(self.api.send(TO, "hello"), "delivered", timeout_s=30)
        self.assertEqual("delivered", record["attempts"][0]["receipt"])

    def test_failed(self) -> None:
        self.start("failed")
        self.api.wait_for_state(self.api.send(TO, "hello"), "failed", timeout_s=30)
        self.assertEqual(1, len(self.modem.messages()))

    def test_every_part_counts(self) -> None:
        self.start("none")
        message_id = self.api.send(TO, "x" * 400)
        self.api.wait_for_state(message_id, "sent", timeout_s=30)
        references = [part["mr"] for part in self.modem.messages()]
        self.assertEqual(3, len(references))
        for reference in references[:2]:
            self.modem.do("report", mr=reference)
        self.assertEqual("sent", self.api.message(message_id)["state"])
        self.modem.do("report", mr=references[2])
        self.api.wait_for_state(message_id, "delivered")


if __name__ == "__main__":
    unittest.main()
