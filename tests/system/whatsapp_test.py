#!/usr/bin/python3
"""WhatsApp, and the way on when it cannot carry a message: SMS by a cloud, then the modem."""

import unittest
from typing import Any

from edge_relay_harness import settings
from edge_relay_harness.api import outcomes_of
from edge_relay_harness.case import SystemTest
from edge_relay_harness.clouds import AWS, SOCIAL, TWILIO
from edge_relay_harness.settings import BoxSettings, Table
from edge_relay_harness.waiting import eventually

TO = "+15551230001"
ADDRESS = f"whatsapp:{TO}"
FALLBACK = {"channel": "sms", "text": "by SMS"}


class WithChannels(SystemTest):
    """Two clouds for WhatsApp, a cloud and the modem for SMS."""

    def setUp(self) -> None:
        super().setUp()
        self.clouds = self.start_clouds()
        self.modem = self.start_modem()

    def settings(self, **whatsapp: Table) -> BoxSettings:
        """The box's settings with these providers of WhatsApp."""
        sms = {"aws": settings.aws(self.clouds), "modem": settings.modem(self.modem.link)}
        return BoxSettings({**sms, **whatsapp}).with_table("chain", **settings.quick_breakers())

    def start(self, **whatsapp: Table) -> None:
        """A box with these providers of WhatsApp."""
        self.box = self.start_box(self.settings(**whatsapp))
        self.api = self.box.api

    def send(self, **fields: Any) -> str:
        """Submits a WhatsApp message; its id."""
        answer = self.api.submit(to=TO, channel="whatsapp", **fields)
        self.assertEqual(202, answer.status, answer.body)
        return str(answer.json["id"])

    def one_accepted(self, to: str) -> dict[str, Any]:
        """What a cloud has accepted for an address, exactly one message."""
        entries = self.clouds.accepted(to=to)
        self.assertEqual(1, len(entries), entries)
        return entries[0]


class Contents(WithChannels):
    """Text, media and templates, by either cloud."""

    def say_everything(self, provider: str) -> list[str]:
        """Sends one of each; what the cloud says it got."""
        ids = [
            self.send(text="Grüße 😀"),
            self.send(media={"type": "image", "url": "https://files.example/a.png", "caption": "look"}),
            self.send(template={"name": "welcome", "variables": ["Ann"]}),
        ]
        for message_id in ids:
            self.api.wait_for_state(message_id, "sent", "delivered")
        entries = self.clouds.accepted(provider=provider)
        self.assertEqual(ids, [entry["rid"] or ids[i] for i, entry in enumerate(entries)])
        self.assertEqual({ADDRESS}, {entry["to"] for entry in entries})
        return [entry["text"] for entry in entries]

    def test_twilio(self) -> None:
        self.start(wa=settings.twilio_whatsapp(self.clouds))
        expected = [
            "Grüße 😀",
            "[media https://files.example/a.png] look",
            f'[template {settings.WELCOME_SID}] {{"1":"Ann"}}',
        ]
        self.assertEqual(expected, self.say_everything(TWILIO))
        message = self.api.messages()[0]
        self.assertEqual({"name": "welcome", "variables": ["Ann"]}, message["template"])
        self.api.wait_for_state(message["id"], "delivered", timeout_s=30)

    def test_aws(self) -> None:
        self.start(wa=settings.aws_whatsapp(self.clouds))
        expected = ["Grüße 😀", "[image https://files.example/a.png] look", '[template welcome_v2:en_US] ["Ann"]']
        self.assertEqual(expected, self.say_everything(SOCIAL))

    def test_a_box_without_whatsapp_says_so(self) -> None:
        self.start()
        answer = self.api.submit(to=TO, channel="whatsapp", text="hello", fallback=FALLBACK)
        self.assertEqual((400, "channel-unavailable"), (answer.status, answer.problem))


class Fallback(WithChannels):
    """One message, one journal, whichever way it takes."""

    def test_refused_at_once(self) -> None:
        self.start(wa1=settings.twilio_whatsapp(self.clouds), wa2=settings.aws_whatsapp(self.clouds))
        self.clouds.fault(TWILIO, "error", code="63016")
        self.clouds.fault(SOCIAL, "error", code="InvalidParametersException")
        message_id = self.send(text="on WhatsApp", fallback=FALLBACK)
        record = self.api.wait_for_state(message_id, "sent", "delivered")
        self.assertEqual([("wa1", "refused"), ("wa2", "refused"), ("aws", "accepted")], outcomes_of(record))
        self.assertEqual(("aws-sms", "by SMS"), tuple(self.one_accepted(TO)[k] for k in ("provider", "text")))
        self.assertEqual(("whatsapp", FALLBACK), (record["channel"], record["fallback"]))

    def test_not_a_whatsapp_user_skips_the_channel(self) -> None:
        self.start(wa1=settings.twilio_whatsapp(self.clouds), wa2=settings.aws_whatsapp(self.clouds))
        self.clouds.fault(TWILIO, "error", code="63003")
        record = self.api.wait_for_state(self.send(text="x", fallback=FALLBACK), "sent", "delivered")
        self.assertEqual([("wa1", "refused"), ("aws", "accepted")], outcomes_of(record))

    def test_a_closed_window_that_is_told_late(self) -> None:
        self.start(wa=settings.twilio_whatsapp(self.clouds))
        self.clouds.set(whatsapp_error_code=63016, status_delay_ms=1)
        message_id = self.send(text="on WhatsApp", class_="once", expires_in=600, fallback=FALLBACK)
        ways = eventually(
            "the message to have gone on",
            lambda: (o := outcomes_of(self.api.message(message_id))) and len(o) == 2 and o[1][1] and o or None,
            timeout_s=30,
        )
        self.assertEqual([("wa", "refused"), ("aws", "accepted")], ways)
        self.assertEqual("by SMS", self.one_accepted(TO)["text"])
        self.one_accepted(ADDRESS)
        template = self.send(template={"name": "welcome", "variables": ["Ann"]}, fallback=FALLBACK)
        self.assertEqual([("wa", "accepted")], outcomes_of(self.api.wait_for_state(template, "delivered", timeout_s=30)))

    def test_down_to_the_modem(self) -> None:
        self.start(wa=settings.twilio_whatsapp(self.clouds))
        self.clouds.down(TWILIO)
        self.clouds.down(AWS)
        message_id = self.send(text="on WhatsApp", class_="alarm", fallback={"channel": "sms", "text": "by the SIM"})
        record = self.api.wait_for_state(message_id, "sent", "delivered", timeout_s=40)
        self.assertEqual([("wa", "unavailable"), ("aws", "unavailable"), ("modem", "accepted")], outcomes_of(record))
        self.assertEqual(1, len(self.modem.messages()))
        self.assertEqual([], self.clouds.accepted())

    def test_an_opt_out_holds_on_every_channel(self) -> None:
        self.start(wa=settings.twilio_whatsapp(self.clouds))
        self.clouds.fault(TWILIO, "error", code="63014")  # the person has blocked the sender
        self.api.wait_for_state(self.send(text="x", fallback=FALLBACK), "blocked")
        self.assertEqual("recipient-opted-out", self.api.submit(to=TO, text="x").problem)
        self.assertEqual([], self.clouds.accepted())


class Leaders(WithChannels):
    """One setting switches who leads; a share moves traffic step by step, and back, while messages flow."""

    def test_switched_and_rolled_back_by_reload(self) -> None:
        clouds = {"wa1": settings.twilio_whatsapp(self.clouds), "wa2": settings.aws_whatsapp(self.clouds)}
        self.start(**clouds)
        ids = self.batch(20)
        plan = self.settings(**clouds)
        for percent, least, most in ((50, 1, 19), (100, 20, 20), (0, 0, 0)):
            self.reconfigure(plan.with_table("chain", lead_whatsapp="wa2", lead_whatsapp_percent=percent))
            before = len(self.clouds.accepted(provider=SOCIAL))
            ids += self.batch(20)
            by_second = len(self.clouds.accepted(provider=SOCIAL)) - before
            self.assertTrue(least <= by_second <= most, f"{by_second} at {percent} %")
        self.assertEqual(len(ids), len({entry["rid"] for entry in self.clouds.accepted(provider=SOCIAL)} | set(ids)))
        self.assertEqual(80, len(self.clouds.accepted()))

    def reconfigure(self, plan: BoxSettings) -> None:
        """New settings, by SIGHUP."""

        def reloads() -> int:
            return sum("settings_reloaded" in line for line in self.box.log)

        before = reloads()
        self.box.configure(plan)
        self.box.reload()
        eventually("the settings to be taken over", lambda: reloads() > before or None)

    def batch(self, count: int) -> list[str]:
        """So many messages, accepted by a cloud."""
        numbers = [f"+1555123{i:04}" for i in range(count)]
        answer = self.api.submit(to=numbers, channel="whatsapp", text="hello", class_="bulk")
        ids = [str(message["id"]) for message in answer.json["messages"]]
        for message_id in ids:
            self.api.wait_for_state(message_id, "sent", "delivered")
        return ids


if __name__ == "__main__":
    unittest.main()
