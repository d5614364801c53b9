#!/usr/bin/python3
"""One way out after the other fails, and each is used again when it returns."""

import unittest

from edge_relay_harness import settings
from edge_relay_harness.audit import acceptances, audit, is_settled, tagged
from edge_relay_harness.case import SystemTest
from edge_relay_harness.clouds import AWS
from edge_relay_harness.settings import BoxSettings
from edge_relay_harness.waiting import eventually


class Failover(SystemTest):
    """AWS, then Twilio, then the modem."""

    def setUp(self) -> None:
        super().setUp()
        self.clouds = self.start_clouds()
        self.modem = self.start_modem("--latency", "20")
        providers = {
            "aws": settings.aws(self.clouds),
            "twilio": settings.twilio(self.clouds),
            "modem": settings.modem(self.modem.link),
        }
        tables = {"chain": settings.quick_breakers(), "uplink": settings.uplink(self.clouds)}
        self.box = self.start_box(BoxSettings(providers, tables))
        self.api = self.box.api
        self.promised: dict[str, str] = {}

    def send_by(self, number: int, class_: str = "alarm") -> str:
        """Sends one message; the name of the provider that accepted it."""
        tag = f"way-{number}"
        self.promised[tag] = message_id = self.api.send(f"+1555123{number:04}", tagged("way", number), class_)
        record = self.api.wait_for_state(message_id, "sent", "delivered", "unconfirmed", timeout_s=30)
        return str(record["attempts"][-1]["provider"])

    def uplink(self) -> str:
        """What the box thinks of the internet."""
        return str(self.api.call("GET", "/health/messaging").json["uplink"])

    def test_down_the_chain_and_up_again(self) -> None:
        self.assertEqual("aws", self.send_by(1))
        self.clouds.down(AWS)
        self.assertEqual("twilio", self.send_by(2))
        self.clouds.down()
        self.assertEqual("modem", self.send_by(3))
        eventually("the uplink to be down", lambda: self.uplink() == "down")
        self.assertEqual("modem", self.send_by(4, "info"))
        self.clouds.up()
        eventually("the uplink to be up", lambda: self.uplink() == "up", timeout_s=20)
        numbers = iter(range(5, 100))
        eventually("messages to leave by AWS again", lambda: self.send_by(next(numbers)) == "aws", timeout_s=30)
        records = {message_id: self.api.message(message_id) for message_id in self.promised.values()}
        books = audit(self.promised, records, acceptances(self.clouds, [self.modem]))
        self.assertTrue(books.is_clean, books)
        self.assertEqual([], books.explained_copies)

    def test_all_ways_down_then_one_returns(self) -> None:
        self.clouds.down()
        self.modem.do("unplug")
        ids = [self.api.send(f"+1555123{number:04}", tagged("wait", number)) for number in range(20)]
        eventually("the box to say that no way is left", self._is_failing, timeout_s=20)
        self.assertTrue(all(self.api.message(message_id)["state"] == "queued" for message_id in ids))
        self.clouds.up()
        eventually("all to settle", lambda: all(is_settled(self.api.message(i)) for i in ids), timeout_s=60)
        self.assertEqual(20, len({entry["to"] for entry in self.clouds.accepted()}))
        self.assertEqual(20, len(self.clouds.accepted()))

    def _is_failing(self) -> bool:
        return self.api.call("GET", "/health/messaging").status == 503


if __name__ == "__main__":
    unittest.main()
