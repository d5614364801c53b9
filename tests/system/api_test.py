#!/usr/bin/python3
"""The LAN API's answers: problems, idempotency, keys, cancelling, listing."""

import concurrent.futures
import unittest
from typing import Any

from edge_relay_harness import settings
from edge_relay_harness.api import ApiClient, in_seconds
from edge_relay_harness.case import SystemTest
from edge_relay_harness.settings import BoxSettings

TO = "+15551230001"


class ApiTest(SystemTest):
    """A box whose only provider is down: what is submitted stays queued."""

    def setUp(self) -> None:
        super().setUp()
        self.clouds = self.start_clouds()
        self.clouds.down()
        self.box = self.start_box(BoxSettings({"twilio": settings.twilio(self.clouds)}))
        self.api = self.box.api


class Problems(ApiTest):
    """Each refusal says what was wrong (RFC 9457) and stores nothing."""

    def test_bad_submissions(self) -> None:
        good = {"to": TO, "text": "hello"}
        mistakes: list[tuple[dict[str, Any], int, str, str]] = [
            ({"to": "12345"}, 400, "number-invalid", "to"),
            ({"to": []}, 400, "number-invalid", "to"),
            ({"to": 5}, 400, "request-invalid", "to"),
            ({"text": ""}, 400, "text-invalid", "text"),
            ({"text": "x" * 1601}, 400, "text-invalid", "text"),
            ({"class": "urgent"}, 400, "request-invalid", "class"),
            ({"class": "once"}, 400, "expiry-invalid", "expires_in"),
            ({"expires_in": -1}, 400, "request-invalid", "expires_in"),
            ({"expires_at": "2001-01-01T00:00:00Z"}, 400, "expiry-invalid", "expires_at"),
            ({"send_at": "tomorrow"}, 400, "request-invalid", "send_at"),
            ({"channel": "whatsapp"}, 400, "channel-unavailable", "channel"),
            ({"callback_url": "http://192.0.2.1/x"}, 400, "callback-url-not-allowed", "callback_url"),
            ({"tags": ["x"] * 17}, 400, "tags-invalid", "tags"),
            ({"prioritty": 1}, 400, "request-invalid", "prioritty"),
        ]
        for change, status, problem, member in mistakes:
            with self.subTest(change=change):
                answer = self.api.call("POST", "/v1/messages", {**good, **change})
                self.assertEqual((status, problem), (answer.status, answer.problem), answer.body)
                self.assertEqual((member, status), (answer.json.get("field"), answer.json["status"]))
                self.assertTrue(answer.json["detail"])
        self.assertEqual([], self.api.messages())

    def test_not_json(self) -> None:
        for body in (b"{", b"", b"\xff\xfe", b"to=1"):
            with self.subTest(body=body):
                self.assertEqual("json-invalid", self.api.call("POST", "/v1/messages", body).problem)

    def test_paths_and_methods(self) -> None:
        for method, path, status in (
            ("GET", "/", 404),
            ("GET", "/v1/nothing", 404),
            ("GET", "/v1/messages/0000000000000", 404),
            ("GET", "/v1/messages/x", 404),
            ("PUT", "/v1/messages", 405),
            ("POST", "/v1/inbound", 405),
            ("GET", "/v1/messages?state=lost", 400),
            ("GET", "/v1/messages?limit=501", 400),
        ):
            with self.subTest(method=method, path=path):
                answer = self.api.call(method, path)
                self.assertEqual(status, answer.status)
                self.assertTrue(answer.problem)


class Submissions(ApiTest):
    """What is taken."""

    def test_answer_and_record(self) -> None:
        answer = self.api.submit(to=TO, text="Grüße €", class_="alarm", tags=["pump"], expires_in=600)
        self.assertEqual(202, answer.status)
        message = answer.json["messages"][0]
        self.assertEqual((TO, "queued", 1, "gsm7"), tuple(message[k] for k in ("to", "state", "segments", "encoding")))
        self.assertEqual(f"/v1/messages/{answer.json['id']}", answer.headers["Location"])
        record = self.api.message(message["id"])
        self.assertEqual(("alarm", TO), (record["class"], record["to"]))

    def test_several_recipients_are_one_batch(self) -> None:
        answer = self.api.submit(to=["+1 (555) 123-0001", "+15551230002", TO], text="hello")
        self.assertEqual([TO, "+15551230002"], [message["to"] for message in answer.json["messages"]])
        listed = self.api.messages(f"&batch={answer.json['batch']}")
        self.assertEqual(2, len(listed))

    def test_listing_filters_and_pages(self) -> None:
        for number in range(7):
            self.api.send(f"+1555123{number:04}", "hello", "alarm" if number % 2 else "info", tags=[f"n{number % 3}"])
        self.assertEqual(3, len(self.api.messages("&class=alarm")))
        self.assertEqual(2, len(self.api.messages("&tag=n2")))
        self.assertEqual(1, len(self.api.messages("&to=%2B15551230003")))
        first = self.api.call("GET", "/v1/messages?limit=4").json
        second = self.api.call("GET", f"/v1/messages?limit=4&cursor={first['next_cursor']}").json
        self.assertEqual(7, len({message["id"] for message in first["messages"] + second["messages"]}))

    def test_expires(self) -> None:
        message_id = self.api.send(TO, "soon too late", expires_in=1)
        self.api.wait_for_state(message_id, "expired")

    def test_send_at_holds_it_back(self) -> None:
        self.clouds.up()
        message_id = self.api.send(TO, "later", "alarm", send_at=in_seconds(2))
        self.assertEqual("queued", self.api.message(message_id)["state"])
        self.api.wait_for_state(message_id, "sent", "delivered")
        self.assertEqual(1, len(self.clouds.accepted()))

    def test_newer_otp_replaces_older(self) -> None:
        first, second = (self.api.send(TO, f"code {n}", "otp", send_at=in_seconds(60)) for n in (1, 2))
        self.assertEqual("cancelled", self.api.message(first)["state"])
        self.assertEqual("queued", self.api.message(second)["state"])


class Idempotency(ApiTest):
    """One key is one message (I13)."""

    def test_replay_gives_the_first_answer(self) -> None:
        first = self.api.submit("key-1", to=TO, text="hello")
        second = self.api.submit("key-1", text="hello", to=TO)
        self.assertEqual((202, first.json), (second.status, second.json))
        self.assertEqual("true", second.headers["Idempotent-Replayed"])
        self.assertEqual(1, len(self.api.messages()))

    def test_replay_after_a_crash(self) -> None:
        first = self.api.submit("key-1", to=TO, text="hello")
        self.box.kill9()
        second = self.box.start().api.submit("key-1", to=TO, text="hello")
        self.assertEqual((202, first.json), (second.status, second.json))

    def test_other_payload_is_refused(self) -> None:
        self.api.submit("key-1", to=TO, text="hello")
        answer = self.api.submit("key-1", to=TO, text="hello!")
        self.assertEqual((422, "idempotency-key-reused"), (answer.status, answer.problem))

    def test_quoted_and_bare_are_the_same_key(self) -> None:
        first = self.api.submit('"key-1"', to=TO, text="hello")
        self.assertEqual(first.json, self.api.submit("key-1", to=TO, text="hello").json)

    def test_key_is_the_applications_own(self) -> None:
        other = ApiClient(self.box.port, self.box.add_key("other"))
        self.api.submit("key-1", to=TO, text="hello")
        self.assertEqual(202, other.submit("key-1", to=TO, text="something else").status)

    def test_unusable_keys(self) -> None:
        for key in ("x" * 256, "a b", '""'):
            with self.subTest(key=key):
                self.assertEqual("idempotency-key-invalid", self.api.submit(key, to=TO, text="hello").problem)

    def test_racing_repeats_store_one_message(self) -> None:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: self.api.submit("race", to=TO, text="hello"), range(32)))
        self.assertEqual({202}, {answer.status for answer in answers})
        self.assertEqual(1, len({answer.json["id"] for answer in answers}))
        self.assertEqual(1, len(self.api.messages()))


class Keys(ApiTest):
    """Who may."""

    def test_no_key_and_wrong_key(self) -> None:
        for key in ("", "er_wrong"):
            with self.subTest(key=key):
                answer = ApiClient(self.box.port, key).submit(to=TO, text="hello")
                self.assertEqual((401, "unauthorized"), (answer.status, answer.problem))
                self.assertEqual("Bearer", answer.headers["WWW-Authenticate"])

    def test_guessing_closes_the_door(self) -> None:
        guesser = ApiClient(self.box.port, "er_guess")
        statuses = [guesser.call("GET", "/v1/messages").status for _ in range(12)]
        self.assertEqual([401] * 10 + [429] * 2, statuses)

    def test_revoked(self) -> None:
        other = ApiClient(self.box.port, self.box.add_key("other"))
        self.assertEqual(202, other.submit(to=TO, text="hello").status)
        self.box.control("key", "revoke", "other")
        self.assertEqual(401, other.submit(to=TO, text="hello").status)
        self.assertIn("system-test", self.box.control("key", "list"))

    def test_applications_do_not_see_each_other(self) -> None:
        other = ApiClient(self.box.port, self.box.add_key("other"))
        message_id = self.api.send(TO, "private")
        self.assertEqual(404, other.call("GET", f"/v1/messages/{message_id}").status)
        self.assertEqual(404, other.cancel(message_id).status)
        self.assertEqual([], other.messages())

    def test_health_needs_no_key_and_tells_no_numbers(self) -> None:
        self.api.send(TO, "very private")
        stranger = ApiClient(self.box.port, "")
        for path in ("/livez", "/readyz", "/v1/health", "/health/messaging", "/metrics"):
            with self.subTest(path=path):
                answer = stranger.call("GET", path)
                self.assertIn(answer.status, (200, 503))
                self.assertNotIn(TO[1:].encode(), answer.body)
                self.assertNotIn(b"private", answer.body)

    def test_nothing_private_in_the_log(self) -> None:
        self.api.send(TO, "very private", expires_in=1)
        self.api.call("GET", f"/v1/messages?to=%2B{TO[1:]}")
        self.box.stop()
        log = "\n".join(self.box.program.lines)
        for secret in (TO, "very private", self.api.key, self.clouds.credentials("twilio")["auth_token"]):
            self.assertNotIn(secret, log)


class Cancelling(ApiTest):
    """Only what is still queued can be taken back."""

    def test_queued(self) -> None:
        message_id = self.api.send(TO, "never mind", send_at=in_seconds(60))
        answer = self.api.cancel(message_id)
        self.assertEqual((200, "cancelled"), (answer.status, answer.json["state"]))
        again = self.api.cancel(message_id)
        self.assertEqual((409, "conflict"), (again.status, again.problem))

    def test_sent(self) -> None:
        self.clouds.up()
        self.clouds.set(status_delay_ms=60_000)
        message_id = self.api.send(TO, "gone", "alarm")
        self.api.wait_for_state(message_id, "sent", timeout_s=30)
        answer = self.api.cancel(message_id)
        self.assertEqual((409, "conflict"), (answer.status, answer.problem))


if __name__ == "__main__":
    unittest.main()
