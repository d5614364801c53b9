#!/usr/bin/python3
"""AWS without a bridge: receipts and inbound messages by an SQS queue."""

import unittest
from typing import Any

from edge_relay_harness import settings
from edge_relay_harness.case import SystemTest
from edge_relay_harness.clouds import SQS
from edge_relay_harness.settings import BoxSettings
from edge_relay_harness.waiting import eventually

TO = "+15551230001"


class Queue(SystemTest):
    """A box with End User Messaging and a queue."""

    def setUp(self) -> None:
        super().setUp()
        self.clouds = self.start_clouds()
        plan = BoxSettings({"aws": settings.aws(self.clouds)}, {"sqs": settings.sqs(self.clouds)})
        self.box = self.start_box(plan)
        self.api = self.box.api

    def event(self, message_id: str, status: str, final: bool = True) -> dict[str, Any]:
        """An event of the configuration set, about an accepted message."""
        sid = next(entry["sid"] for entry in self.clouds.accepted() if entry["rid"] == message_id)
        return {
            "eventType": f"TEXT_{status}",
            "eventVersion": "1.0",
            "isFinal": final,
            "messageId": sid,
            "messageStatus": status,
            "totalMessagePrice": 0.00645,
            "context": {"rid": message_id},
        }

    @staticmethod
    def inbound(text: str, number: int) -> dict[str, str]:
        """A two-way SMS."""
        return {
            "originationNumber": TO,
            "destinationNumber": settings.AWS_SENDER,
            "messageKeyword": "KEYWORD",
            "messageBody": text,
            "inboundMessageId": f"inbound-{number}",
        }

    def wait_until_empty(self) -> None:
        """Everything is committed and deleted."""
        eventually("the queue to be empty", lambda: self.clouds.queued() == 0 or None, timeout_s=30)

    def received(self) -> list[str]:
        """The texts of the box's inbound messages."""
        return [message["text"] for message in self.api.call("GET", "/v1/inbound").json["messages"]]

    def test_receipts(self) -> None:
        ids = [self.api.send(TO, "hello") for _ in range(3)]
        for message_id in ids:
            self.api.wait_for_state(message_id, "sent")
        self.clouds.enqueue(
            self.event(ids[0], "QUEUED", final=False),
            self.event(ids[0], "DELIVERED"),
            self.event(ids[1], "CARRIER_BLOCKED"),
            self.event(ids[2], "SUCCESSFUL"),
        )
        record = self.api.wait_for_state(ids[0], "delivered", timeout_s=30)
        self.assertEqual("0.00645 USD", record["attempts"][0]["cost"])
        self.api.wait_for_state(ids[1], "failed", timeout_s=30)
        self.wait_until_empty()
        self.assertEqual("sent", self.api.message(ids[2])["state"])  # the carrier took it, which is no delivery

    def test_inbound_and_stop(self) -> None:
        self.clouds.enqueue(self.inbound("pump 2 is off", 1), self.inbound("pump 2 is off", 1), self.inbound("STOP", 2))
        self.clouds.enqueue(self.inbound("raw delivery", 3), raw=True)
        self.wait_until_empty()
        self.assertEqual(["STOP", "pump 2 is off", "raw delivery"], sorted(self.received()))
        self.assertEqual("recipient-opted-out", self.api.submit(to=TO, text="x").problem)

    def test_nothing_is_lost_when_the_box_or_the_queue_fails(self) -> None:
        self.clouds.fault(SQS, "server_error", operation="look_up", count=2)
        self.clouds.fault(SQS, "reset_before", operation="look_up", count=2)
        self.clouds.enqueue(*[self.inbound(f"text {i}", i) for i in range(25)])
        eventually("the first to come", lambda: self.received() or None, timeout_s=40)
        self.box.kill9()
        self.api = self.box.start().api
        self.wait_until_empty()
        self.assertEqual(sorted(f"text {i}" for i in range(25)), sorted(self.received()))

    def test_what_is_not_understood_stays_in_the_queue(self) -> None:
        self.clouds.enqueue({"what": "is this"}, self.inbound("behind it", 1))
        eventually("the other to come", lambda: self.received() or None, timeout_s=30)
        self.box.program.wait_for_line("sqs_message_not_understood")
        self.assertEqual(1, self.clouds.queued())

    def test_settings_are_checked(self) -> None:
        self.box.stop()
        plan = BoxSettings({"aws": settings.aws(self.clouds)}, {"sqs": settings.sqs(self.clouds, region="")})
        box = self.make_box(plan, "wrong")
        program = box.launch()
        program.wait_for_line(r"\[sqs\] region is missing")


if __name__ == "__main__":
    unittest.main()
