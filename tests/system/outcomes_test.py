#!/usr/bin/python3
"""Each row of the outcome table (docs/delivery.md) through the real daemon and both clouds' real dialects."""

import unittest
from typing import Any

from edge_relay_harness import settings
from edge_relay_harness.api import ApiClient
from edge_relay_harness.audit import tagged
from edge_relay_harness.case import SystemTest
from edge_relay_harness.clouds import AWS, TWILIO, CloudSim
from edge_relay_harness.settings import BoxSettings

TO = "+15551230001"


class OutcomeTest(SystemTest):
    """A box with the chain AWS, Twilio."""

    def setUp(self) -> None:
        super().setUp()
        self.clouds = self.start_clouds()
        self.box = self.start_box(self.make_settings(self.clouds))
        self.api = self.box.api

    @staticmethod
    def make_settings(clouds: CloudSim) -> BoxSettings:
        """The chain under test."""
        providers = {"aws": settings.aws(clouds), "twilio": settings.twilio(clouds)}
        return BoxSettings(providers).with_table("chain", retry_first="100ms", retry_most="500ms")

    def copies(self, text: str) -> list[str]:
        """Which clouds accepted a text, in order."""
        return [entry["provider"] for entry in self.clouds.accepted() if text in entry["text"]]

    def assert_goes_to_twilio(self, outcome: str, class_: str = "info") -> dict[str, Any]:
        """A message whose attempt at AWS ends in `outcome` must leave by Twilio, once."""
        text = tagged("row", len(self.clouds.accepted()))
        message_id = self.api.send(TO, text, class_)
        record = self.api.wait_for_state(message_id, "sent", "delivered")
        self.assertEqual([("aws", outcome), ("twilio", "accepted")], outcomes(record))
        self.assertEqual([TWILIO], self.copies(text))
        return record


def outcomes(record: dict[str, Any]) -> list[tuple[str, str]]:
    """(provider, outcome) of each attempt."""
    return [(attempt["provider"], attempt["outcome"]) for attempt in record["attempts"]]


def breaker(api: ApiClient, provider: str) -> str:
    """State of a provider's breaker as the health answer tells it."""
    providers = api.call("GET", "/health/messaging").json["sms_providers"]
    return str(next(entry["circuit_breaker"] for entry in providers if entry["name"] == provider))


class Accepted(OutcomeTest):
    """The provider took it."""

    def test_sent_with_the_providers_id_and_ours(self) -> None:
        message_id = self.api.send(TO, "Grüße, 50 % & mehr")
        record = self.api.wait_for_state(message_id, "sent")
        entry = self.clouds.accepted()[0]
        self.assertEqual([("aws", "accepted")], outcomes(record))
        self.assertEqual(entry["sid"], record["attempts"][0]["provider_ref"])
        self.assertEqual((TO, "Grüße, 50 % & mehr", message_id), (entry["to"], entry["text"], entry["rid"]))


class NothingSent(OutcomeTest):
    """The next provider takes over, and who is to blame decides about the breaker."""

    def test_refused(self) -> None:
        self.clouds.fault(AWS, "error", code="ValidationException", reason="INVALID_PARAMETER")
        self.assert_goes_to_twilio("refused")
        self.assertEqual("closed", breaker(self.api, "aws"))

    def test_refused_is_never_the_breakers_business(self) -> None:
        self.clouds.fault(AWS, "error", code="ValidationException", reason="INVALID_PARAMETER", count=12)
        for _ in range(12):
            self.assert_goes_to_twilio("refused")
        self.assertEqual("closed", breaker(self.api, "aws"))

    def test_account_opens_the_breaker_at_once(self) -> None:
        self.clouds.fault(AWS, "credentials")
        self.assert_goes_to_twilio("account")
        self.assertEqual("open", breaker(self.api, "aws"))
        requests = self.clouds.stats(AWS)["requests"]
        second = self.api.wait_for_state(self.api.send(TO, "after the alert"), "sent", "delivered")
        self.assertEqual([("twilio", "accepted")], outcomes(second))
        self.assertEqual(requests, self.clouds.stats(AWS)["requests"])

    def test_wrong_secret_is_found_by_the_signature(self) -> None:
        self.box.stop()
        wrong = self.make_settings(self.clouds).with_provider("aws", secret_access_key="not/the/right/one")
        self.box.configure(wrong)
        self.api = self.box.start().api
        self.assert_goes_to_twilio("account")

    def test_throttled(self) -> None:
        self.clouds.fault(AWS, "throttle", retry_after_s=5)
        self.assert_goes_to_twilio("throttled")
        self.assertEqual("closed", breaker(self.api, "aws"))

    def test_throttled_bulk_waits_for_its_provider(self) -> None:
        self.clouds.fault(AWS, "throttle", retry_after_s=2)
        record = self.api.wait_for_state(self.api.send(TO, "newsletter", "bulk"), "sent")
        self.assertEqual([("aws", "throttled"), ("aws", "accepted")], outcomes(record))

    def test_unavailable_port_closed(self) -> None:
        self.clouds.down(AWS)
        self.assert_goes_to_twilio("unavailable")

    def test_unavailable_reset_in_the_handshake(self) -> None:
        self.clouds.fault(AWS, "tls_reset")
        self.assert_goes_to_twilio("unavailable")

    def test_certificate_of_nobody(self) -> None:
        self.clouds.fault(AWS, "bad_certificate", count=9)
        self.assert_goes_to_twilio("account")
        self.assertEqual("open", breaker(self.api, "aws"))

    def test_breaker_opens_after_failures_in_a_row(self) -> None:
        self.clouds.down(AWS)
        for number in range(5):
            self.api.wait_for_state(self.api.send(TO, f"number {number}"), "sent", "delivered")
        self.assertEqual("open", breaker(self.api, "aws"))


class RecipientRefused(OutcomeTest):
    """The chain stops: another provider must not try."""

    def assert_stops(self, to: str, state: str) -> None:
        text = tagged("stop", 1)
        record = self.api.wait_for_state(self.api.send(to, text), state)
        self.assertEqual([("aws", "recipient_refused")], outcomes(record))
        self.assertEqual([], self.copies(text))
        self.assertEqual("closed", breaker(self.api, "aws"))

    def test_opted_out_is_blocked(self) -> None:
        reason = "DESTINATION_PHONE_NUMBER_OPTED_OUT"
        self.clouds.fault(AWS, "error", code="ConflictException", reason=reason, to=TO)
        self.assert_stops(TO, "blocked")

    def test_other_recipients_are_served(self) -> None:
        reason = "DESTINATION_PHONE_NUMBER_OPTED_OUT"
        self.clouds.fault(AWS, "error", code="ConflictException", reason=reason, to=TO)
        blocked, served = self.api.send(TO, "one"), self.api.send("+15551230002", "two")
        self.api.wait_for_state(blocked, "blocked")
        self.api.wait_for_state(served, "sent")


class TwilioRecipients(OutcomeTest):
    """Twilio's magic numbers, through Twilio alone."""

    @staticmethod
    def make_settings(clouds: CloudSim) -> BoxSettings:
        return BoxSettings({"twilio": settings.twilio(clouds)})

    def test_magic_numbers(self) -> None:
        for to, state in (("+15005550001", "failed"), ("+15005550004", "blocked"), ("+15005550009", "failed")):
            with self.subTest(to=to):
                record = self.api.wait_for_state(self.api.send(to, "hello"), state)
                self.assertEqual([("twilio", "recipient_refused")], outcomes(record))
        self.assertEqual([], self.clouds.accepted())


class Unknown(OutcomeTest):
    """The answer was lost: what follows is the class's choice."""

    def test_alarm_goes_on_at_once_marked_as_a_repeat(self) -> None:
        self.clouds.fault(AWS, "reset_after")
        text = tagged("alarm", 1)
        record = self.api.wait_for_state(self.api.send(TO, text, "alarm"), "sent", "delivered")
        self.assertEqual([("aws", "unknown"), ("twilio", "accepted")], outcomes(record))
        self.assertEqual([AWS, TWILIO], self.copies(text))
        first, second = (entry["text"] for entry in self.clouds.accepted())
        self.assertEqual(text, first)
        self.assertNotEqual(text, second)

    def test_alarm_does_not_wait_for_a_silent_provider(self) -> None:
        self.clouds.fault(AWS, "hang_before")
        record = self.api.wait_for_state(self.api.send(TO, "fire", "alarm"), "sent", "delivered", timeout_s=14)
        self.assertEqual([("aws", "unknown"), ("twilio", "accepted")], outcomes(record))
        self.assertLess(record["attempts"][0]["duration_ms"], 11_000)

    def test_otp_settles_then_resends(self) -> None:
        self.clouds.fault(AWS, "reset_after")
        text = tagged("otp", 1, "your code is 4711")
        message_id = self.api.send(TO, text, "otp")
        record = self.api.wait_for_state(message_id, "sent", "delivered", timeout_s=20)
        self.assertEqual(("aws", "unknown"), outcomes(record)[0])
        self.assertEqual(2, len(self.copies(text)))

    def test_once_is_never_resent(self) -> None:
        for number, kind in enumerate(("reset_after", "hang_unread", "garbage", "truncated", "server_error_after")):
            with self.subTest(kind=kind):
                self.clouds.fault(AWS, kind)
                text = tagged("once", number)
                to = f"+1555123100{number}"
                message_id = self.api.send(to, text, "once", expires_in=40 if kind == "hang_unread" else 4)
                record = self.api.wait_for_state(message_id, "unknown", timeout_s=50)
                self.assertEqual([("aws", "unknown")], outcomes(record))
                self.assertLessEqual(len(self.copies(text)), 1)

    def test_info_waits_for_proof(self) -> None:
        self.clouds.fault(AWS, "server_error")
        text = tagged("info", 1)
        message_id = self.api.send(TO, text)
        self.api.wait_for_outcomes(message_id, 1)
        record = self.api.message(message_id)
        self.assertEqual(("queued", "settling"), (record["state"], record["reason"]))

    def test_answer_lost_on_a_kept_connection(self) -> None:
        # An HTTP client may send a request again by itself when a kept connection breaks: that would be a second message.
        self.api.wait_for_state(self.api.send(TO, tagged("kept", 1)), "sent")
        self.clouds.fault(AWS, "reset_after")
        text = tagged("kept", 2)
        message_id = self.api.send(TO, text, "once", expires_in=3)
        self.api.wait_for_state(message_id, "unknown")
        self.assertEqual([AWS], self.copies(text))


class UnknownAtTwilio(OutcomeTest):
    """Twilio can be asked."""

    @staticmethod
    def make_settings(clouds: CloudSim) -> BoxSettings:
        return BoxSettings({"twilio": settings.twilio(clouds, not_sent_after="10s")})

    def test_found_in_the_list(self) -> None:
        for class_ in ("info", "once"):
            with self.subTest(class_=class_):
                self.clouds.fault(TWILIO, "reset_after")
                text = tagged(class_, 1)
                message_id = self.api.send(TO, text, class_, expires_in=600)
                self.api.wait_for_state(message_id, "delivered", timeout_s=30)
                self.assertEqual([TWILIO], self.copies(text))

    def test_absence_from_the_list_proves_that_nothing_was_sent(self) -> None:
        self.clouds.fault(TWILIO, "reset_before")
        text = tagged("absent", 1)
        message_id = self.api.send(TO, text, "once", expires_in=600)
        self.api.wait_for_state(message_id, "delivered", timeout_s=60)
        self.assertEqual([TWILIO], self.copies(text))


class ClockIsWrong(OutcomeTest):
    """The box's clock is off: AWS refuses the signature, and its Date header tells how to do better."""

    def test_corrected_from_the_answer(self) -> None:
        self.clouds.set(clock_offset_s=7200)
        record = self.api.wait_for_state(self.api.send(TO, "late"), "sent")
        self.assertEqual([("aws", "accepted")], outcomes(record))


if __name__ == "__main__":
    unittest.main()
