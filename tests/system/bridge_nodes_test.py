#!/usr/bin/python3
"""A bridge of two nodes with PostgreSQL: each of the three is killed under load, and no webhook is lost or told twice."""

import secrets
import threading
import time
import unittest
from typing import Any

from edge_relay_harness import settings
from edge_relay_harness.api import call_unix
from edge_relay_harness.balancer import Balancer
from edge_relay_harness.bridge import ACCOUNT_TENANT, Bridge
from edge_relay_harness.case import SystemTest
from edge_relay_harness.postgresql import Postgresql
from edge_relay_harness.settings import TWILIO_SENDER, BoxSettings
from edge_relay_harness.waiting import eventually

TO = "+15551230001"
ROUNDS = 2


class TwoNodes(SystemTest):
    """One database, two nodes behind a balancer, one box that knows both links."""

    def setUp(self) -> None:
        super().setUp()
        self.clouds = self.start_clouds()
        self.clouds.fault("twilio", "server_error", status=503, operation="look_up", count=100_000)
        self.clouds.set(callbacks=True, status_delay_ms=50)
        self.database = Postgresql()
        self.addCleanup(self.database.end)
        self.database.start()
        self.balancer = Balancer()
        self.addCleanup(self.balancer.close)
        key = secrets.token_hex(32)
        self.nodes = [
            Bridge(self._folder(name), self.clouds, self.database.url, self.balancer.url, key) for name in ("a", "b")
        ]
        self.balancer.serve(*(node.port for node in self.nodes))
        # Together: they make the schema and the authority at the same time.
        for node in self.nodes:
            self.addCleanup(node.end)
            node.launch()
        for node in self.nodes:
            node.wait_until_it_listens()
        self._programs += [node.runs[-1] for node in self.nodes]
        self.webhook = self.nodes[0].webhook("twilio/sms")

    def start_the_box(self, *nodes: Bridge) -> None:
        """It dials these, in turn."""
        link = nodes[0].make_tenant("b1", TWILIO_SENDER)
        links = {**link, "other_urls": [node.link_url for node in nodes[1:]]}
        provider = settings.twilio(self.clouds, status_callback=self.webhook)
        self.box = self.start_box(BoxSettings({"main": provider}).with_table("bridge", **links))
        nodes[0].wait_for_enrolment("b1")

    def inbound(self) -> list[str]:
        """Texts that the application reads, oldest first."""
        texts: list[str] = []
        after = ""
        while True:
            page = self.box.api.call("GET", f"/v1/inbound?limit=100{after}").json
            if not page["messages"]:
                return texts
            texts += [message["text"] for message in page["messages"]]
            after = f"&after={page['next_after']}"

    def restarted(self, node: Bridge) -> None:
        """It comes back."""
        node.start()
        self._programs.append(node.runs[-1])

    def test_each_is_killed_under_load(self) -> None:
        self.start_the_box(*self.nodes)
        expected: list[str] = []
        messages: list[str] = []
        stop = threading.Event()

        def load() -> None:
            while not stop.wait(0.03):
                expected.append(f"text {len(expected)}")
                self.clouds.receive(self.webhook, TO, TWILIO_SENDER, expected[-1])
                if len(expected) % 10 == 0:
                    messages.append(self.box.api.send(TO, f"message {len(messages)}"))

        def more_are_taken() -> None:
            taken = self.clouds.stats("webhooks")["taken"]
            eventually("more to be taken", lambda: self.clouds.stats("webhooks")["taken"] > taken + 20, timeout_s=60)

        loader = threading.Thread(target=load)
        loader.start()
        try:
            for _ in range(ROUNDS):
                for node in self.nodes:
                    more_are_taken()
                    node.kill9()
                    more_are_taken()  # by the other one
                    self.restarted(node)
                more_are_taken()
                self.database.kill9()
                eventually("the nodes to notice", lambda: all(n.call("GET", "/readyz") == 503 for n in self.nodes), 30)
                self.database.start()
                more_are_taken()
        finally:
            stop.set()
            loader.join()
        eventually("all to be taken", lambda: self.clouds.stats("webhooks")["waiting"] == 0, timeout_s=120)
        self.assertEqual(0, self.clouds.stats("webhooks")["refused"])
        eventually("all to arrive", lambda: len(self.inbound()) >= len(expected), timeout_s=120, pause_s=0.5)
        self.assertEqual(sorted(expected), sorted(self.inbound()))  # nothing lost, nothing twice
        for message in messages:
            self.box.api.wait_for_state(message, "delivered", timeout_s=60)
        print(f"{len(expected)} inbound, {len(messages)} sent, {self.clouds.stats('webhooks')}")
        self.assert_order()

    def assert_order(self) -> None:
        """Numbers count up without a gap, and what is told of a message never goes back."""
        events = [event for event in self.all_events() if event["box"]]
        self.assertEqual(list(range(1, len(events) + 1)), sorted(event["number"] for event in events))
        ranks: dict[str, int] = {}
        for event in sorted(events, key=lambda e: int(e["number"])):
            data = event["data"]
            if data["kind"] == "receipt":
                self.assertGreater(data["rank"], ranks.get(data["ref"], -1))
                ranks[data["ref"]] = data["rank"]

    def all_events(self) -> list[dict[str, Any]]:
        """Of all pages."""
        out: list[dict[str, Any]] = []
        cursor = ""
        while True:
            path = f"/v1/admin/tenants/{ACCOUNT_TENANT}/events?limit=100{cursor}"
            page = call_unix(self.nodes[0].directory / "admin.sock", "GET", path).json
            out += page["events"]
            if not page["next_cursor"]:
                return out
            cursor = f"&cursor={page['next_cursor']}"

    def test_what_one_node_takes_reaches_the_box_at_the_other_at_once(self) -> None:
        self.start_the_box(self.nodes[1])
        self.balancer.serve(self.nodes[0].port)
        started = time.monotonic()
        for i in range(5):
            self.clouds.receive(self.webhook, TO, TWILIO_SENDER, f"text {i}")
            eventually("it to arrive", lambda n=i: len(self.inbound()) == n + 1, timeout_s=30)
        self.assertLess(time.monotonic() - started, 25)  # without a word between the nodes each takes up to 25 s
        self.nodes[0].wait_for_enrolment("b1")  # it knows that the box is there

    def test_a_revocation_at_one_node_holds_at_the_other_at_once(self) -> None:
        self.start_the_box(self.nodes[1])
        self.nodes[0].control("box", "revoke", ACCOUNT_TENANT, "b1")
        self.box.program.wait_for_line("bridge_down.*403", timeout_s=20)  # the question it waits in lasts 25

    def test_a_box_that_one_node_hears_is_not_silent_to_the_other(self) -> None:
        self.start_the_box(self.nodes[1])
        until = time.monotonic() + 95
        while time.monotonic() < until:  # longer than a box may be silent
            self.assertEqual([], [line for node in self.nodes for line in node.log("box_silent")])
            time.sleep(1)
        self.box.kill9()
        eventually("a node to say so", lambda: any(node.log("box_silent") for node in self.nodes), timeout_s=95)
        time.sleep(6)  # the other one has looked as well
        self.assertEqual(1, sum(len(node.log("box_silent")) for node in self.nodes))
        self.assertEqual(1, sum(event["type"] == "box.silent" for event in self.nodes[0].events()))


if __name__ == "__main__":
    unittest.main()
