#!/usr/bin/python3
"""The modem's other half: messages that come in, and a device that comes and goes."""

import base64
import json
import unittest
from pathlib import Path
from typing import Any

from edge_relay_harness import settings
from edge_relay_harness.api import outcomes_of
from edge_relay_harness.audit import tagged
from edge_relay_harness.case import SystemTest
from edge_relay_harness.serial_server import SerialServer
from edge_relay_harness.settings import BoxSettings
from edge_relay_harness.waiting import eventually

TO = "+15551230001"
FROM = "+15559990000"


def deliver_pdu(user_data: bytes, coding: int) -> str:
    """An SMS-DELIVER from FROM whose user data has a header (3GPP TS 23.040 clause 9.2.2.1)."""
    digits = FROM[1:] + "F" * (len(FROM[1:]) % 2)
    address = "".join(digits[i + 1] + digits[i] for i in range(0, len(digits), 2))
    return f"0044{len(FROM) - 1:02X}91{address}00{coding:02X}62111201210300{len(user_data):02X}{user_data.hex().upper()}"


class ModemTest(SystemTest):
    """A box whose only way out is a modem."""

    def setUp(self) -> None:
        super().setUp()
        self.modem = self.start_modem("--boot-time", "200", "--registration-delay", "100")
        self.box = self.start_box(BoxSettings({"modem": settings.modem(self.modem.link)}))
        self.api = self.box.api

    def inbound(self) -> list[dict[str, Any]]:
        """What the API shows of received messages."""
        messages: list[dict[str, Any]] = self.api.call("GET", "/v1/inbound").json["messages"]
        return messages

    def wait_for_inbound(self, count: int) -> list[dict[str, Any]]:
        """The received messages once there are so many."""

        def arrived() -> list[dict[str, Any]] | None:
            messages = self.inbound()
            return messages if len(messages) >= count else None

        return eventually(f"{count} received messages", arrived, timeout_s=20)


class Inbound(ModemTest):
    """Stored durably first, deleted from the SIM then."""

    def test_received(self) -> None:
        self.modem.do("inbound", **{"from": FROM, "text": "Grüße ☃"})
        message = self.wait_for_inbound(1)[0]
        self.assertEqual((FROM, "Grüße ☃", "modem"), (message["from"], message["text"], message["provider"]))

    def test_parts_become_one(self) -> None:
        text = " ".join(str(n) for n in range(150))
        self.modem.do("inbound", **{"from": FROM, "text": text})
        self.assertEqual([text], [message["text"] for message in self.wait_for_inbound(1)])

    def test_the_sim_does_not_fill_up(self) -> None:
        self.modem.do("set", sim_places=5)
        for number in range(15):
            self.modem.do("inbound", **{"from": FROM, "text": f"reading {number}"})
            self.wait_for_inbound(number + 1)
        self.assertEqual({f"reading {n}" for n in range(15)}, {message["text"] for message in self.inbound()})

    def test_survives_a_crash_once(self) -> None:
        self.modem.do("inbound", **{"from": FROM, "text": "before the crash"})
        self.wait_for_inbound(1)
        self.box.kill9()
        self.api = self.box.start().api
        self.modem.do("inbound", **{"from": FROM, "text": "after the crash"})
        texts = [message["text"] for message in self.wait_for_inbound(2)]
        self.assertEqual(["after the crash", "before the crash"], sorted(texts))

    def test_received_while_the_box_was_off(self) -> None:
        self.box.stop()
        self.modem.do("inbound", **{"from": FROM, "text": "anybody there?"})
        self.api = self.box.start().api
        self.assertEqual("anybody there?", self.wait_for_inbound(1)[0]["text"])

    def deletions(self) -> int:
        """How many messages the box has deleted from the modem's store."""
        path = self.modem.link.parent / f"{self.modem.link.name}.jsonl"
        events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
        return sum(event["count"] for event in events if event["event"] == "deleted")

    def test_parts_survive_a_crash_and_repeats_make_no_ghost(self) -> None:
        first, second = (deliver_pdu(bytes([5, 0, 3, 9, 2, seq]) + text.encode("utf-16-be"), 8) for seq, text in ((1, "one "), (2, "two")))
        self.modem.do("inbound", pdu=first)
        eventually("the part to be kept, and deleted", lambda: self.deletions() == 1, 20)
        self.box.kill9()
        self.modem.do("inbound", pdu=first)  # The network sends it again, while nobody is there.
        self.api = self.box.start().api
        self.modem.do("inbound", pdu=second)
        self.assertEqual("one two", self.wait_for_inbound(1)[0]["text"])
        self.box.kill9()
        self.modem.do("inbound", pdu=second)
        self.api = self.box.start().api
        eventually("all of them to be deleted", lambda: self.deletions() == 4, 20)
        self.assertEqual(["one two"], [message["text"] for message in self.inbound()])

    def test_a_message_longer_than_the_store(self) -> None:
        self.modem.do("set", sim_places=3)
        text = " ".join(str(n) for n in range(400))
        self.modem.do("inbound", **{"from": FROM, "text": text})
        self.assertEqual([text], [message["text"] for message in self.wait_for_inbound(1)])

    def test_data_and_flash(self) -> None:
        push = bytes([6, 5, 4]) + (2948).to_bytes(2, "big") + (9200).to_bytes(2, "big") + b"\x01\x06\xff"
        self.modem.do("inbound", pdu=deliver_pdu(push, 4))
        message = self.wait_for_inbound(1)[0]
        self.assertEqual(b"\x01\x06\xff", base64.b64decode(message["data"]))
        self.assertEqual({"destination": 2948, "source": 9200}, message["ports"])
        self.assertNotIn("text", message)
        self.modem.do("inbound", **{"from": FROM, "text": "Fire!", "class": 0})
        flash = self.wait_for_inbound(2)[1]
        self.assertEqual(("Fire!", 0), (flash["text"], flash["class"]))


class ComingAndGoing(ModemTest):
    """A USB modem."""

    def modem_is_ready(self) -> bool:
        """What the health answer says of it."""
        return bool(self.api.call("GET", "/v1/health").json["modems"][0]["ready"])

    def test_unplugged_and_plugged_in_again(self) -> None:
        self.api.wait_for_state(self.api.send(TO, tagged("plug", 1)), "sent", "delivered", timeout_s=30)
        self.modem.do("unplug")
        eventually("the box to miss its modem", lambda: not self.modem_is_ready(), 20)
        message_id = self.api.send(TO, tagged("plug", 2))
        self.modem.do("plug")
        self.api.wait_for_state(message_id, "sent", "delivered", timeout_s=60)
        self.assertEqual(2, len(self.modem.messages()))

    def test_restart_of_the_modem_while_sending(self) -> None:
        eventually("the modem to be ready", self.modem_is_ready, 20)
        self.modem.fault("reboot_before_acceptance")
        message_id = self.api.send(TO, tagged("reboot", 1), "alarm")
        record = self.api.wait_for_state(message_id, "sent", "delivered", timeout_s=60)
        self.assertEqual(("modem", "unknown"), outcomes_of(record)[0])
        self.assertEqual(1, len(self.modem.messages()))

    def test_network_refuses(self) -> None:
        eventually("the modem to be ready", self.modem_is_ready, 20)
        self.modem.fault("send_error", code=38)
        message_id = self.api.send(TO, tagged("refuse", 1), "alarm")
        record = self.api.wait_for_state(message_id, "sent", "delivered", timeout_s=60)
        self.assertNotEqual("accepted", outcomes_of(record)[0][1])
        self.assertEqual(1, len(self.modem.messages()))


class Technician(ModemTest):
    """What the API tells of a modem, and what may be done to it on the admin socket."""

    def setUp(self) -> None:
        super().setUp()
        eventually("the modem to be ready", lambda: self.shown()["ready"], 20)

    def shown(self, admin: bool = False) -> dict[str, Any]:
        """The modem as the API shows it."""
        path = "/v1/modems/modem"
        answer = self.box.admin("GET", path) if admin else self.api.call("GET", path)
        shown: dict[str, Any] = answer.json
        return shown

    def test_what_is_shown(self) -> None:
        self.api.wait_for_state(self.api.send(TO, tagged("show", 1)), "sent", "delivered", timeout_s=30)
        shown = self.shown()
        self.assertIsNone(shown["explanation"])
        self.assertEqual("ready", shown["sim"]["state"])
        self.assertTrue(shown["network"]["registered"])
        self.assertEqual(-73, shown["network"]["signal_dbm"])
        self.assertEqual(1, shown["sending"]["sent"])
        self.assertIsNotNone(shown["sending"]["last_proof_at"])
        self.assertEqual("…0001", shown["sim"]["iccid"])
        self.assertEqual("8935891000000000001", self.shown(admin=True)["sim"]["iccid"])
        self.assertEqual([shown["name"]], [one["name"] for one in self.api.call("GET", "/v1/modems").json["modems"]])
        metrics = self.api.call("GET", "/metrics").body.decode()
        for name in ("last_proof_timestamp_seconds", "recovery_total", "sim_parts", "busy_seconds_total", "messages_total"):
            self.assertIn(f"relay_modem_{name}{{modem=\"modem\"", metrics)

    def test_applications_only_look(self) -> None:
        for action, body in (("reset", {"kind": "soft"}), ("ussd", {"text": "*100#"}), ("at", {"command": "AT"})):
            self.assertEqual("admin-only", self.api.call("POST", f"/v1/modems/modem/{action}", body).problem)

    def test_ussd(self) -> None:
        self.modem.do("set", ussd="Saldo 4,20 EUR")
        answer = self.box.admin("POST", "/v1/modems/modem/ussd", {"text": "*100#"})
        self.assertEqual({"state": "done", "text": "Saldo 4,20 EUR"}, answer.json)

    def test_commands_by_hand(self) -> None:
        answer = self.box.admin("POST", "/v1/modems/modem/at", {"command": "AT+CSQ"})
        self.assertEqual({"lines": ["+CSQ: 20,99"], "final": "OK"}, answer.json)
        refused = self.box.admin("POST", "/v1/modems/modem/at", {"command": 'AT+CPIN="9876"'})
        self.assertEqual((409, "modem-refused"), (refused.status, refused.problem))
        eventually("the refusal to be logged", lambda: any("modem_command_refused" in line for line in self.box.log))
        self.assertNotIn("9876", "\n".join(self.box.log))

    def test_reset(self) -> None:
        answer = self.box.admin("POST", "/v1/modems/modem/reset", {"kind": "full"})
        self.assertEqual((202, {"reset": "full"}), (answer.status, answer.json))
        eventually("the reset", lambda: self.shown()["recovery"]["rungs"]["restart_modem"] == 1, 30)
        eventually("the modem to be back", lambda: self.shown()["ready"], 60)
        power = self.box.admin("POST", "/v1/modems/modem/reset", {"kind": "power"})
        self.assertEqual("modem-refused", power.problem)
        self.assertIn("no line to the modem's power", power.json["detail"])


class WrongPin(SystemTest):
    """The SIM keeps its tries whatever happens to the box."""

    def test_is_tried_once_over_restarts(self) -> None:
        modem = self.start_modem("--boot-time", "200", "--pin", "1234")
        box = self.start_box(BoxSettings({"modem": settings.modem(modem.link, pin="9999")}))

        def state() -> str:
            return str(box.api.call("GET", "/v1/modems/modem").json["sim"]["state"])

        eventually("the PIN to be refused", lambda: state() == "pin_refused", 20)
        for _ in range(2):
            box.kill9()
            box.start()
            eventually("the PIN to be kept", lambda: state() == "pin_kept", 20)
        alarm = eventually("the alarm", lambda: box.api.call("GET", "/v1/health").json["modems"][0].get("alarm"), 20)
        self.assertEqual("pin_needed", alarm["kind"])


class Pool(SystemTest):
    """Two modems as one provider."""

    def test_spread_and_receipts(self) -> None:
        options = ("--boot-time", "200", "--registration-delay", "100", "--report", "delivered", "--report-delay", "200")
        modems = [self.start_modem(*options, name=name) for name in ("modem-a", "modem-b")]
        members = {modem.link.name: settings.modem(modem.link) for modem in modems}
        pool: settings.Table = {"kind": "modem-pool", "members": list(members)}
        box = self.start_box(BoxSettings({"modems": pool, **members}, {"chain": {"sms": ["modems"]}}))
        eventually("both modems", lambda: all(m["ready"] for m in box.api.call("GET", "/v1/modems").json["modems"]), 20)
        ids = [box.api.send(TO + str(number), tagged("pool", number)) for number in range(10)]
        for message_id in ids:
            record = box.api.wait_for_state(message_id, "delivered", timeout_s=30)
            self.assertEqual("modems", record["attempts"][0]["provider"])
        self.assertEqual(10, sum(len(modem.messages()) for modem in modems))
        self.assertTrue(all(len(modem.messages()) >= 3 for modem in modems))


class BehindASerialServer(SystemTest):
    """device = "tcp:HOST:PORT"."""

    def test_sends_again_when_the_server_comes_back(self) -> None:
        modem = self.start_modem("--boot-time", "200", "--registration-delay", "100")
        server = SerialServer(modem.link)
        self.addCleanup(server.stop)
        box = self.start_box(BoxSettings({"modem": settings.modem(Path(server.device))}))
        box.api.send(TO, "first")
        eventually("the first message", lambda: len(modem.messages()) == 1, 30)
        server.stop()

        def state() -> str:
            return str(box.api.call("GET", "/v1/health").json["modems"][0]["state"])

        eventually("the box to name the server", lambda: "serial server 127.0.0.1" in state(), 30)
        message = box.api.send(TO, "second")
        server.start()
        eventually("the second message", lambda: len(modem.messages()) == 2, 60)
        self.assertIn(box.api.message(message)["state"], ("sending", "sent", "delivered"))


if __name__ == "__main__":
    unittest.main()
