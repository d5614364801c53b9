#!/usr/bin/python3
"""Signed webhooks to a LAN application, and what it has missed once more."""

import base64
import hashlib
import hmac
import json
import secrets
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from threading import Thread
from typing import Any

from edge_relay_harness import settings
from edge_relay_harness.case import SystemTest
from edge_relay_harness.settings import BoxSettings

TO = "+15551230001"
KEY = secrets.token_bytes(32)


class Receiver:
    """The application's side. Checks each signature by the rules of standardwebhooks.com, with nothing of the product's."""

    def __init__(self) -> None:
        self.taken: Queue[tuple[str, dict[str, Any]]] = Queue()  # webhook-id and body
        self.forged: list[str] = []
        self.status = 204
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            """One request."""

            def do_POST(self) -> None:  # pylint: disable=invalid-name
                """A webhook."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take({name: self.headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature")}, body)
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # pylint: disable=redefined-builtin
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def host(self) -> str:
        """HOST:PORT."""
        return f"127.0.0.1:{self.server.server_port}"

    def take(self, headers: dict[str, str], body: bytes) -> None:
        """Keeps what is genuine and answered with success."""
        signed = f"{headers['id']}.{headers['timestamp']}.".encode() + body
        signature = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        if not hmac.compare_digest(signature, headers["signature"]):
            self.forged.append(headers["id"])
        elif self.status == 204:
            self.taken.put((headers["id"], json.loads(body)))

    def next(self, timeout_s: float = 30.0) -> tuple[str, dict[str, Any]]:
        """The next one's id and body."""
        try:
            return self.taken.get(timeout=timeout_s)
        except Empty as silence:
            raise AssertionError("no webhook came") from silence

    def end(self) -> None:
        """Closes the port."""
        self.server.shutdown()
        self.server.server_close()


class Webhooks(SystemTest):
    """A box with one cloud, and an application that listens."""

    def setUp(self) -> None:
        super().setUp()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.end)
        clouds = self.start_clouds()
        webhooks = {"allow": [self.receiver.host], "secret": "whsec_" + base64.b64encode(KEY).decode()}
        self.box = self.start_box(BoxSettings({"twilio": settings.twilio(clouds)}, {"webhooks": webhooks}))
        self.api = self.box.api

    def send(self, text: str) -> str:
        """A message whose fate the receiver is told."""
        return self.api.send(TO, text, callback_url=f"http://{self.receiver.host}/hook")

    def told(self, count: int) -> list[tuple[str, str, str]]:
        """The next ones: webhook-id, type, message."""
        out = []
        for _ in range(count):
            webhook_id, body = self.receiver.next()
            out.append((webhook_id, body["type"], body["data"]["id"]))
            self.assertNotIn("secret text", json.dumps(body))
        self.assertEqual([], self.receiver.forged)
        return out

    def test_each_is_signed_and_comes_in_order(self) -> None:
        message_id = self.send("secret text")
        told = self.told(2)
        self.assertEqual([("message.sent", message_id), ("message.delivered", message_id)], [entry[1:] for entry in told])

    def test_a_receiver_that_fails_gets_it_after_a_restart_too(self) -> None:
        self.receiver.status = 503
        message_id = self.send("secret text")
        self.api.wait_for_state(message_id, "delivered")
        self.box.kill9()
        self.receiver.status = 204
        self.box.launch()
        self.assertEqual(["message.sent", "message.delivered"], [entry[1] for entry in self.told(2)])

    def test_what_was_missed_comes_once_more(self) -> None:
        ids = [self.send(f"secret text {i}") for i in range(3)]
        first = self.told(6)
        answer = self.api.call("POST", "/v1/webhooks/replay", {"since": "2020-01-01T00:00:00Z"})
        self.assertEqual((202, {"events": 3}), (answer.status, answer.json))
        again = self.told(3)
        self.assertEqual([("message.delivered", message_id) for message_id in ids], [entry[1:] for entry in again])
        self.assertEqual(set(), {entry[0] for entry in first} & {entry[0] for entry in again}, "an id that was seen is dropped")
        self.assertEqual(202, self.api.call("POST", "/v1/webhooks/replay", {"message": ids[1]}).status)
        self.assertEqual([("message.delivered", ids[1])], [entry[1:] for entry in self.told(1)])


if __name__ == "__main__":
    unittest.main()
