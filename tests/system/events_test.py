#!/usr/bin/python3
"""GET /v1/events: what happens to an application's messages, as it happens, and after any restart."""

import http.client
import json
import threading
import unittest
from queue import Empty, Queue
from typing import Any

from edge_relay_harness import settings
from edge_relay_harness.api import ApiClient
from edge_relay_harness.case import SystemTest
from edge_relay_harness.settings import BoxSettings
from edge_relay_harness.waiting import eventually

TO = "+15551230001"
Event = dict[str, Any]


class Reader:
    """Reads a stream as an EventSource does, in a thread of its own, until the box closes it."""

    def __init__(self, api: ApiClient, last_event_id: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=60)
        headers = {"Authorization": f"Bearer {api.key}", "Accept": "text/event-stream"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        self._connection.request("GET", "/v1/events", headers=headers)
        self.response = self._connection.getresponse()
        self.events: Queue[Event] = Queue()
        self.ended = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            for line in self.response:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                elif "data" in fields:
                    self.events.put({"id": fields["id"], "event": fields["event"], **json.loads(fields["data"])})
                    fields = {}
        except (OSError, http.client.HTTPException):
            pass
        self.ended.set()

    def next(self, timeout_s: float = 20.0) -> Event:
        """The next event."""
        try:
            return self.events.get(timeout=timeout_s)
        except Empty as silence:
            raise AssertionError("no event came") from silence

    def close(self) -> None:
        """As a reader whose network goes."""
        if self._connection.sock is not None:
            self._connection.sock.close()
        self._connection.close()


class Events(SystemTest):
    """A box with one cloud."""

    def setUp(self) -> None:
        super().setUp()
        self.clouds = self.start_clouds()
        self.box = self.start_box(BoxSettings({"twilio": settings.twilio(self.clouds)}))
        self.api = self.box.api

    def read(self, last_event_id: str = "", api: ApiClient | None = None) -> Reader:
        """A reader that the box has answered."""
        reader = Reader(api or self.api, last_event_id)
        self.addCleanup(reader.close)
        self.assertEqual((200, "text/event-stream"), (reader.response.status, reader.response.headers["Content-Type"]))
        return reader

    def another(self, name: str) -> ApiClient:
        """Another application."""
        return ApiClient(self.api.port, self.box.add_key(name))

    def test_live_in_order_and_only_ones_own(self) -> None:
        reader = self.read()
        other = self.read(api=self.another("other"))
        message_id = self.api.send(TO, "the text is never told")
        told = [reader.next() for _ in range(2)]
        self.assertEqual(["message.sent", "message.delivered"], [event["event"] for event in told])
        for event in told:
            self.assertEqual((message_id, event["event"]), (event["data"]["id"], event["type"]))
            self.assertNotIn("never told", str(event))
        self.assertLess(int(told[0]["id"]), int(told[1]["id"]))
        self.assertTrue(other.events.empty())

    def test_resumes_after_a_crash(self) -> None:
        reader = self.read()
        self.api.send(TO, "first")
        seen = [reader.next() for _ in range(2)][-1]["id"]
        reader.close()
        missed = self.api.send(TO, "second")
        self.api.wait_for_state(missed, "delivered", timeout_s=30)
        self.box.kill9()
        api = self.box.start().api
        resumed = self.read(seen, api)
        told = [resumed.next() for _ in range(2)]
        self.assertEqual(["message.sent", "message.delivered"], [event["event"] for event in told])
        self.assertEqual({missed}, {event["data"]["id"] for event in told})
        from_the_start = self.read("0", api)
        self.assertEqual(4, len([from_the_start.next() for _ in range(4)]))
        of_another_box = self.read("1000000", api)
        self.assertEqual("stream.gap", of_another_box.next()["event"])

    def test_the_stop_of_the_box_ends_it(self) -> None:
        reader = self.read()
        self.box.stop()
        self.assertTrue(reader.ended.wait(10))

    def test_one_too_many_ends_the_oldest(self) -> None:
        readers = [self.read() for _ in range(5)]
        self.assertTrue(readers[0].ended.wait(10))
        self.api.send(TO, "hello")
        for reader in readers[1:]:
            self.assertEqual("message.sent", reader.next()["event"])

    def test_nonsense_is_refused(self) -> None:
        for headers in ({"Last-Event-ID": "x"}, {"Last-Event-ID": "-1"}):
            self.assertEqual("request-invalid", self.api.call("GET", "/v1/events", headers=headers).problem)
        self.assertEqual(405, self.api.call("POST", "/v1/events", {}).status)
        self.assertEqual(401, ApiClient(self.api.port, "er_wrong").call("GET", "/v1/events").status)

    def test_a_revoked_key_ends_it(self) -> None:
        reader = self.read(api=self.another("other"))
        self.box.control("key", "revoke", "other")
        eventually("the stream to end", lambda: reader.ended.is_set() or None, timeout_s=30)


if __name__ == "__main__":
    unittest.main()
