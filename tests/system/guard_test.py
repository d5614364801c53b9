#!/usr/bin/python3
"""What stands between a message and its attempt: people who opted out, and the daily limits of applications."""

import unittest
from datetime import datetime, timedelta, timezone

from edge_relay_harness import settings
from edge_relay_harness.api import ApiClient, outcomes_of
from edge_relay_harness.case import SystemTest
from edge_relay_harness.settings import BoxSettings
from edge_relay_harness.waiting import eventually

TO = "+15551230001"
OTHER = "+15551230002"
TWILIO_OPTED_OUT = "+15005550004"  # one of Twilio's magic numbers: 21610


class OptOuts(SystemTest):
    """A box with a cloud first and a modem behind it: an opt-out holds for both."""

    def setUp(self) -> None:
        super().setUp()
        self.clouds = self.start_clouds()
        self.modem = self.start_modem("--boot-time", "200", "--registration-delay", "100")
        self.box = self.start_box(
            BoxSettings({"twilio": settings.twilio(self.clouds), "modem": settings.modem(self.modem.link)})
        )

    @property
    def api(self) -> ApiClient:
        """The application's view, at the port of the latest start."""
        return self.box.api

    def listed(self) -> dict[str, str]:
        """The list: number to source."""
        page = self.api.call("GET", "/v1/opt-outs").json
        self.assertIsNone(page["next_cursor"])
        return {entry["number"]: entry["source"] for entry in page["opt_outs"]}

    def test_over_the_api(self) -> None:
        self.assertEqual(201, self.api.call("POST", "/v1/opt-outs", {"number": "+1 555 123 0001"}).status)
        self.assertEqual(200, self.api.call("POST", "/v1/opt-outs", {"number": TO}).status)
        for class_ in ("alarm", "otp", "info", "bulk"):
            answer = self.api.submit(to=TO, text="hello", class_=class_)
            self.assertEqual((422, "recipient-opted-out"), (answer.status, answer.problem))
        both = self.api.submit(to=[TO, OTHER], text="hello").json["messages"]
        self.assertEqual([(TO, "blocked"), (OTHER, "queued")], [(m["to"], m["state"]) for m in both])
        self.assertEqual("opted_out", self.api.message(both[0]["id"])["reason"])
        self.api.wait_for_state(both[1]["id"], "sent", "delivered")

        self.box.kill9()
        self.box.start()
        self.assertEqual({TO: "api"}, self.listed())
        self.assertEqual(422, self.api.submit(to=TO, text="hello").status)
        self.assertEqual(200, self.api.call("DELETE", f"/v1/opt-outs/{TO}").status)
        self.api.wait_for_state(self.api.send(TO, "hello again"), "sent", "delivered")
        self.assertEqual({OTHER, TO}, {entry["to"] for entry in self.clouds.accepted()})

    def test_a_providers_word_holds_for_the_modem_too(self) -> None:
        record = self.api.wait_for_state(self.api.send(TWILIO_OPTED_OUT, "hello"), "blocked")
        self.assertEqual([("twilio", "recipient_refused")], outcomes_of(record))
        self.assertEqual({TWILIO_OPTED_OUT: "twilio"}, self.listed())
        self.clouds.down()
        self.assertEqual(422, self.api.submit(to=TWILIO_OPTED_OUT, text="fire", class_="alarm").status)
        self.assertEqual([], self.modem.messages())

    def test_stop_by_text_message(self) -> None:
        self.modem.do("inbound", **{"from": TO, "text": " stop "})
        eventually("the opt-out", lambda: self.listed() == {TO: "inbound:modem"}, 20)
        self.assertEqual(422, self.api.submit(to=TO, text="hello").status)
        self.modem.do("inbound", **{"from": TO, "text": "Start"})
        eventually("its end", lambda: not self.listed(), 20)
        self.modem.do("inbound", **{"from": TO, "text": "stop the pump please"})
        eventually("three messages", lambda: len(self.api.call("GET", "/v1/inbound").json["messages"]) == 3, 20)
        self.assertEqual({}, self.listed())
        self.assertNotIn(TO[1:], "\n".join(self.box.log))

    def test_it_wins_over_what_is_queued(self) -> None:
        later = (datetime.now(timezone.utc) + timedelta(seconds=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
        message_id = self.api.send(TO, "hello", "alarm", send_at=later)
        self.api.call("POST", "/v1/opt-outs", {"number": TO})
        record = self.api.wait_for_state(message_id, "blocked")
        self.assertEqual(("opted_out", []), (record["reason"], record["attempts"]))
        self.assertEqual([], self.clouds.accepted())


class DailyLimits(SystemTest):
    """An application that may send three parts a day."""

    def setUp(self) -> None:
        super().setUp()
        self.clouds = self.start_clouds()
        self.box = self.start_box(BoxSettings({"twilio": settings.twilio(self.clouds)}))
        self.key = self.box.control("key", "add", "panel", "--daily-limit", "3").strip().splitlines()[-1]

    @property
    def panel(self) -> ApiClient:
        """The limited application."""
        return ApiClient(self.box.port, self.key)

    def test_reached_kept_over_a_crash_and_raised(self) -> None:
        answer = self.panel.submit(to=[f"+1555123{number:04}" for number in range(6)], text="x" * 200)
        ids = [message["id"] for message in answer.json["messages"]]
        sent = [self.panel.wait_for_state(message_id, "sent", "delivered") for message_id in ids[:2]]
        self.assertEqual([2, 2], [record["segments"] for record in sent])  # 3 and one message more

        def held() -> bool:
            records = [self.panel.message(message_id) for message_id in ids[2:]]
            return all((r["state"], r.get("reason")) == ("queued", "daily_limit") for r in records)

        eventually("the rest to be held", held)
        usage = self.panel.call("GET", "/v1/usage").json
        self.assertEqual((4, 3), (usage["parts_today"], usage["daily_limit"]))
        refused = self.panel.submit(to=TO, text="fire", class_="alarm")
        self.assertEqual((429, "daily-limit-reached"), (refused.status, refused.problem))
        self.assertTrue(1 <= int(refused.headers["Retry-After"]) <= 86_400)
        self.check_another_application()

        self.box.kill9()
        self.box.start()
        self.assertEqual(4, self.panel.call("GET", "/v1/usage").json["parts_today"])
        self.assertEqual(429, self.panel.submit(to=TO, text="hello").status)
        self.assertIn("may send 100 message parts", self.box.control("key", "limit", "panel", "100"))
        for message_id in ids[2:]:
            self.panel.wait_for_state(message_id, "sent", "delivered")
        self.assertEqual(12, self.panel.call("GET", "/v1/usage").json["parts_today"])
        self.assertIn("without a daily limit", self.box.control("key", "limit", "panel", "0"))
        metrics = self.panel.call("GET", "/metrics").body.decode()
        self.assertIn('relay_app_parts_today{app="panel"} 12', metrics)

    def check_another_application(self) -> None:
        """Its own key, no limit."""
        self.box.api.wait_for_state(self.box.api.send("+15551239999", "hello"), "sent", "delivered")


if __name__ == "__main__":
    unittest.main()
